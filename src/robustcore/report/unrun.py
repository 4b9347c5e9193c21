"""Gates that were not run: how many, and what would run them. Nothing failed, and nobody may take that for a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from robustcore.gates.types import VerdictStatus
from robustcore.perturb.writing import NOT_RUN
from robustcore.report.types import Report


def gate_counts(report: Report) -> dict[str, int]:
    """Return how many gate cells there are, and by status how many: every status, 0 included."""
    found = Counter(gate.status for scenario in report.scenarios for gate in scenario.gates)
    return {"total": found.total(), **{status: found[status] for status in get_args(VerdictStatus)}}


def unrun_lines(report: Report) -> Iterator[str]:
    """Yield a warning, then a line per reason with its gates; nothing if every gate was run."""
    counts = gate_counts(report)
    if not counts["not_run"]:
        return
    gates = f"{counts['not_run']} of {counts['total']} gate{'s' * (counts['total'] != 1)}"
    yield f"NOT RUN: {gates}. This is no pass: what they ask was not tested, and the exit status does not count them."
    reasons: dict[tuple[str, str], int] = {}
    for scenario in report.scenarios:
        for gate in scenario.gates:
            if gate.status == "not_run":
                _, _, why = gate.sentence.partition(NOT_RUN)
                reasons[scenario.name, why.strip()] = reasons.get((scenario.name, why.strip()), 0) + 1
    for (name, why), count in reasons.items():
        yield f"{name}, {count} gate{'s' * (count != 1)}: {why or 'no case of them was run'}"
