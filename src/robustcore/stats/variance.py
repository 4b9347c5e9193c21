"""Flaky systems: how much of the spread lies between questions and how much is the system's own noise.

A system that answers the same question differently each time adds noise that more replicates take away, and more
questions too. What lies between questions only more questions take away. (ours; one-way random effects, Fisher 1925)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from robustcore.stats.rows import Estimate, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Variances of single values: ``between`` questions and ``within`` (replicates of one case), as estimated.

    ``replicates`` is the harmonic mean of replicates per case, ``cases`` how many cases had several; ``reliability`` =
    between / (between + within), the correlation of two replicates (None where nothing varies); ``unstable`` the share
    of cases whose replicates differ.
    """

    between: float
    within: float
    replicates: float
    cases: int
    unstable: float

    @property
    def reliability(self) -> float | None:
        """Return between / (between + within)."""
        total = self.between + self.within
        return self.between / total if total > 0 else None


def components(rows: Iterable[Row]) -> Components | None:
    """Return the split over ``rows`` of one measure; None unless some case has two scored replicates.

    Questions are compared within a condition, so that conditions that differ in difficulty count for neither part.
    """
    cases: dict[tuple[str, float], dict[str, list[float]]] = {}
    for row in rows:
        if row.value is not None:
            cases.setdefault((row.condition, row.severity), {}).setdefault(row.item, []).append(row.value)
    several = [values for items in cases.values() for values in items.values() if len(values) > 1]
    if not several:
        return None
    freedom = sum(len(values) - 1 for values in several)
    within = sum(_squares(values) for values in several) / freedom
    replicates = len(several) / sum(1 / len(values) for values in several)
    spreads = [_spread(items) for items in cases.values() if len(items) > 1]
    between = sum(spreads) / len(spreads) - within / replicates if spreads else 0.0
    unstable = sum(max(values) > min(values) for values in several) / len(several)
    return Components(
        between=max(0.0, between), within=within, replicates=replicates, cases=len(several), unstable=unstable
    )


def rerun_error(rows: Iterable[Row]) -> float | None:
    """Return the standard error that the system's own noise leaves in the pooled mean of ``rows``; None if unknown.

    Questions stay the same, only their replicates are drawn anew. A case with a single replicate gets the mean
    variance of the others.
    """
    cases: dict[tuple[str, str, float], list[float]] = {}
    for row in rows:
        if row.value is not None:
            cases.setdefault((row.item, row.condition, row.severity), []).append(row.value)
    several = [values for values in cases.values() if len(values) > 1]
    n = sum(map(len, cases.values()))
    if not several:
        return None
    pooled = sum(_squares(values) for values in several) / sum(len(values) - 1 for values in several)
    variance = sum(len(values) * pooled for values in cases.values())
    return math.sqrt(variance) / n


def flip_chance(estimate: Estimate, error: float, threshold: float, *, at_least: bool) -> float | None:
    """Return the chance that a re-run on the same questions gives another verdict.

    Its value is taken to differ from the one at hand by the noise of two runs, normal with ``error`` sqrt(2), and its
    limits to move with it. None without limits.
    """
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None or low is None or high is None:
        return None
    if not at_least:
        value, low, high, threshold = -value, -high, -low, -threshold
    passes_from, fails_below = threshold + (value - low), threshold - (high - value)
    if error <= 0:
        return 0.0
    reach = error * math.sqrt(2)
    passes, fails = 1 - _phi((passes_from - value) / reach), _phi((fails_below - value) / reach)
    now = passes if value >= passes_from - 1e-9 else fails if value < fails_below else 1 - passes - fails
    return min(1.0, max(0.0, 1 - now))


def replicates_decide(parts: Components, value: float, limit: float, target: float) -> int | None:
    """Return how many replicates a case needs for ``limit`` to reach ``target`` if ``value`` stays.

    None if no number does: what is between questions is left, however often they are asked.
    """
    gap, width = target - value, limit - value
    if gap == 0 or width * gap <= 0 or parts.within <= 0:
        return None
    total = parts.between + parts.within / parts.replicates
    left = total * (gap / width) ** 2 - parts.between
    return math.ceil(parts.within / left - 1e-9) if left > 0 and parts.within / left <= 10_000 else None


def _spread(items: Mapping[str, Sequence[float]]) -> float:
    """Return the sample variance of the questions' means."""
    means = [sum(values) / len(values) for values in items.values()]
    return _squares(means) / (len(means) - 1)


def _squares(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values)


def _phi(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
