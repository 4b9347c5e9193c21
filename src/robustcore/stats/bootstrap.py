"""Cluster bootstrap-t: an approximate interval for a ratio of cluster totals, which every pooled mean is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 2000
SEED = 20250607
MIN_CLUSTERS = 20
_MANY_CLUSTERS = 5000
ROUNDING = 1e-12  # what differs by less does so by rounding
_LEFT_OVER = 1e-13  # of the terms of a variance: less than this is what is left of their rounding, not variation
_ALIKE = 10  # with this many clusters of each kind, drawing how many of each is faster than drawing clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Lower and upper one-sided limits with the name of the interval; None and a ``reason`` if there are none."""

    low: float | None = None
    high: float | None = None
    method: str = ""
    reason: str = ""


STILL = Limits(reason="too_few_clusters", method="no interval: the clusters do not vary")
"""What `bootstrap_t` makes of clusters among which there is nothing to draw."""


def bootstrap_t(totals: Sequence[tuple[float, float]], delta: float, *, draws: int = DRAWS, seed: int = SEED) -> Limits:
    """Return limits, each missing with probability about ``delta``, for sum of numerators / sum of denominators.

    ``totals`` holds (numerator, denominator) per cluster. Clusters are drawn with replacement, and the studentised
    ratio is inverted (Efron 1981); its standard error is the linearised one. Fewer than 20 clusters, or no variation
    between them (`STILL`), give ``too_few_clusters`` (spec metrics 0.7).
    """
    method = f"cluster bootstrap-t ({draws} draws, seed {seed}), approximate"
    too_few = Limits(reason="too_few_clusters", method=f"no interval: fewer than {MIN_CLUSTERS} clusters")
    if len(totals) < MIN_CLUSTERS:
        return too_few
    import numpy as np

    kinds, counts = _kinds(totals)
    ratio, error = (float(x[0]) for x in _ratio_and_error(counts[None, :].astype(float), kinds))
    if not error > ROUNDING:
        return STILL
    if _MANY_CLUSTERS < len(totals) < _ALIKE * len(counts):  # the pivots are normal by now, and drawing is slow
        from scipy.special import ndtri

        reach = float(ndtri(1 - delta)) * error
        return Limits(low=ratio - reach, high=ratio + reach, method="normal limits over clusters, approximate")
    rng = np.random.default_rng(seed)
    pivots = np.concatenate([_pivots(weights, kinds, ratio) for weights in _resamples(rng, counts, draws)])
    pivots = pivots[~np.isnan(pivots)]
    if len(pivots) < draws * (1 - delta / 10):
        return Limits(reason="too_few_clusters", method="no interval: resamples without a denominator")
    upper, lower = (float(np.quantile(sign * pivots, 1 - delta, method="inverted_cdf")) for sign in (1, -1))
    return Limits(low=ratio - upper * error, high=ratio + lower * error, method=method)


def positive_share(totals: Sequence[float], *, draws: int = DRAWS, seed: int = SEED) -> tuple[float, str]:
    """Return the share of cluster bootstrap draws in which the sum of ``totals`` is above 0, and the method in words.

    ``totals`` has one number per cluster; clusters are drawn with replacement.
    """
    import numpy as np

    kinds, counts = _kinds([(total, 1.0) for total in totals])
    sums = np.concatenate([weights @ kinds[:, 0] for weights in _resamples(np.random.default_rng(seed), counts, draws)])
    return float(np.mean(sums > ROUNDING)), f"cluster bootstrap ({draws} draws, seed {seed})"


def _kinds(totals: Sequence[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distinct clusters as (kinds, 2) and how many there are of each: equal clusters are exchangeable."""
    import numpy as np

    kinds, counts = zip(*sorted(Counter(totals).items()), strict=True)  # sorted: the order of rows is irrelevant
    return np.array(kinds, dtype=float), np.array(counts)


def _resamples(rng: np.random.Generator, counts: NDArray[np.int64], draws: int) -> Any:
    """Yield blocks of shape (draws in the block, kinds): how often each kind was drawn."""
    import numpy as np

    clusters = int(counts.sum())
    if clusters >= _ALIKE * len(counts):
        yield rng.multinomial(clusters, counts / clusters, size=draws).astype(float)
        return
    owner = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    block = max(1, 1_000_000 // clusters)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        picked = owner[rng.integers(0, clusters, size=(rows, clusters), dtype=np.int32)]
        picked += np.arange(rows, dtype=np.int32)[:, None] * len(counts)
        yield np.bincount(picked.ravel(), minlength=rows * len(counts)).reshape(rows, -1).astype(float)


def _ratio_and_error(
    weights: NDArray[np.float64], kinds: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ratio and linearised standard error per row of ``weights``; NaN where the denominator is 0."""
    import numpy as np

    top, bottom = kinds[:, 0], kinds[:, 1]
    clusters = weights[0].sum()
    sums = weights @ np.stack([top, bottom, top * top, top * bottom, bottom * bottom], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(sums[:, 1] != 0, sums[:, 0] / sums[:, 1], np.nan)
        own, mixed, fitted = sums[:, 2], 2 * ratio * sums[:, 3], ratio**2 * sums[:, 4]
        squares = own - mixed + fitted
        squares[squares <= _LEFT_OVER * (own + np.abs(mixed) + fitted)] = 0.0
        error = np.sqrt(squares * clusters / (clusters - 1)) / np.abs(sums[:, 1])
    return ratio, error


def _pivots(weights: NDArray[np.float64], kinds: NDArray[np.float64], ratio: float) -> NDArray[np.float64]:
    """Return the studentised ratios; a resample without variation is 0 if it hits the estimate, else infinite."""
    import numpy as np

    drawn, error = _ratio_and_error(weights, kinds)
    gap = drawn - ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = np.where(np.abs(gap) < ROUNDING, 0.0, np.copysign(np.inf, gap))
        pivots = np.where(error > ROUNDING, gap / error, flat)
    return np.where(np.isnan(drawn), np.nan, pivots)
