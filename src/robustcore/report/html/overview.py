"""Gates for the page: verdict, estimate, threshold, the sentence each licenses; what passed comes last."""

from __future__ import annotations

from typing import Any

from robustcore.report.failing import OPEN
from robustcore.report.numbers import plain
from robustcore.report.types import GateReport, Report, ScenarioReport
from robustcore.report.verdict import MARK, word

ORDER = (*OPEN, "not_run", "passed")


def overview(report: Report) -> list[dict[str, Any]]:
    """Return a row per gate cell."""
    rows = [_row(place, scenario, gate) for place, scenario in enumerate(report.scenarios) for gate in scenario.gates]
    return sorted(rows, key=lambda row: ORDER.index(row["status"]))


def _row(place: int, scenario: ScenarioReport, gate: GateReport) -> dict[str, Any]:
    return {
        "status": gate.status,
        "mark": MARK[gate.status],
        "word": word(gate.status),
        "scenario": scenario.name,
        "measure": gate.measure,
        "cell": " ".join(gate.cell.values()) or "all",
        "estimate": plain(gate.estimate),
        "needs": gate.threshold,
        "n": gate.estimate.n,
        "clusters": gate.estimate.clusters,
        "sentence": gate.sentence,
        "needed": gate.needed,
        "where": gate.where or scenario.where,
        "filter": {
            "scenario": place,
            "perturbation": gate.cell.get("perturbation", ""),
            "severity": gate.cell.get("severity", ""),
        },
    }
