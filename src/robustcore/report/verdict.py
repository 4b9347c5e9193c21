"""What a session came to, in a word, a sign and one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from robustcore.report.types import Report

MARK: Final[Mapping[str, str]] = {"passed": "✓", "failed": "✗", "inconclusive": "?", "error": "!", "not_run": "–"}
_WORST: Final = ("failed", "error", "inconclusive", "passed", "not_run")


def overall(report: Report) -> str:
    """Return the worst status of a gate, or of a case where nothing is gated: ``passed``, ``failed``, ...

    ``failed`` where something regressed against a baseline; ``not_run`` is told only where no gate was run.
    """
    if _regressed(report):
        return "failed"
    gates = {gate.status for scenario in report.scenarios for gate in scenario.gates}
    cases = {case.outcome for scenario in report.scenarios for case in scenario.cases}
    return next((status for status in _WORST if status in gates | (cases & {"failed", "error"})), "passed")


def headline(report: Report) -> str:
    """Return one line: ``✗ 2 of 5 gates failed, 1 inconclusive``."""
    regressed = _regressed(report)
    if regressed:
        return f"✗ {regressed} regressed against the baseline; {_gates_and_cases(report)}"
    return f"{MARK[overall(report)]} {_gates_and_cases(report)}"


def _regressed(report: Report) -> int:
    """Return how many comparisons with a baseline got worse."""
    return sum(one.status == "regressed" for one in report.baseline.comparisons) if report.baseline else 0


def _gates_and_cases(report: Report) -> str:
    counts: Counter[str] = Counter(gate.status for scenario in report.scenarios for gate in scenario.gates)
    total = sum(counts.values())
    failed = sum(case.outcome == "failed" for scenario in report.scenarios for case in scenario.cases)
    cases = f"{failed} case{'s' * (failed != 1)} failed" if failed else ""
    if not total:
        return cases or "nothing failed; nothing was gated"
    if counts["passed"] == total:
        said = f"all {total} gates passed" if total > 1 else "the gate passed"
    else:
        parts = [f"{counts[status]} {spelled(status)}" for status in _told(counts) if counts[status]]
        first, *rest = parts
        number, _, word = first.partition(" ")
        said = ", ".join([f"{number} of {total} gate{'s' * (total != 1)} {word}", *rest])
    return f"{said}{f'; {cases}' if cases else ''}"


def spelled(status: str) -> str:
    """Return a status as it stands in a sentence."""
    return {"error": "could not be judged", "not_run": "not run"}.get(status, status)


def word(status: str) -> str:
    """Return a status as it stands in a cell of a table."""
    return status.replace("_", " ")


def _told(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return the statuses that the line counts: what passed only where nothing worse is."""
    worse = _WORST[:3]
    return (*(() if any(counts[status] for status in worse) else ("passed",)), *worse, "not_run")
