"""Rows whose pooled mean is what an expression aggregates: for comparing runs, for stopping early, for re-runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from robustcore.gates.expression import Expression
from robustcore.stats.rows import Row
from robustcore.stats.samples import count_raises, repeats
from robustcore.stats.suites import CLEAN, NOT_ASKED


def unit_rows(expression: Expression, rows: Sequence[Row], *, higher_is_better: bool = True) -> list[Row]:
    """Return one row per value that ``expression`` averages, each under the case, item or cluster it belongs to.

    A mean gives its own rows, ``pass_rate`` one per case with replicates folded, ``drop_abs`` and ``drop_rel`` clean -
    perturbed per pair, ``union`` and ``worst_case`` one per item, a suite what it folds (for LLMC, which is no mean,
    the compliance of each reply).
    """
    suite = expression.suite
    if suite is not None:
        return suite.fold(rows)
    rows = count_raises(rows, 0.0 if higher_is_better else 1.0)
    match expression.kind:
        case "pass_rate":
            return repeats(rows, "all")
        case "drop_abs" | "drop_rel":
            return [_dropped(row) for row in rows]
        case "union":
            return _by_item(rows, best=1.0 if higher_is_better else 0.0)
        case "worst_case":
            return _by_item(rows, best=None, higher_is_better=higher_is_better)
        case _:
            return list(rows)


def lower_is_worse(expression: Expression, *, higher_is_better: bool = True) -> bool:
    """Say whether a lower value of ``expression`` is the worse one."""
    if expression.kind in ("drop_abs", "drop_rel"):
        return not higher_is_better
    return True if expression.kind in ("pass_rate", "union", "suite") else higher_is_better


def _dropped(row: Row) -> Row:
    if row.value is None or row.clean is None:
        return replace(row, value=None, reason=row.reason if row.value is None else row.clean_reason or "unknown")
    return replace(row, value=row.clean - row.value)


def _by_item(rows: Sequence[Row], *, best: float | None, higher_is_better: bool = True) -> list[Row]:
    """Return one row per item: 1 iff clean and all rows are ``best``, or without ``best`` the worst value of all."""
    items: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        items.setdefault((row.cluster, row.item if best is not None else ""), []).append(row)
    return [_worst(group, best, higher_is_better=higher_is_better) for group in items.values()]


def _worst(group: Sequence[Row], best: float | None, *, higher_is_better: bool) -> Row:
    scored = [row.value for row in group if row.value is not None]
    lost = [row.reason or "unknown" for row in group if row.value is None and row.reason not in NOT_ASKED]
    if best is not None:
        scored += [row.clean for row in group if row.clean is not None and row.family != CLEAN]
        lost += [row.reason for row in group if row.value is None and row.reason in NOT_ASKED]
        lost += [row.clean_reason for row in group if row.clean is None and row.family != CLEAN]
    first = replace(group[0], condition="all", severity=0.0, case_id=group[0].item, replicate=0)
    if lost or not scored:
        return replace(first, value=None, reason=lost[0] if lost else group[0].reason or "unknown")
    if best is not None:
        return replace(first, value=float(all(value == best for value in scored)), reason="")
    return replace(first, value=min(scored) if higher_is_better else max(scored), reason="")
