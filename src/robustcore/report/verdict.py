"""What a session came to, in a word, a sign and one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from robustcore.report.types import Report

MARK: Final[Mapping[str, str]] = {"passed": "✓", "failed": "✗", "inconclusive": "?", "error": "!"}
_WORST: Final = ("failed", "error", "inconclusive", "passed")


def overall(report: Report) -> str:
    """Return the worst status of a gate, or of a case where nothing is gated: ``passed``, ``failed``, ..."""
    gates = {gate.status for scenario in report.scenarios for gate in scenario.gates}
    cases = {case.outcome for scenario in report.scenarios for case in scenario.cases}
    return next((status for status in _WORST if status in gates | (cases & {"failed", "error"})), "passed")


def headline(report: Report) -> str:
    """Return one line: ``✗ 2 of 5 gates failed, 1 inconclusive``."""
    mark = MARK[overall(report)]
    counts = Counter(gate.status for scenario in report.scenarios for gate in scenario.gates)
    total = sum(counts.values())
    failed = sum(case.outcome == "failed" for scenario in report.scenarios for case in scenario.cases)
    cases = f"{failed} case{'s' * (failed != 1)} failed" if failed else ""
    if not total:
        return f"{mark} {cases or 'nothing failed; nothing was gated'}"
    if counts["passed"] == total:
        said = f"all {total} gates passed" if total > 1 else "the gate passed"
    else:
        parts = [f"{counts[status]} {_said(status)}" for status in _WORST[:3] if counts[status]]
        first, *rest = parts
        number, _, word = first.partition(" ")
        said = ", ".join([f"{number} of {total} gate{'s' * (total != 1)} {word}", *rest])
    return f"{mark} {said}{f'; {cases}' if cases else ''}"


def _said(status: str) -> str:
    return {"error": "could not be judged"}.get(status, status)
