"""Names in place of names: of the same type as far as the corpus and the question tell, else none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.perturb.context.conflict import conflict
from robustcore.perturb.edit import At
from robustcore.perturb.facts.names import names_of, others_like

CORPUS = Corpus.of(
    [
        Doc(id="trade", text="In March the Treaty of Hellvik was signed. The Treaty of Brunn followed it in Storberg."),
        Doc(id="people", text="Ida Brekke wrote of it. Captain Odd Lunde married late. King Harald argued with Lunde."),
        Doc(id="lands", text="Salt came from Storberg, and fish was sold in Brunn. In Brunn and in Storberg it rains."),
        Doc(id="rivers", text="The Alva River meets the Skarn River near the Storberg Bridge. Storbergans fish there."),
        Doc(id="tribes", text="The Brunnans came first, and the Hellvikans later. However, few stayed."),
    ]
)


def like(name: str, question: str = "?", *, article: bool = False, after: str = ".") -> list[str]:
    return others_like(name, article, after, question, CORPUS)


def test_names_are_found_with_what_the_words_around_them_tell() -> None:
    names = names_of(CORPUS)
    assert {name: names[name].kind for name in ("Ida Brekke", "Storberg", "Brunn", "Alva River")} == {
        "Ida Brekke": "person", "Storberg": "place", "Brunn": "place", "Alva River": "",
    }  # fmt: skip
    assert names["Treaty of Brunn"].article
    assert not {"However", "March", "The", "Salt"} & set(names)


@pytest.mark.parametrize(
    ("name", "question", "article", "expected"),
    [
        ("Treaty of Hellvik", "What was signed?", True, ["Treaty of Brunn"]),
        ("Skarn River", "Which river?", True, ["Alva River"]),
        ("Brunnans", "Which people came first?", True, ["Hellvikans"]),
        ("Brunn", "Where was fish sold?", False, ["Storberg"]),
        ("Ida Brekke", "Who wrote of it?", False, ["Captain Odd Lunde", "King Harald"]),
        ("Mona Vik", "Who wrote of it?", False, ["Captain Odd Lunde", "Ida Brekke", "King Harald"]),
    ],
)
def test_what_takes_the_place_of_a_name_is_of_its_type(
    name: str, question: str, article: bool, expected: list[str]
) -> None:
    assert like(name, question, article=article) == expected


def test_where_the_type_is_not_plain_there_is_none() -> None:
    assert like("a careful man", "Who?") == []
    assert like("", "Who?") == []
    assert like("Brunn", "Where?", after=" law of 1845") == []  # there it is no place but part of another name
    assert (
        like("Brunn", "Where?", after=" refused it") == like("Brunn", "Where?", after=" fell in June") == ["Storberg"]
    )
    assert like("Harbour Board", "Who decides?") == []  # many people, none of them
    assert like("Elwick", "Which?") == []


def test_a_name_is_planted_where_no_wrong_answer_is_given_and_never_one_of_the_question(
    place: Callable[..., At],
) -> None:
    asked = Example(
        id="q", question="Who wrote of it before King Harald?", answers=("Ida Brekke",), gold_doc_ids=("people",)
    )
    text = "Ida Brekke wrote of it."
    context = (Passage(doc_id="people", text=text),)
    planted = set()
    for seed in range(20):
        edit = conflict.apply(context, place(seed=seed, example=asked, corpus=CORPUS))
        assert edit.status == "applied"
        assert edit.value[0].text == f"{edit.planted} wrote of it."
        planted.add(edit.planted)
    assert planted == {"Captain Odd Lunde"}


def test_a_name_of_words_that_are_written_small_elsewhere_is_no_place() -> None:
    text = "It came up at Decision Time. At Decision Time they voted in Oslo. A decision takes time. In Oslo it rains."
    names = names_of(Corpus.of([Doc(id="d", text=text)]))
    assert (names["Decision Time"].kind, names["Oslo"].kind) == ("", "place")
