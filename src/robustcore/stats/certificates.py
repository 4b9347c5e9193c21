"""How far a query vector can move before its top-k changes (spec metrics 10.1). Elementary geometry; all of it ours.

Documents i score s_i = q.d_i; T is the top-k set, and w_ij = d_i - d_j for i in T, j outside. The set changes first
where some q.w_ij reaches zero, which is |q.w_ij| / |w_ij| away. Nothing here speaks of the reader, of edits
of text whose displacement is unknown, or about documents inserted at will.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Radius:
    """``value``: every move shorter than it keeps the top-k set, and a longer one along the ``weak`` pair does not.

    ``weak`` names the pair that gives way first, inside and outside, as positions among the documents; None where
    nothing is outside (the value is infinite). ``duplicates``: a pair of equal vectors lies across the border; it is
    ordered by a tie-break that no move changes, and was left out. ``read`` counts the documents that were looked at.
    """

    value: float
    weak: Pair | None = None
    duplicates: bool = False
    read: int = 0


def ranked(query: Vectors, documents: Vectors) -> NDArray[np.int64]:
    """Return the positions of ``documents`` (n, d) by falling score for ``query`` (d,), ties by position."""
    return np.argsort(-(documents @ query), kind="stable")


def topk_radius(query: Vectors, documents: Vectors, k: int, *, norm: str = "l2") -> Radius:
    """Return min over pairs of q.w / |w| with every pair looked at; ``norm`` ``linf`` bounds each coordinate's move.

    k >= n gives infinity, a tie across the border of different vectors 0.
    """
    order = ranked(query, documents)
    found = _least(query, documents, order[:k], order[k:], norm=norm)
    return Radius(value=found.value, weak=found.weak, duplicates=found.duplicates, read=len(documents))


def order_radius(query: Vectors, documents: Vectors, k: int) -> float:
    """Return the radius that also keeps the order inside the top-k: adjacent pairs of it count as well."""
    order = ranked(query, documents)
    inside = [
        _least(query, documents, order[i : i + 1], order[i + 1 : i + 2]).value for i in range(min(k, len(order)) - 1)
    ]
    return min([topk_radius(query, documents, k).value, *inside])


def easy_bound(query: Vectors, documents: Vectors, k: int, *, norm: str = "l2") -> float:
    """Return min over pairs of (s_i - s_j) / (|d_i| + |d_j|): looser, for diagnostics, never the certificate."""
    order, scores, sizes = ranked(query, documents), documents @ query, _sizes(documents, norm)
    gaps = scores[order[:k], None] - scores[None, order[k:]]
    return float((gaps / (sizes[order[:k], None] + sizes[None, order[k:]])).min()) if gaps.size else math.inf


def chord(radius: float, size: float = 1.0) -> float:
    """Return 2 sin(asin(r/|q|) / 2): how far a query that is scaled back to unit length may end from where it was."""
    share = radius / size
    return 2 * math.sin(math.asin(min(1.0, share)) / 2) if share <= 1 else math.inf


def document_side(query: Vectors, documents: Vectors, k: int, *, outside: bool = False) -> float:
    """Return how far each document may move: all of them, s gap / (2 |q|), or ``outside`` the top-k only, gap / |q|."""
    order, scores = ranked(query, documents), documents @ query
    if k >= len(order):
        return math.inf
    gap = float(scores[order[k - 1]] - scores[order[k]])
    return gap / (float(np.linalg.norm(query)) * (1 if outside else 2))


def both_sides_slack(query: Vectors, documents: Vectors, k: int, *, by_query: float, by_document: float) -> float:
    """Return min over pairs of q.w - e_q |w| - 2 e (|q| + e_q): above 0 the top-k stands when both sides move."""
    order = ranked(query, documents)
    gaps, lengths, _ = _pairs(query, documents, order[:k], order[k:])
    if not gaps.size:
        return math.inf
    size = float(np.linalg.norm(query))
    return float((gaps - by_query * lengths).min()) - 2 * by_document * (size + by_query)


def gold_radius(query: Vectors, documents: Vectors, k: int, gold: int) -> float | None:
    """Return how far the query may move with ``gold`` in the top-k; None where it is not in it. Sound, not tight.

    With m documents above gold it takes k - m of those below to push it out: the (k - m)-th smallest pair radius.
    """
    order = ranked(query, documents)
    above = int(np.flatnonzero(order == gold)[0])
    if above >= k:
        return None
    if k >= len(order):
        return math.inf
    gaps, lengths, same = _pairs(query, documents, order[above : above + 1], order[above + 1 :])
    radii = np.sort(_radii(gaps, lengths, same)[0])
    return float(radii[k - above - 1]) if k - above - 1 < len(radii) else math.inf


def early_radius(
    query: Vectors, blocks: Iterable[tuple[NDArray[np.int64], Vectors]], k: int, *, longest: float
) -> Radius:
    """Return `topk_radius` from documents in ranked order, reading no further than can matter.

    ``blocks`` yields (positions, vectors) by falling score; ``longest`` is at least the largest document norm. At score
    s_K no pair can come below (s_k - s_K) / (2 longest), so reading stops once that reaches the least radius so far.
    Relative to the documents that the index can return.
    """
    ids, vectors = np.zeros(0, np.int64), np.zeros((0, len(query)))
    best = Radius(value=math.inf)
    inside: NDArray[np.int64] | None = None
    scores = np.zeros(0)
    for positions, rows in blocks:
        rows = np.asarray(rows, np.float64)
        ids, new = np.concatenate([ids, positions]), rows
        if inside is None:
            vectors = np.concatenate([vectors, new])
            if len(ids) <= k:
                continue
            scores = vectors @ query
            inside, new, outer = np.arange(k), vectors[k:], ids[k:]
        else:
            outer = positions
        found = _least(query, np.concatenate([vectors[:k], new]), np.arange(k), np.arange(k, k + len(new)))
        weak = None if found.weak is None else (int(ids[found.weak[0]]), int(outer[found.weak[1] - k]))
        keep = found.value < best.value
        best = Radius(
            value=min(best.value, found.value),
            weak=weak if keep else best.weak,
            duplicates=best.duplicates or found.duplicates,
            read=len(ids),
        )
        if (float(scores[k - 1]) - float(new[-1] @ query)) / (2 * longest) >= best.value:
            break
    return best


def worst_direction(inside: Vectors, outside: Vectors) -> Vectors:
    """Return the unit direction along which the weak pair changes places: -(d_i - d_j) / |d_i - d_j|."""
    step = np.asarray(outside, np.float64) - np.asarray(inside, np.float64)
    return step / np.linalg.norm(step)


def conformal_depth(worst_ranks: Sequence[float], alpha: float) -> float | None:
    """Return the ceil((n + 1)(1 - alpha))-th smallest of n worst gold ranks (spec metrics 10.6, split conformal).

    For queries like these, gold lies within that depth under their perturbations with probability 1 - alpha, on
    average over queries. None where n is below 1 / alpha - 1; infinite if that rank is.
    """
    n = len(worst_ranks)
    place = math.ceil((n + 1) * (1 - alpha) - 1e-9)
    return float(sorted(worst_ranks)[place - 1]) if 1 <= place <= n else None


def _least(
    query: Vectors, documents: Vectors, inside: NDArray[np.int64], outside: NDArray[np.int64], *, norm: str = "l2"
) -> Radius:
    if not len(inside) or not len(outside):
        return Radius(value=math.inf)
    gaps, lengths, same = _pairs(query, documents, inside, outside, norm=norm)
    radii = _radii(gaps, lengths, same)
    at = int(radii.argmin())
    value = float(radii.flat[at])
    if math.isinf(value):
        return Radius(value=value, duplicates=bool(same.any()))
    i, j = divmod(at, len(outside))
    return Radius(value=value, weak=(int(inside[i]), int(outside[j])), duplicates=bool(same.any()))


def _pairs(
    query: Vectors, documents: Vectors, inside: NDArray[np.int64], outside: NDArray[np.int64], *, norm: str = "l2"
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return score gaps, lengths of the differences and which pairs are the same vector, each (inside, outside)."""
    query, documents = np.asarray(query, np.float64), np.asarray(documents, np.float64)
    gaps = np.empty((len(inside), len(outside)))
    lengths = np.empty_like(gaps)
    for row, i in enumerate(inside):
        apart = documents[i][None, :] - documents[outside]
        gaps[row] = apart @ query
        lengths[row] = np.abs(apart).sum(axis=1) if norm == "linf" else np.linalg.norm(apart, axis=1)
    return gaps, lengths, lengths == 0


def _radii(gaps: NDArray[np.float64], lengths: NDArray[np.float64], same: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray(np.where(same, np.inf, np.maximum(gaps, 0.0) / np.where(same, 1.0, lengths)), np.float64)


def _sizes(documents: Vectors, norm: str) -> NDArray[np.float64]:
    sizes = np.abs(documents).sum(axis=1) if norm == "linf" else np.linalg.norm(documents, axis=1)
    return np.asarray(sizes, np.float64)
