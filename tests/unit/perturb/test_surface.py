"""Case and punctuation: what changes and what never does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robustcore.corpus.records import Passage
from robustcore.perturb.context.passage_surface import casing as passage_casing
from robustcore.perturb.edit import At
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.text import analyse
from robustcore.perturb.question.surface import casing, punctuation


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("lower", "who sailed to hellvik?"),
        ("upper", "WHO SAILED TO HELLVIK?"),
        ("title", "Who Sailed To Hellvik?"),
        ("alternating", "wHo sAiLeD tO hElLvIk?"),
    ],
)
def test_at_severity_one_every_word_is_in_the_asked_case(mode: str, expected: str, place: Callable[..., At]) -> None:
    assert casing.apply("Who sailed to Hellvik?", place(), mode=mode).value == expected


def test_casing_changes_the_stated_share_of_the_words_it_can_change(place: Callable[..., At]) -> None:
    text = "one word more and still another two rows long"
    for severity, edits in ((0.1, 1), (0.5, 4), (1.0, 7)):  # "one" and "two" are numbers and stay
        edit = casing.apply(text, place(severity), mode="upper")
        assert edit.edits == edits == sum(word.isupper() for word in edit.value.split())


def test_casing_without_anything_to_change_is_a_noop(place: Callable[..., At]) -> None:
    assert casing.apply("all lower", place(), mode="lower").status == "noop"
    assert casing.apply("北京", place(), mode="upper").status == "noop"


def test_units_quotes_and_answers_keep_their_case(place: Callable[..., At]) -> None:
    text = 'Which 5 MB file holds the "Yellow Fleet" of Mordor Macula?'
    edit = casing.apply(text, place(answers="Mordor Macula"), mode="upper")
    assert edit.value == 'WHICH 5 MB FILE HOLDS THE "Yellow Fleet" OF Mordor Macula?'


def test_a_letter_without_a_way_back_is_left_alone(place: Callable[..., At]) -> None:
    assert casing.apply("kapı açık", place(), mode="upper").status == "noop"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("drop", "First Halvard then who paid 1,234.50 at 10:30"),
        ("double", "First,, Halvard;; then:: who paid 1,234.50 at 10:30??"),
    ],
)
def test_marks_are_dropped_or_doubled_but_never_inside_numbers(
    mode: str, expected: str, place: Callable[..., At]
) -> None:
    text = "First, Halvard; then: who paid 1,234.50 at 10:30?"
    edit = punctuation.apply(text, place(), mode=mode)
    assert (edit.value, edit.edits) == (expected, 4)


def test_replaced_marks_are_other_marks(place: Callable[..., At]) -> None:
    text = "Well, who? You. Here; now: yes! 北京。"
    for seed in range(10):
        replaced = punctuation.apply(text, place(seed=seed), mode="replace").value
        assert len(replaced) == len(text)
        assert all((a == b) is not (a in ",?.;:!。") for a, b in zip(text, replaced, strict=True))


def test_marks_inside_quotes_addresses_and_abbreviations_stay(place: Callable[..., At]) -> None:
    text = 'Is "Ready, steady: go!" on example.com/a.b'
    assert punctuation.apply(text, place(), mode="drop").status == "noop"


def test_an_edit_that_destroys_an_answer_makes_the_case_invalid(place: Callable[..., At]) -> None:
    found = analyse("Is Mordor Macula red?", ("Mordor Macula",))
    edit = reworded(found, "Is Mordr Macula red?", place(answers="Mordor Macula"), edits=1, otherwise="-")
    assert (edit.status, edit.value, edit.edits) == ("invalid_case", "Is Mordor Macula red?", 0)


def test_passages_are_recased_like_questions(place: Callable[..., At]) -> None:
    pages = (Passage(doc_id="a", text="The Ports of Hellvik"), Passage(doc_id="b", text="42"))
    edit = passage_casing.apply(pages, place(answers="Hellvik"), mode="upper")
    assert [page.text for page in edit.value] == ["THE PORTS OF Hellvik", "42"]
    assert edit.edits == 3
    assert passage_casing.apply(pages[1:], place(answers="x"), mode="upper").status == "noop"
