"""Whether an encoder places texts by what they mean or by how they are put (spec metrics 10.4).

A grid of meanings in styles, as unit vectors. The measures are those of PathoROB (arXiv 2507.17845) and CRoMa (arXiv
2607.25497), which ask the same of tissue and scanners; meaning and style are our transfer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustcore.stats.bootstrap import STILL, Limits, bootstrap_t
from robustcore.stats.means import STILL_METHOD, exact_limits
from robustcore.stats.rows import Estimate

NEAREST = 5  # of each kind, for the margin


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """n items: unit ``vectors`` (n, d), the ``meaning``, ``style`` and (optional) source ``group`` of each, (n,)."""

    vectors: NDArray[np.floating]
    meaning: NDArray[np.int64]
    style: NDArray[np.int64]
    group: NDArray[np.int64] | None = None


def neighbour_counts(grid: Grid, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each item, how many of its k nearest have its meaning in another style (SO), and reversed (OS).

    Neighbours come from outside the item's own group, by cosine, ties by position.
    """
    order = _neighbours(grid)[:, :k]
    same_meaning = grid.meaning[order] == grid.meaning[:, None]
    same_style = grid.style[order] == grid.style[:, None]
    allowed = np.isfinite(np.take_along_axis(_cosines(grid), order, 1))
    so = (same_meaning & ~same_style & allowed).sum(axis=1)
    os_ = (~same_meaning & same_style & allowed).sum(axis=1)
    return so, os_


def robustness_index(grid: Grid, k: int) -> float | None:
    """Return RI_k = SO / (SO + OS) over all items; None where both are 0 or the grid has one meaning or one style."""
    so, os_ = neighbour_counts(grid, k)
    total = int(so.sum() + os_.sum())
    return float(so.sum() / total) if total and _is_grid(grid) else None


def index_estimate(
    so: Sequence[float], os_: Sequence[float], confidence: float = 0.95, *, places: int | None = None
) -> Estimate:
    """Return RI with bootstrap-t limits over meanings, from the counts summed within each meaning.

    ``places`` is the most that SO + OS of a meaning can be. Where it is known, meanings that all have the same index,
    as those of an encoder that confuses none, have exact limits.
    """
    totals = [(float(a), float(a + b)) for a, b in zip(so, os_, strict=True)]
    top, bottom = sum(a for a, _ in totals), sum(b for _, b in totals)
    if not bottom:
        return Estimate(value=None, method="none", confidence=confidence, reason="empty_denominator")
    limits = bootstrap_t(totals, 1 - confidence)
    if limits == STILL and places is not None:
        low, high = exact_limits(totals, places, 1 - confidence)
        limits = Limits(low=low, high=high, method=STILL_METHOD)
    clip = [None if one is None else min(1.0, max(0.0, one)) for one in (limits.low, limits.high)]
    value = top / bottom
    return Estimate(
        value=value,
        low=clip[0],
        high=clip[1],
        n=len(totals),
        clusters=len(totals),
        method=limits.method,
        confidence=confidence,
        reason=limits.reason,
    )


def margins(grid: Grid, nearest: int = NEAREST) -> NDArray[np.float64]:
    """Return CRoMa of each item: (D_OS - D_SO) / (D_OS + D_SO), D the mean cosine distance to ``nearest`` of a kind.

    In [-1, 1]; at or below 0 other meanings in the item's style lie nearer than its meaning in other styles.
    NaN where an item has none of a kind, or both distances are 0.
    """
    apart = 1 - _cosines(grid)
    same_meaning = grid.meaning[:, None] == grid.meaning[None, :]
    same_style = grid.style[:, None] == grid.style[None, :]
    so = _mean_nearest(np.where(same_meaning & ~same_style, apart, np.inf), nearest)
    os_ = _mean_nearest(np.where(~same_meaning & same_style, apart, np.inf), nearest)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (os_ - so) / (os_ + so)
    return np.where(np.isfinite(so) & np.isfinite(os_) & (os_ + so > 0), found, np.nan)


def chance(meanings: int, styles: int) -> float:
    """Return the RI of vectors without meaning or style, (S - 1) / (S + M - 2): never read RI without it."""
    return (styles - 1) / (styles + meanings - 2)


def best_k(grid: Grid, most: int = 15) -> int:
    """Return the odd k up to ``most`` with the best balanced k-NN accuracy for meaning, the smallest of equals.

    Ties of votes go to the nearest. k is to be chosen once and then frozen.
    """
    order = _neighbours(grid)
    scored = [(k, _balanced(grid, order[:, :k])) for k in range(1, min(most, len(grid.meaning) - 1) + 1, 2)]
    return max(scored, key=lambda one: (one[1], -one[0]))[0]


def pair_index(grid: Grid, first: int, second: int, k: int) -> float | None:
    """Return RI_k on the grid of two styles only: low where the encoder keeps this pair of styles apart."""
    kept = np.isin(grid.style, (first, second))
    group = None if grid.group is None else grid.group[kept]
    part = Grid(vectors=grid.vectors[kept], meaning=grid.meaning[kept], style=grid.style[kept], group=group)
    return robustness_index(part, k)


def _cosines(grid: Grid) -> NDArray[np.float64]:
    vectors = np.asarray(grid.vectors, np.float64)
    near = np.round(vectors @ vectors.T, 12)
    own = np.eye(len(vectors), dtype=bool) if grid.group is None else grid.group[:, None] == grid.group[None, :]
    near[own | np.eye(len(vectors), dtype=bool)] = -np.inf
    return near


def _neighbours(grid: Grid) -> NDArray[np.int64]:
    return np.argsort(-_cosines(grid), axis=1, kind="stable")[:, : len(grid.meaning) - 1]


def _mean_nearest(distances: NDArray[np.float64], nearest: int) -> NDArray[np.float64]:
    """Return the mean of the least finite ``nearest`` of each row, infinite where a row has none."""
    least = np.sort(distances, axis=1)[:, :nearest]
    there = np.isfinite(least)
    count = there.sum(axis=1)
    total = np.where(there, least, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.inf)


def _balanced(grid: Grid, order: NDArray[np.int64]) -> float:
    votes = grid.meaning[order]
    right = []
    for row, own in zip(votes, grid.meaning, strict=True):
        names, first, counts = np.unique(row, return_index=True, return_counts=True)
        right.append(names[np.lexsort((first, -counts))[0]] == own)
    hits = np.array(right, float)
    return float(np.mean([hits[grid.meaning == one].mean() for one in np.unique(grid.meaning)]))


def _is_grid(grid: Grid) -> bool:
    return len(np.unique(grid.meaning)) > 1 and len(np.unique(grid.style)) > 1
