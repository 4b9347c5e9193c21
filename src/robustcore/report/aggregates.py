"""Suite aggregates as tables: a line each, and those of single cells of a grid as that grid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustcore.report.inert import line
from robustcore.report.numbers import interval, number
from robustcore.report.remarks import named
from robustcore.report.types import SuiteReport

WIDE: Final = 120  # columns from which a cell of a grid takes one line
ROOMY: Final = 100  # columns from which the bounds of unscored cases are shown
_CELL = re.compile(r"(.+)\[([^\[\],]+),([^\[\],]+)\](.*)")


def aggregate_tables(suites: Sequence[SuiteReport], width: int) -> Iterator[RenderableType]:
    """Yield a table of the aggregates, and one grid per aggregate that is given cell by cell (``name[row,column]``)."""
    listed = [suite for suite in suites if not _CELL.fullmatch(suite.name)]
    if listed:
        yield from _list(listed, wide=width >= ROOMY)
    grids: dict[str, list[SuiteReport]] = {}
    for suite in suites:
        if found := _CELL.fullmatch(suite.name):
            grids.setdefault(f"{found[1]}{found[4]}", []).append(suite)
    for name, cells in grids.items():
        yield _grid(name, cells, wide=width >= WIDE)


def _list(suites: Sequence[SuiteReport], *, wide: bool) -> Iterator[RenderableType]:
    """Yield a line per aggregate, options that all share in the heading; then what an incomplete one rests on."""
    shared = set.intersection(*(set(_options(suite.name)[1]) for suite in suites))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    table.add_column(escape(_spelled("aggregate", sorted(shared))), overflow="fold")
    table.add_column("value", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    if wide:
        table.add_column("unscored all 0, all 1", no_wrap=True)
    short = {suite.name: _without(suite.name, shared) for suite in suites}
    for suite in suites:
        estimate, missing = suite.estimate, sum(suite.estimate.unscored.values())
        of = f"{estimate.n}/{estimate.n + missing}" if missing else str(estimate.n)
        bounds = [f"{number(estimate.if_zero)} to {number(estimate.if_one)}" if missing else ""] if wide else []
        dim = "dim" if estimate.value is None else ""
        table.add_row(escape(line(short[suite.name])), interval(estimate), of, *bounds, style=dim)
    yield table
    for text in _incomplete(suites, short):
        yield Padding(Text(line(text), style="yellow"), (0, 0, 0, 2), expand=False)


def _incomplete(suites: Sequence[SuiteReport], short: Mapping[str, str]) -> Iterator[str]:
    """Yield what incomplete aggregates rest on; what is told of those without any value is told once."""
    valueless: dict[str, list[str]] = {}
    for suite in suites:
        if suite.complete or not (suite.estimate.n or suite.estimate.unscored):
            continue
        lost = ", ".join(f"{count} {reason}" for reason, count in sorted(suite.estimate.unscored.items()))
        if suite.estimate.value is None and not suite.estimate.n:
            valueless.setdefault(lost, []).append(short[suite.name])
        else:
            yield f"{short[suite.name]}: {suite.covers}{f'; not scored: {lost}' if lost else ''}"
    for lost, names in valueless.items():
        yield f"{named(names, len(suites))}: nothing scored: {lost}"


def place_in_grid(name: str) -> tuple[str, str, str] | None:
    """Return title, row and column of an aggregate that is one cell of a grid, ``name[row,column]``; None of others."""
    found = _CELL.fullmatch(name)
    return None if found is None else (f"{found[1]}{found[4]}", found[2], found[3])


def _options(name: str) -> tuple[str, list[str]]:
    """Return the name without its options, and the options as they are spelled."""
    base, _, options = name.removesuffix(")").partition("(")
    return base, options.split(", ") if options else []


def _spelled(base: str, options: Sequence[str]) -> str:
    return f"{base}({', '.join(options)})" if options else base


def _without(name: str, shared: set[str]) -> str:
    base, options = _options(name)
    return _spelled(base, [option for option in options if option not in shared])


def _grid(name: str, suites: Sequence[SuiteReport], *, wide: bool) -> Table:
    """Return rows by columns, in the order in which they first appear; a place nobody asked for stays empty."""
    placed = {(found[2], found[3]): suite for suite in suites if (found := _CELL.fullmatch(suite.name))}
    rows, columns = (list(dict.fromkeys(place[axis] for place in placed)) for axis in (0, 1))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    table.add_column(escape(name), overflow="fold")
    for column in columns:
        table.add_column(escape(column), no_wrap=True)
    for row in rows:
        cells = (placed.get((row, column)) for column in columns)
        table.add_row(escape(row), *(_cell(suite, wide=wide) if suite else "" for suite in cells))
    return table


def _cell(suite: SuiteReport, *, wide: bool) -> str:
    estimate = suite.estimate
    if wide or estimate.low is None:
        return f"{interval(estimate)} n={estimate.n}"
    return f"{number(estimate.value)} n={estimate.n}\n{interval(estimate).partition(' ')[2]}"
