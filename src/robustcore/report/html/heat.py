"""Heat maps: how much each measure lost, by perturbation and severity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robustcore.report.failing import shown_measures
from robustcore.report.numbers import number, plain
from robustcore.report.types import MeasureCell, Report

STEPS: Final = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5)  # losses from which a place is shown warmer


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One place: the loss as text and as heat from 0 to 6, what it rests on, and where its cases are."""

    shown: str
    heat: int
    told: str
    scenario: int
    perturbation: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """A measure: a row per scenario and perturbation, a column per severity, a place None where nothing was tried."""

    measure: str
    severities: tuple[str, ...]
    rows: tuple[tuple[str, str, str, tuple[Spot | None, ...]], ...]


def heat_maps(report: Report) -> list[HeatMap]:
    """Return a map per measure that says how good replies were."""
    found: dict[str, dict[tuple[int, str, str], dict[float, Spot]]] = {}
    for place, scenario in enumerate(report.scenarios):
        shown = shown_measures(scenario)
        for condition in scenario.conditions:
            if condition.family == "clean":
                continue
            for cell in condition.measures:
                if cell.measure in shown and (cell.perturbed.n or cell.clean.n):
                    row = found.setdefault(cell.measure, {}).setdefault((place, condition.label, condition.family), {})
                    row[condition.severity] = _spot(cell, place, condition.label, condition.severity)
    return [_map(report, measure, rows) for measure, rows in found.items()]


def _map(report: Report, measure: str, rows: dict[tuple[int, str, str], dict[float, Spot]]) -> HeatMap:
    severities = sorted({severity for row in rows.values() for severity in row})
    return HeatMap(
        measure=measure,
        severities=tuple(f"{severity:.3g}" for severity in severities),
        rows=tuple(
            (report.scenarios[place].name, label, family, tuple(row.get(severity) for severity in severities))
            for (place, label, family), row in rows.items()
        ),
    )


def _spot(cell: MeasureCell, scenario: int, label: str, severity: float) -> Spot:
    lost = cell.drop.value
    told = f"clean {number(cell.clean.value)}, perturbed {plain(cell.perturbed)}, lost {plain(cell.drop, signed=True)}"
    return Spot(
        shown=number(lost, signed=True) if lost is not None else number(cell.perturbed.value),
        heat=0 if lost is None else sum(lost >= step for step in STEPS),
        told=f"{told}, n={cell.perturbed.n}{f'; {cell.headroom}' if cell.headroom else ''}",
        scenario=scenario,
        perturbation=label,
        severity=f"{severity:g}",
    )
