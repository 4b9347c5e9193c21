"""What replicates say about a verdict: how many would decide it, and how likely a re-run is to turn it round."""

from __future__ import annotations

from collections.abc import Sequence

from robustcore.gates.expression import Expression
from robustcore.gates.types import Gate
from robustcore.gates.units import unit_rows
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.variance import components, flip_chance, replicates_decide, rerun_error

AVERAGED = ("mean", "drop_abs")  # whose replicates are averaged: more of them take noise away


def replicates_needed(gate: Gate, expression: Expression, estimate: Estimate, rows: Sequence[Row]) -> int | None:
    """Return how many replicates of each case would decide; None without replicates, or if no number would."""
    target = gate.at_least if gate.at_least is not None else gate.at_most
    if expression.kind not in AVERAGED or estimate.value is None or target is None or not _repeated(rows):
        return None
    limit = estimate.low if target < estimate.value else estimate.high
    parts = components(unit_rows(expression, rows))
    if limit is None or parts is None:
        return None
    return replicates_decide(parts, estimate.value, limit, target)


def verdict_flips(
    gate: Gate, expression: Expression, estimate: Estimate, rows: Sequence[Row], *, higher_is_better: bool = True
) -> float | None:
    """Return the chance that a re-run on the same questions gives another verdict; None without replicates."""
    target = gate.at_least if gate.at_least is not None else gate.at_most
    if expression.kind not in AVERAGED or target is None or not gate.sampled or not _repeated(rows):
        return None
    error = rerun_error(unit_rows(expression, rows, higher_is_better=higher_is_better))
    return None if error is None else flip_chance(estimate, error, target, at_least=gate.at_least is not None)


def _repeated(rows: Sequence[Row]) -> bool:
    return any(row.replicate for row in rows)
