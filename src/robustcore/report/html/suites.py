"""Aggregates of methods for the page, whatever pack they come from: a list, and a grid for those given cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robustcore.report.aggregates import place_in_grid
from robustcore.report.numbers import number, plain
from robustcore.report.types import Report, SuiteReport


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTable:
    """A table: its title, the heads of its columns, and its rows, the first text of each being its head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def suite_tables(report: Report) -> list[SuiteTable]:
    """Return the tables of every scenario that has aggregates."""
    return [table for scenario in report.scenarios for table in _tables(scenario.name, scenario.suites)]


def _tables(name: str, suites: Sequence[SuiteReport]) -> Iterator[SuiteTable]:
    listed = [suite for suite in suites if place_in_grid(suite.name) is None]
    if listed:
        head = ("aggregate", "value", "n", "unscored all 0, all 1", "definition", "rests on")
        yield SuiteTable(title=name, head=head, rows=tuple(map(_row, listed)))
    grids: dict[str, dict[tuple[str, str], SuiteReport]] = {}
    for suite in suites:
        if found := place_in_grid(suite.name):
            grids.setdefault(found[0], {})[found[1:]] = suite
    for title, placed in grids.items():
        rows, columns = (list(dict.fromkeys(place[axis] for place in placed)) for axis in (0, 1))
        yield SuiteTable(
            title=f"{name}: {title}",
            head=("", *columns),
            rows=tuple((row, *(_cell(placed.get((row, column))) for column in columns)) for row in rows),
        )


def _row(suite: SuiteReport) -> tuple[str, ...]:
    estimate = suite.estimate
    missing = sum(estimate.unscored.values())
    bounds = f"{number(estimate.if_zero)} to {number(estimate.if_one)}" if missing else ""
    of = f"{estimate.n}/{estimate.n + missing}" if missing else str(estimate.n)
    return suite.name, plain(estimate), of, bounds, suite.status, "" if suite.complete else suite.covers


def _cell(suite: SuiteReport | None) -> str:
    return f"{plain(suite.estimate)} n={suite.estimate.n}" if suite else ""
