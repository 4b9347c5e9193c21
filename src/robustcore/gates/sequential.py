"""Gates that are looked at while a run goes on: decided as soon as no further question is needed, at no cost in error.

Every look uses the same limits, which hold at all looks together (stats/betting.py). A gate on a mean, a pass rate, a
drop, a union, a worst case or a suite that is a mean (`Suite.is_mean`) can be decided so; any other suite cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from robustcore.gates.expression import Expression, parse_expression
from robustcore.gates.types import Gate
from robustcore.gates.units import unit_rows
from robustcore.stats.betting import METHOD, Bounded
from robustcore.stats.exact import bisect
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import count_raises, pairs_of, values_of

if TYPE_CHECKING:
    from collections.abc import Callable

Decision: TypeAlias = Literal["above", "below", "open"]


def decidable(gate: Gate) -> bool:
    """Say whether ``gate`` can be decided before all its questions were asked.

    A hand-written list cannot: it is gated on the value over exactly its questions. Nor can a suite that is no mean.
    """
    suite = parse_expression(gate.measure).suite
    return gate.sampled and (suite is None or suite.is_mean)


def decision(gate: Gate, rows: Sequence[Row], *, higher_is_better: bool = True) -> Decision:
    """Return whether ``rows``, all of one cell, show the aggregate to be above or below the gate's threshold."""
    target = gate.at_least if gate.at_least is not None else gate.at_most
    shown = _shown(parse_expression(gate.measure), rows, 1 - gate.confidence, higher_is_better)
    if shown is None or target is None:
        return "open"
    return "above" if shown.above(target) else "below" if shown.below(target) else "open"


def sequential_estimate(
    gate: Gate, estimate: Estimate, rows: Sequence[Row], asked: tuple[int, int], *, higher_is_better: bool = True
) -> Estimate:
    """Return ``estimate`` with limits that hold however often the gate was looked at before.

    ``asked`` are the questions asked and planned. Values outside [0, 1] have no such limits: none are given.
    """
    method = f"{METHOD}, {asked[0]} of {asked[1]} questions asked"
    shown = _shown(parse_expression(gate.measure), rows, 1 - gate.confidence, higher_is_better)
    value = estimate.value
    if shown is None or value is None:
        return replace(estimate, low=None, high=None, method=f"no interval: {method}", reason="not_applicable")
    low, high = _limits(shown, value)
    target = gate.at_least if gate.at_least is not None else gate.at_most
    if target is not None and shown.above(target):
        low = max(low, target)  # the search stops short of the limit by less than a float can tell
    if target is not None and shown.below(target):
        high = min(high, target - 1e-12)
    return replace(estimate, low=low, high=high, method=method, reason="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Whether an aggregate is shown to be above or below a value; ``least`` and ``most`` are its range."""

    above: Callable[[float], bool]
    below: Callable[[float], bool]
    least: float
    most: float = 1.0


def _shown(expression: Expression, rows: Sequence[Row], delta: float, higher_is_better: bool) -> _Shown | None:
    if expression.kind == "drop_rel":
        return _relative(rows, delta, higher_is_better)
    sample = values_of(unit_rows(expression, rows, higher_is_better=higher_is_better))
    drop = expression.kind == "drop_abs"
    lowest = -1.0 if drop else 0.0
    if not sample.clusters or not all(lowest <= value <= 1 for value in sample.kinds):
        return None
    width = 1 - lowest
    totals = [((sum(v) - lowest * len(v)) / width, float(len(v))) for v in sample.clusters.values()]
    bounded = Bounded.of(totals, sample.planned)
    return _Shown(
        above=lambda t: bounded.shows_above((t - lowest) / width, delta),
        below=lambda t: bounded.shows_below((t - lowest) / width, delta),
        least=lowest,
    )


def _relative(rows: Sequence[Row], delta: float, higher_is_better: bool) -> _Shown | None:
    """Return what pairs show of (clean - perturbed) / clean.

    It exceeds t iff the mean of (1 - t) clean - perturbed is above 0, and those values lie in [-1, 1 - t].
    """
    sample = pairs_of(count_raises(rows, 0.0 if higher_is_better else 1.0))
    pairs = [pair for cluster in sample.clusters.values() for pair in cluster]
    if not any(clean > 0 for clean, _ in pairs) or not all(0 <= value <= 1 for pair in pairs for value in pair):
        return None

    def bounded(t: float) -> tuple[Bounded, float]:
        width = 2 - t
        totals = [
            (sum(((1 - t) * c - p + 1) / width for c, p in cluster), float(len(cluster)))
            for cluster in sample.clusters.values()
        ]
        return Bounded.of(totals, sample.planned), 1 / width

    def above(t: float) -> bool:
        values, zero = bounded(t)
        return values.shows_above(zero, delta)

    def below(t: float) -> bool:
        values, zero = bounded(t)
        return values.shows_below(zero, delta)

    return _Shown(above=above, below=below, least=-1.0)


def _limits(shown: _Shown, value: float) -> tuple[float, float]:
    low = bisect(lambda t: t <= shown.least or shown.above(t), shown.least, max(value, shown.least))
    mirrored = bisect(lambda t: -t >= shown.most or shown.below(-t), -shown.most, min(-value, -shown.least))
    return low, -mirrored
