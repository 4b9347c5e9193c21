"""Every perturbation of every scenario for the page: clean, perturbed, lost, and what became of the cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robustcore.report.failing import shown_measures
from robustcore.report.numbers import number, plain
from robustcore.report.remarks import below
from robustcore.report.types import ConditionReport, Report, ScenarioReport


def condition_tables(report: Report) -> list[dict[str, Any]]:
    """Return a table per scenario, with what a reader has to bear in mind."""
    return [
        {
            "name": scenario.name,
            "claim": scenario.claim,
            "about": _about(scenario),
            "rows": list(_rows(scenario)),
            "remarks": [said for said, _ in below(scenario)],
        }
        for scenario in report.scenarios
    ]


def _about(scenario: ScenarioReport) -> str:
    data = scenario.data
    return f"{scenario.where} · system {scenario.system} · {data.name}: {data.size}"


def _rows(scenario: ScenarioReport) -> Iterator[dict[str, Any]]:
    shown = shown_measures(scenario)
    for condition in scenario.conditions:
        for cell in condition.measures:
            if cell.measure in shown and (cell.perturbed.n or cell.clean.n):
                yield {
                    "label": condition.label,
                    "severity": "" if condition.family == "clean" else f"{condition.severity:.3g}",
                    "measure": cell.measure,
                    "clean": number(cell.clean.value),
                    "perturbed": plain(cell.perturbed),
                    "drop": plain(cell.drop, signed=True),
                    "n": cell.perturbed.n,
                    "remark": "; ".join(part for part in (cell.headroom, _kept(condition)) if part),
                }


def _kept(condition: ConditionReport) -> str:
    realised = condition.realised
    if not realised.gated or realised.kept == realised.generated:
        return ""
    parts = {"rejected": realised.rejected, "undecided": realised.undecided, "no-op": realised.noop}
    lost = ", ".join(f"{count} {word}" for word, count in parts.items() if count)
    return f"{realised.kept} of {realised.generated} kept ({lost})"
