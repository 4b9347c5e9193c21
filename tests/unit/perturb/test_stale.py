"""Older versions: dated earlier, with an old value, beside the current one or alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from robustcore.corpus.records import Example, Passage
from robustcore.perturb.context.stale import stale
from robustcore.perturb.edit import At
from robustcore.perturb.facts.dates import Date, dated_after, later
from robustcore.perturb.facts.evidence import holds

Make = Callable[..., tuple[Passage, ...]]
STAMP = re.compile(r"Version of (\d+) (\w+) (\d{4})\. ")


def year_of(passage: Passage) -> int:
    found = STAMP.match(passage.text)
    assert found
    return int(found[3])


def test_the_dates_resolve_the_conflict_and_follow_what_the_text_speaks_of(
    place: Callable[..., At], passages: Make, example: Example
) -> None:
    for seed in range(20):
        edit = stale.apply(passages("port", "ferry"), place(seed=seed))
        old, port, current = edit.value
        assert (old.doc_id, port.doc_id, current.doc_id) == ("stale:ferry", "port", "ferry")
        assert 2023 < year_of(old) < year_of(current)
        assert holds(old, ("81 guests",))
        assert not holds(old, example.answers)
        assert holds(current, example.answers)
        assert (edit.planted, edit.added, edit.removed) == ("81 guests", ("stale:ferry",), ())
        assert STAMP.match(port.text) is None


def test_alone_the_old_version_stands_where_gold_stood(
    place: Callable[..., At], passages: Make, example: Example
) -> None:
    edit = stale.apply(passages("port", "ferry", "echo", "bees"), place(), newest="absent")
    assert [p.doc_id for p in edit.value] == ["port", "stale:ferry", "bees"]
    assert edit.removed == ("ferry", "echo")
    assert not any(holds(passage, example.answers) for passage in edit.value)


def test_alone_is_undecided_where_the_answer_may_be_left(place: Callable[..., At], passages: Make) -> None:
    given = (*passages("ferry"), Passage(doc_id="x", text="72% of all guests"))
    assert stale.apply(given, place(), newest="absent").status == "undecided_case"


def test_a_date_never_states_the_answer(place: Callable[..., At]) -> None:
    asked = Example(id="q", question="?", answers=("2019",), gold_doc_ids=("d",), wrong_answers=("2017",))
    given = (Passage(doc_id="d", text="The bridge opened in 2019."),)
    for seed in range(40):
        edit = stale.apply(given, place(seed=seed, example=asked))
        assert edit.status == "applied"
        assert not holds(edit.value[0], asked.answers)
        assert year_of(edit.value[1]) != 2017


def test_what_cannot_be_outdated_says_why(place: Callable[..., At], passages: Make, example: Example) -> None:
    given = passages("ferry")
    for status, value, asked in (
        ("not_applicable", given, replace(example, answerable=False)),
        ("not_applicable", passages("port"), example),
        ("no_oracle", given, replace(example, answers=("harbour master",), wrong_answers=())),
        ("invalid_case", given, replace(example, wrong_answers=("72",))),
    ):
        edit = stale.apply(value, place(example=asked))
        assert (edit.status, edit.value) == (status, value)
        assert edit.note


def test_dates_are_in_order(place: Callable[..., At]) -> None:
    rng = place().rng
    for text in ("Opened in 1950, closed 2031.", "Nothing.", "2,020 seats and 20.25 %"):
        for _ in range(20):
            first = dated_after(text, rng)
            assert Date(2031 if "2031" in text else 2014, 12, 31) < first < later(first, rng)
