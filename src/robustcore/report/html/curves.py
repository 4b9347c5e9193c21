"""Degradation curves: a measure against severity, a line per perturbation with intervals, as places in a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from robustcore.report.failing import shown_measures
from robustcore.report.numbers import number, plain
from robustcore.report.types import MeasureCell, Report, ScenarioReport
from robustcore.stats.rows import Estimate

LEFT, RIGHT, TOP, BOTTOM = 34.0, 312.0, 10.0, 150.0
LINES: Final = 6  # in one chart: more cannot be told apart
APART: Final = 3.0  # points of one severity side by side, so that intervals do not hide one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value at a severity, in places of the drawing; ``low`` and ``high`` None without an interval."""

    x: float
    y: float
    low: float | None
    high: float | None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A perturbation over its severities, the clean value first."""

    label: str
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """Return the line as the ``points`` of an SVG polyline."""
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A measure of a scenario: its lines, and the ticks of both axes (place, text)."""

    title: str
    measure: str
    better: str
    lines: tuple[Line, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


def charts(report: Report) -> list[Chart]:
    """Return a chart per scenario and measure that was tried at several severities, six perturbations in each."""
    return [chart for scenario in report.scenarios for chart in _charts(scenario)]


def _charts(scenario: ScenarioReport) -> Iterator[Chart]:
    for measure in shown_measures(scenario):
        found: dict[str, list[tuple[float, MeasureCell]]] = {}
        for condition in scenario.conditions:
            for cell in condition.measures:
                if cell.measure == measure and condition.family != "clean" and cell.perturbed.value is not None:
                    found.setdefault(condition.label, []).append((condition.severity, cell))
        ladders = [(label, sorted(cells, key=lambda cell: cell[0])) for label, cells in found.items() if len(cells) > 1]
        for start in range(0, len(ladders), LINES):
            yield _chart(scenario, measure, ladders[start : start + LINES])


def _chart(
    scenario: ScenarioReport, measure: str, ladders: Sequence[tuple[str, list[tuple[float, MeasureCell]]]]
) -> Chart:
    values = [value for _, cells in ladders for _, cell in cells for value in _values(cell.perturbed, cell.clean)]
    low, high = min(0.0, *values), max(1.0, *values)
    high = high if high > low else low + 1
    upward = scenario.measures[measure].higher_is_better

    def height(value: float) -> float:
        return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)

    lines = []
    for place, (label, cells) in enumerate(ladders):
        shift = (place - (len(ladders) - 1) / 2) * APART
        steps = [(0.0, cells[0][1].clean), *((severity, cell.perturbed) for severity, cell in cells)]
        points = [
            Point(
                x=LEFT + severity * (RIGHT - LEFT) + (shift if severity else 0.0),
                y=height(estimate.value),
                low=None if estimate.low is None else height(max(low, estimate.low)),
                high=None if estimate.high is None else height(min(high, estimate.high)),
                told=f"{label} at {severity:.2g}: {plain(estimate)}, n={estimate.n}",
            )
            for severity, estimate in steps
            if estimate.value is not None
        ]
        lines.append(Line(label=label, points=tuple(points)))
    return Chart(
        title=scenario.name,
        measure=measure,
        better="higher is better" if upward else "lower is better",
        lines=tuple(lines),
        across=tuple((LEFT + x * (RIGHT - LEFT), f"{x:g}") for x in (0, 0.25, 0.5, 0.75, 1)),
        up=tuple((height(value), number(value)) for value in (low, (low + high) / 2, high)),
    )


def _values(*estimates: Estimate) -> Iterator[float]:
    for estimate in estimates:
        if estimate.value is not None:
            yield estimate.value
