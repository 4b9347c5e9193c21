"""Passages shuffled, removed and added; documents hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.perturb.base import Preserves
from robustcore.perturb.context.distractors import distractor_random, distractor_same_topic
from robustcore.perturb.context.moved import empty, no_documents, position_shuffle, remove_gold
from robustcore.perturb.corpus.edits import delete_gold, delete_random
from robustcore.perturb.edit import At, CorpusEdit
from robustcore.perturb.facts.lexical import index_of

Make = Callable[..., tuple[Passage, ...]]


def ids(passages: tuple[Passage, ...]) -> list[str]:
    return [passage.doc_id for passage in passages]


def test_a_full_shuffle_moves_every_passage_and_loses_none(place: Callable[..., At], passages: Make) -> None:
    given = passages("ferry", "port", "pier", "bees", "figs")
    for seed in range(30):
        shuffled = position_shuffle.apply(given, place(seed=seed)).value
        assert sorted(ids(shuffled)) == sorted(ids(given))
        assert all(a != b for a, b in zip(given, shuffled, strict=True))


def test_a_partial_shuffle_moves_that_share_of_the_positions(place: Callable[..., At], passages: Make) -> None:
    given = passages("ferry", "port", "pier", "bees", "figs")
    for severity, moved in ((0.25, 2), (0.5, 3), (0.75, 4)):
        shuffled = position_shuffle.apply(given, place(severity)).value
        assert sum(a != b for a, b in zip(given, shuffled, strict=True)) == moved


def test_one_passage_cannot_be_shuffled_and_equal_ones_show_no_change(place: Callable[..., At], passages: Make) -> None:
    assert position_shuffle.apply(passages("ferry"), place()).status == "noop"
    assert position_shuffle.apply(passages("port", "port"), place()).status == "noop"


def test_an_empty_context_names_what_went(place: Callable[..., At], passages: Make) -> None:
    edit = empty.apply(passages("ferry", "port"), place())
    assert (edit.value, edit.removed, edit.edits) == ((), ("ferry", "port"), 2)
    assert empty.apply((), place()).status == "noop"
    assert (empty.levels, empty.preserves) == ((1.0,), Preserves.EVIDENCE_REMOVING)


def test_a_probe_is_an_empty_context_that_was_not_promised(place: Callable[..., At], passages: Make) -> None:
    edit = no_documents.apply(passages("ferry", "port"), place())
    assert (edit.value, edit.removed, edit.probe) == ((), ("ferry", "port"), True)
    assert not empty.apply(passages("ferry"), place()).probe


def test_removing_gold_takes_gold_documents_and_repetitions_of_the_answer(
    place: Callable[..., At], passages: Make
) -> None:
    edit = remove_gold.apply(passages("port", "ferry", "echo", "bees"), place())
    assert ids(edit.value) == ["port", "bees"]
    assert edit.removed == ("ferry", "echo")


def test_removing_gold_says_why_it_cannot(place: Callable[..., At], passages: Make, example: Example) -> None:
    given = passages("ferry", "port")
    cases = {
        "noop": (passages("port"), example),
        "not_applicable": (given, replace(example, answerable=False)),
        "no_oracle": (given, replace(example, answers=())),
        "undecided_case": ((*given, Passage(doc_id="x", text="72% of all guests")), example),
    }
    for status, (value, asked) in cases.items():
        edit = remove_gold.apply(value, place(example=asked))
        assert (edit.status, edit.value) == (status, value)
        assert edit.note


@pytest.mark.parametrize(
    ("gold", "text"), [("Norman", "The Normans came."), ("Brekke", "Brekke's gavel"), ("北京", "我住在北京市")]
)
def test_an_inflected_or_unspaced_answer_leaves_the_removal_undecided(
    gold: str, text: str, place: Callable[..., At]
) -> None:
    asked = Example(id="q", question="?", answers=(gold,), gold_doc_ids=("gold",))
    value = (Passage(doc_id="gold", text=gold), Passage(doc_id="other", text=text))
    assert remove_gold.apply(value, place(example=asked)).status == "undecided_case"
    other = Passage(doc_id="other", text="Normandy, Brekkestad, 南京")
    assert remove_gold.apply((value[0], other), place(example=asked)).status == "applied"


@pytest.mark.parametrize(("severity", "count"), [(0.25, 1), (0.5, 2), (0.75, 3), (1.0, 3)])
def test_random_distractors_come_by_count_and_never_hold_or_repeat_evidence(
    severity: float, count: int, place: Callable[..., At], passages: Make
) -> None:
    for seed in range(20):
        edit = distractor_random.apply(passages("ferry", "port"), place(severity, seed=seed), passages=4)
        assert len(edit.added) == len(set(edit.added)) == count  # three harmless documents are left in the corpus
        assert set(edit.added) <= {"pier", "bees", "figs"}
        assert [p for p in ids(edit.value) if p not in edit.added] == ["ferry", "port"]


def test_a_short_pool_is_noted_and_an_empty_one_is_a_noop(place: Callable[..., At], passages: Make) -> None:
    edit = distractor_random.apply(passages("ferry"), place(), passages=10)
    assert (len(edit.added), edit.note) == (4, "only 4 of 10 documents could be added")
    everything = passages("ferry", "port", "pier", "echo", "bees", "figs")
    assert distractor_random.apply(everything, place()).status == "noop"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("top", ["bees", "figs", "ferry", "port", "pier"]),
        ("bottom", ["ferry", "port", "pier", "bees", "figs"]),
        ("interleaved", ["ferry", "bees", "port", "figs", "pier"]),
    ],
)
def test_distractors_go_where_they_are_told(
    where: str, expected: list[str], place: Callable[..., At], passages: Make
) -> None:
    edit = distractor_random.apply(passages("ferry", "port", "pier"), place(seed=3), passages=2, place=where)
    order = list(dict.fromkeys(edit.added))
    assert ids(edit.value) == [dict(zip(["bees", "figs"], order, strict=True)).get(doc, doc) for doc in expected]


def test_random_places_vary_with_the_seed(place: Callable[..., At], passages: Make) -> None:
    given = passages("ferry", "port", "pier")
    edits = [distractor_random.apply(given, place(seed=seed), passages=1) for seed in range(30)]
    seen = {ids(edit.value).index(edit.added[0]) for edit in edits}
    assert seen == {0, 1, 2, 3}


def test_same_topic_distractors_share_a_tag_with_the_gold_document(place: Callable[..., At], passages: Make) -> None:
    for seed in range(10):
        edit = distractor_same_topic.apply(passages("ferry"), place(seed=seed), passages=2)
        assert set(edit.added) == {"port", "pier"}
        assert ids(edit.value)[2] == "ferry"


def test_without_tags_the_nearest_documents_to_the_question_come_first(
    place: Callable[..., At], passages: Make, corpus: Corpus, example: Example
) -> None:
    bare = Corpus.of([replace(doc, tags=()) for doc in corpus.docs.values()])
    asked = replace(example, question="Why do bees dance on flowers and not at the port?")
    edit = distractor_same_topic.apply(passages("ferry"), place(corpus=bare, example=asked), passages=2)
    assert edit.added == ("bees", "port")


def test_the_topic_of_an_unanswerable_question_is_the_best_passage(place: Callable[..., At], passages: Make) -> None:
    asked = Example(id="u", question="What is unknown?", answerable=False)
    edit = distractor_same_topic.apply(passages("bees", "port"), place(example=asked), passages=1)
    assert edit.added == ("figs",)


def test_deleting_gold_hides_every_document_with_the_answer(place: Callable[..., At], example: Example) -> None:
    edit = delete_gold.apply(CorpusEdit(hide=("bees",)), place())
    assert edit.value == CorpusEdit(hide=("bees", "ferry", "echo"))
    assert edit.removed == ("ferry", "echo")
    assert delete_gold.apply(edit.value, place()).status == "noop"
    assert delete_gold.apply(CorpusEdit(), place(example=replace(example, answerable=False))).status == "not_applicable"
    assert delete_gold.apply(CorpusEdit(), place(example=replace(example, gold_doc_ids=()))).status == "no_oracle"


@pytest.mark.parametrize(("severity", "share", "count"), [(0.25, 0.5, 1), (0.5, 0.5, 2), (1.0, 0.5, 3), (1.0, 1.0, 5)])
def test_deleting_at_random_hides_a_share_of_the_rest_and_never_gold(
    severity: float, share: float, count: int, place: Callable[..., At]
) -> None:
    for seed in range(10):
        edit = delete_random.apply(CorpusEdit(), place(severity, seed=seed), share=share)
        assert len(edit.value.hide) == edit.edits == count
        assert "ferry" not in edit.value.hide


def test_hiding_at_random_skips_what_is_hidden(place: Callable[..., At], corpus: Corpus) -> None:
    hidden = CorpusEdit(hide=tuple(doc for doc in corpus.docs if doc != "ferry"))
    assert delete_random.apply(hidden, place()).status == "noop"


def test_a_number_is_found_in_any_spelling_by_the_index() -> None:
    docs = Corpus.of([Doc(id="a", text="It costs 1,250.50 now"), Doc(id="b", text="1250.5 %"), Doc(id="c", text="x")])
    assert [doc.id for doc in index_of(docs).holding(["1250.5"])] == ["a"]
    assert index_of(docs).holding(["", "!!"]) == []
    assert index_of(Corpus.of(list(docs.docs.values()))) is index_of(docs)
