"""Reports of several processes, joined: the same whoever judged what first."""

from __future__ import annotations

from itertools import permutations

from report_world import case, gate, report, scenario

from robustcore.report.join import join

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
