"""What tables of means do not show, for the page: the comparison with a baseline, the budget, the findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from robustcore.report.compare_terminal import comparison_lines
from robustcore.report.findings_terminal import finding_lines
from robustcore.report.spending import budget_lines
from robustcore.report.types import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A title and the lines under it."""

    title: str
    lines: tuple[str, ...]


def told(report: Report) -> list[Told]:
    """Return what there is to tell, in the lines of the terminal; an empty list if that is nothing."""
    return [Told(title=title, lines=lines) for title, lines in _parts(report) if lines]


def _parts(report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    if report.baseline is not None:
        yield "Against the baseline", _trimmed(comparison_lines(report.baseline))
    if report.budget is not None:
        yield "Budget", _trimmed(budget_lines(report.budget))
    for scenario in report.scenarios:
        yield scenario.name, _trimmed(finding_lines(scenario.findings))


def _trimmed(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(line.strip() for line in lines)
