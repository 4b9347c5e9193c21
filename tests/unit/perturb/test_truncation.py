"""Passages cut in the middle: each case belongs to one of two operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from robustcore.corpus.records import Example, Passage
from robustcore.perturb.base import Preserves
from robustcore.perturb.context.truncation import MARKER, truncate, truncate_evidence
from robustcore.perturb.edit import At
from robustcore.perturb.facts.evidence import holds

Make = Callable[..., tuple[Passage, ...]]


@pytest.mark.parametrize(("severity", "kept"), [(0.25, 75), (0.5, 50), (0.75, 25), (1.0, 0)])
def test_the_first_and_the_last_half_of_what_is_kept_stand_round_a_marker(
    severity: float, kept: int, place: Callable[..., At]
) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(100))
    edit = truncate.apply((Passage(doc_id="d", text=text),), place(severity, answers="x"))
    cut = edit.value[0].text
    head, tail = cut.split(MARKER) if kept else ("", "")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert (len(head) - len(tail), len(head) + len(tail)) == (kept % 2, kept)
    assert edit.edits == 100 - kept


def test_every_case_with_evidence_belongs_to_one_operator(place: Callable[..., At], example: Example) -> None:
    for before in range(0, 400, 20):
        text = "x" * before + " 72 guests " + "y" * (400 - before)
        for severity in (0.25, 0.5, 0.75, 1.0):
            given = (Passage(doc_id="ferry", text=text),)
            kept = truncate.apply(given, place(severity))
            lost = truncate_evidence.apply(given, place(severity))
            assert {kept.status, lost.status} == {"applied", "not_applicable"}
            applied = kept if kept.status == "applied" else lost
            assert holds(applied.value[0], example.answers) == (applied is kept)


def test_halves_are_not_read_as_one(place: Callable[..., At]) -> None:
    asked = Example(id="q", question="?", answers=("north harbour",), gold_doc_ids=("d",))
    given = (Passage(doc_id="d", text="north" + " (see the map)" * 8 + " harbour north harbour" + " etc" * 60),)
    edit = truncate_evidence.apply(given, place(0.93, example=asked))
    assert edit.status == "applied"


def test_a_second_passage_with_the_answer_leaves_the_loss_undecided(place: Callable[..., At], passages: Make) -> None:
    given = (
        *passages("ferry"),
        Passage(doc_id="echo", text="72 guests"),
    )
    long = (given[0], replace(given[1], text="72 guests" + " or so they say" * 40))
    assert truncate.apply(long, place(0.9)).status == "not_applicable"
    assert truncate_evidence.apply(long, place(0.9)).status == "undecided_case"


def test_without_evidence_there_is_nothing_to_lose(place: Callable[..., At], passages: Make, example: Example) -> None:
    for given, asked in ((passages("port"), example), (passages("ferry"), replace(example, answerable=False))):
        edit = truncate_evidence.apply(given, place(example=asked))
        assert (edit.status, edit.value) == ("not_applicable", given)
    assert truncate.apply(passages("port"), place(0.5)).status == "applied"
    assert truncate.apply((), place()).status == "noop"
    assert (truncate.preserves, truncate_evidence.preserves) == (Preserves.MEANING, Preserves.EVIDENCE_REMOVING)
