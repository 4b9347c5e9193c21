"""Rows → Verdict: a gate passes iff its bound meets the threshold, fails iff the interval excludes it (0.10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from robustcore.case import Condition
from robustcore.errors import RobustError
from robustcore.gates.cells import Cell, cell_of, cell_of_row, cells
from robustcore.gates.expression import Expression, parse_expression
from robustcore.gates.plan import needed
from robustcore.gates.reruns import replicates_needed, verdict_flips
from robustcore.gates.sentence import lost_sentence, not_run_sentence, sentence
from robustcore.gates.sequential import decidable, sequential_estimate
from robustcore.gates.types import Gate, Verdict, VerdictStatus
from robustcore.stats.drops import drop_abs, drop_rel
from robustcore.stats.means import mean_estimate
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import INFRASTRUCTURE, count_raises, repeats
from robustcore.stats.suites import union, worst_case

__all__ = ["cell_of", "cells", "estimate_for", "judge", "judge_cell", "not_run"]

ROUNDING = 1e-9  # a limit this near its threshold is on it, as it is for `sample_size`


def judge(
    gate: Gate,
    rows: Iterable[Row],
    *,
    conditions: Iterable[Condition] | None = None,
    higher_is_better: bool | None = None,
) -> tuple[Verdict, ...]:
    """Return one verdict per cell of ``gate``.

    ``rows`` may hold several measures; those of the gate's measure are used (for ``pass_rate``, which names none, the
    rows of ``pass_rate`` or else of ``passes``; for a suite aggregate those of all its measures).
    With ``conditions`` a cell without any row gets its verdict as well.
    """
    chosen = _rows_for(parse_expression(gate.measure), rows)
    found: dict[Cell, list[Row]] = {cell: [] for cell in cells(gate, conditions or ())}
    known: dict[tuple[str, float, str], list[Row]] = {}
    for row in chosen:
        kind = (row.condition, row.severity, row.family)
        if kind not in known:
            known[kind] = found.setdefault(cell_of_row(gate, row), [])
        known[kind].append(row)
    return tuple(judge_cell(gate, cell, part, higher_is_better=higher_is_better) for cell, part in found.items())


def judge_cell(
    gate: Gate,
    cell: Cell,
    rows: Sequence[Row],
    *,
    higher_is_better: bool | None = None,
    asked: tuple[int, int] | None = None,
) -> Verdict:
    """Return the verdict of one cell on ``rows``, all of the gate's measure and of that cell.

    ``higher_is_better`` is the measure's direction; None looks it up by name. ``asked`` are the questions asked and
    planned where the gate was looked at before: its limits then hold at all looks together.
    """
    expression = parse_expression(gate.measure)
    if higher_is_better is None:
        higher_is_better = True if expression.kind == "suite" else _direction(expression.measure_name)
    estimate = estimate_for(expression, rows, gate, higher_is_better=higher_is_better)
    if asked is not None and decidable(gate):
        estimate = sequential_estimate(gate, estimate, rows, asked, higher_is_better=higher_is_better)
    lost, put = _losses(expression, rows)
    if sum(lost.values()) > gate.max_unscored * put:
        text = lost_sentence(gate, cell, lost, put)
        return Verdict(gate=gate, cell=cell, status="error", estimate=estimate, sentence=text)
    status = _status(gate, estimate)
    more = needed(gate, estimate) if status == "inconclusive" else None
    again = replicates_needed(gate, expression, estimate, rows) if status == "inconclusive" else None
    suite = expression.suite
    covers = suite.covers(rows) if suite else ""
    text = sentence(gate, cell, status, estimate, more, covers=covers, replicates=again)
    flips = verdict_flips(gate, expression, estimate, rows, higher_is_better=higher_is_better)
    return Verdict(
        gate=gate,
        cell=cell,
        status=status,
        estimate=estimate,
        sentence=text,
        needed=more,
        replicates=again,
        flips=flips,
        asked=asked,
    )


def not_run(verdict: Verdict, why: str) -> Verdict:
    """Return ``verdict`` as that of a gate of which no case was run, because of ``why``."""
    text = not_run_sentence(verdict.gate, verdict.cell, why)
    return replace(verdict, status="not_run", sentence=text, needed=None, replicates=None)


def estimate_for(expression: Expression, rows: Sequence[Row], gate: Gate, *, higher_is_better: bool = True) -> Estimate:
    """Return what ``expression`` makes of ``rows`` at the gate's confidence. A raise counts as the worst value."""
    sampled, confidence = gate.sampled, gate.confidence
    suite = expression.suite
    if suite is not None:
        return suite.estimate(rows, confidence, sampled=sampled)
    rows = count_raises(rows, 0.0 if higher_is_better else 1.0)
    match expression.kind:
        case "pass_rate":
            return mean_estimate(repeats(rows, "all"), confidence, sampled=sampled)
        case "drop_abs":
            return drop_abs(rows, confidence, sampled=sampled)
        case "drop_rel":
            return drop_rel(rows, confidence, sampled=sampled)
        case "union":
            return union(rows, confidence, higher_is_better=higher_is_better, sampled=sampled)
        case "worst_case":
            return worst_case(rows, confidence, higher_is_better=higher_is_better, sampled=sampled)
        case _:
            return mean_estimate(rows, confidence, sampled=sampled)


def _status(gate: Gate, estimate: Estimate) -> VerdictStatus:
    low, high = (estimate.low, estimate.high) if gate.sampled else (estimate.value, estimate.value)
    if estimate.value is None or low is None or high is None:
        return "inconclusive"
    if gate.at_least is not None:
        return "passed" if low >= gate.at_least - ROUNDING else "failed" if high < gate.at_least else "inconclusive"
    if gate.at_most is not None:
        return "passed" if high <= gate.at_most + ROUNDING else "failed" if low > gate.at_most else "inconclusive"
    raise ValueError(f"gate {gate.name!r} has no threshold")


def _losses(expression: Expression, rows: Sequence[Row]) -> tuple[Counter[str], int]:
    """Return the infrastructure losses by reason, and how many rows were scored or lost: the others were not asked."""
    suite = expression.suite
    if suite is not None:
        rows = suite.fold(rows)
    paired = expression.kind in ("drop_abs", "drop_rel", "union")
    lost: Counter[str] = Counter()
    scored = 0
    for row in rows:
        if row.value is None and row.reason in INFRASTRUCTURE:
            lost[row.reason] += 1
        elif paired and row.clean is None and row.clean_reason in INFRASTRUCTURE:
            lost[row.clean_reason] += 1
        else:
            scored += row.value is not None
    return lost, scored + sum(lost.values())


def _rows_for(expression: Expression, rows: Iterable[Row]) -> list[Row]:
    suite = expression.suite
    if suite is not None:
        return [row for row in rows if row.measure in suite.measures]
    if expression.measure_name:
        return [row for row in rows if row.measure == expression.measure_name]
    kept = [row for row in rows if row.measure in ("pass_rate", "passes")]
    judged = [row for row in kept if row.measure == "pass_rate"]
    return judged or kept


def _direction(measure: str) -> bool:
    from robustcore.measures.registry import parse_measure

    try:
        return parse_measure(measure).higher_is_better if measure else True
    except RobustError:
        return True  # a measure of the application's own, which says nothing here
