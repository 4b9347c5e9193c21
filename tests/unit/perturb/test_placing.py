"""Where the evidence stands, and what is repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from robustcore.corpus.records import Example, Passage
from robustcore.perturb.context.placing import duplicate, gold_position
from robustcore.perturb.edit import At

Make = Callable[..., tuple[Passage, ...]]


def ids(passages: tuple[Passage, ...]) -> list[str]:
    return [passage.doc_id for passage in passages]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"position": "first"}, ["ferry", "port", "pier", "bees", "figs"]),
        ({"position": "middle"}, ["port", "pier", "ferry", "bees", "figs"]),
        ({"position": "last"}, ["port", "pier", "bees", "figs", "ferry"]),
        ({"index": 3}, ["port", "pier", "bees", "ferry", "figs"]),
        ({"index": 0}, ["ferry", "port", "pier", "bees", "figs"]),
    ],
)
def test_gold_goes_where_it_is_told_and_the_others_keep_their_order(
    options: dict[str, object], expected: list[str], place: Callable[..., At], passages: Make
) -> None:
    edit = gold_position.apply(passages("port", "ferry", "pier", "bees", "figs"), place(), **options)
    assert ids(edit.value) == expected
    assert edit.edits == 1


def test_several_gold_passages_move_as_a_block(place: Callable[..., At], passages: Make, example: Example) -> None:
    asked = replace(example, gold_doc_ids=("ferry", "echo"))
    edit = gold_position.apply(passages("ferry", "bees", "echo", "figs"), place(example=asked), position="last")
    assert ids(edit.value) == ["bees", "figs", "ferry", "echo"]


def test_a_repetition_of_the_answer_elsewhere_is_no_gold(place: Callable[..., At], passages: Make) -> None:
    edit = gold_position.apply(passages("echo", "ferry", "bees"), place(), position="last")
    assert ids(edit.value) == ["echo", "bees", "ferry"]


def test_a_position_that_is_no_change_or_does_not_exist_says_so(place: Callable[..., At], passages: Make) -> None:
    given = passages("ferry", "bees")
    assert gold_position.apply(given, place(), position="first").status == "noop"
    assert gold_position.apply(given, place(), index=2).status == "not_applicable"
    assert gold_position.apply(passages("bees"), place()).status == "not_applicable"


@pytest.mark.parametrize(("severity", "count"), [(0.25, 1), (0.5, 2), (1.0, 4)])
def test_one_unhelpful_passage_is_repeated_behind_itself(
    severity: float, count: int, place: Callable[..., At], passages: Make
) -> None:
    edit = duplicate.apply(passages("ferry", "echo", "bees", "port"), place(severity), copies=4)
    [source] = {doc_id.removeprefix("duplicate:").partition("#")[0] for doc_id in edit.added}
    assert source in {"bees", "port"}  # "echo" repeats the answer
    assert edit.edits == len(edit.added) == count
    where = ids(edit.value).index(source)
    assert ids(edit.value)[where + 1 : where + 1 + count] == list(edit.added)
    assert len({passage.text for passage in edit.value[where : where + 1 + count]}) == 1


def test_evidence_is_never_repeated(place: Callable[..., At], passages: Make) -> None:
    assert duplicate.apply(passages("ferry", "echo"), place()).status == "noop"
