"""The comparison of retrievers as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from robustcore.corpus.records import Dataset
from robustcore.report.numbers import interval, number
from robustcore.report.retrievers import MEASURE, RetrieverRow

SHOWN = 5  # worst questions that are named


def render(rows: Sequence[RetrieverRow], dataset: Dataset, console: Console) -> None:
    """Print quality and the tasks, what is known of vectors, and where the rows differ most."""
    queries = len(rows[0].clean) if rows else 0
    console.print(f"{escape(dataset.name)}: {queries} judged questions, {len(dataset.corpus)} documents")
    table = _table("retriever", MEASURE, "worst 25 %", "variance", "query attacks", "top 1 changed", "p, Holm")
    for row in rows:
        attacks = row.query_change.get("all")
        top1 = " ".join(f"{mode} {value:.2f}" for mode, value in row.top1_changed.items())
        cells = [interval(row.mean), number(row.worst_quarter), number(row.vndcg), _signed(attacks), top1 or "–"]
        table.add_row(escape(row.name), *cells, "–" if row.p is None else f"{row.p:.3f}")
    console.print(table)
    _by_operator(rows, console)
    _vectors(rows, console)
    for row in rows[1:]:
        worse = sorted(row.clean, key=lambda query: row.clean[query] - rows[0].clean.get(query, 0.0))[:SHOWN]
        lost = [query for query in worse if row.clean[query] < rows[0].clean.get(query, 0.0)]
        if lost:
            console.print(f"[dim]{escape(row.name)} loses most on: {escape(', '.join(lost))}[/dim]")


def _by_operator(rows: Sequence[RetrieverRow], console: Console) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row.query_change if name != "all"))
    if not names:
        return
    table = _table("change under", *(escape(row.name) for row in rows if row.attacked))
    for name in names:
        table.add_row(name, *(_signed(row.query_change.get(name)) for row in rows if row.attacked))
    console.print(table)


def _vectors(rows: Sequence[RetrieverRow], console: Console) -> None:
    dense = [row for row in rows if row.certified is not None]
    if not dense:
        return
    table = _table("vectors", "certified", "violations", "RI", "chance", "CRoMa ≤ 0", "hardest pair of styles")
    for row in dense:
        known = {pair: value for pair, value in (row.style_pairs or {}).items() if value is not None}
        hardest = min(known, key=lambda pair: known[pair]) if known else ""
        pair = f"{hardest} {known[hardest]:.2f}" if hardest else "–"
        cells = [
            number(row.certified),
            str(row.violations),
            number(row.ri),
            number(row.chance),
            number(row.crossed),
            pair,
        ]
        table.add_row(escape(row.name), *cells)
    console.print(table)
    if any(row.violations for row in dense):
        console.print("[red]a violation is a fault of the retriever, or of an index that overlooks documents[/red]")


def _table(first: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, padding=(0, 1))
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
