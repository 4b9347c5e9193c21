"""Reports of several processes, joined: the same whoever judged what first."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from report_world import MEASURES, case, gate, report, scenario

from robustcore.report.join import join
from robustcore.report.tables import condition_reports

CASES = [case(number, ("typos", 1.0), 0.0, ["q", "p", "c", "n"]) for number in range(3)]
GATES = [
    gate("failed", where="tests/rag.robust.yaml:9:5"),
    gate("passed", measure="abstained", where="tests/rag.robust.yaml:14:5", severity="0.5"),
    gate("passed", measure="abstained", where="tests/rag.robust.yaml:14:5", severity="1"),
    gate("passed", measure="R@5", where="tests/rag.robust.yaml:101:5"),
]


def test_gates_stand_in_the_order_of_the_file_whoever_judged_first() -> None:
    for order in permutations(GATES):
        parts = [report([scenario("rag", CASES, [one])]) for one in order]
        (joined,) = join(parts).scenarios
        assert list(joined.gates) == GATES


def test_conditions_and_cases_stand_in_the_order_of_the_file_whoever_ran_them() -> None:
    """Neither by name nor by number: the file asks for word_drop first, at 1 before 0.5, and for question 2 first."""
    conditions = [("word_drop", 1.0), ("word_drop", 0.5), ("typos", 1.0), ("clean", 0.0)]
    places = [(number, one) for one in conditions for number in (2, 10, 1)]
    cases = [case(number, one, 1.0, ["q", "p", "c", "n"], place=at) for at, (number, one) in enumerate(places)]
    parts = [report([scenario("rag", cases[first::3])]) for first in (2, 0, 1)]
    (joined,) = join(parts).scenarios
    assert list(joined.cases) == cases
    assert joined.conditions == condition_reports(cases, MEASURES)
    assert [(one.label, one.severity) for one in joined.conditions] == conditions


def test_cells_and_scenarios_stand_in_the_order_of_collection() -> None:
    cells = [gate("passed", perturbation=label) for label in ("word_drop", "typos", "conflict")]
    given = [replace(one, place=at) for at, one in enumerate(cells)]
    first, second = scenario("zebra", CASES, place=0), scenario("ant", CASES, given[:1], place=1)
    parts = [
        report([replace(second, gates=(given[2],))]),
        report([first, second]),
        report([replace(second, gates=(given[1],))]),
    ]
    joined = join(parts).scenarios
    assert [one.name for one in joined] == ["zebra", "ant"]
    assert list(joined[1].gates) == given


def test_a_measure_is_unscored_if_no_process_scored_it() -> None:
    """A process that ran no case of the scenario says nothing of it."""
    none = {**MEASURES, "abstained": replace(MEASURES["abstained"], unscored="no passages")}
    some = MEASURES
    for measures, expected in ([(none, CASES), (none, CASES[:1])], "no passages"), ([(none, CASES), (some, CASES)], ""):
        parts = [replace(scenario("rag", cases), measures=is_) for is_, cases in (*measures, (some, []))]
        (joined,) = join([report([part]) for part in parts]).scenarios
        assert joined.measures["abstained"].unscored == expected
        assert joined.measures["answer_correct"].unscored == ""
