"""Overlay: one index, and any number of small edits of it that are merged at search, equal to a rebuild."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustcore.systems.retrieval.nearest import Flat, Floats, Ids, Nearest

Scores = NDArray[np.float64]
MARGIN = 16  # candidates beyond those asked for: what single precision may put in the wrong order at the border
MANY = 1024  # hidden vectors above which what is left is searched by itself
TOLERANCE = 1e-5  # of a score in single precision, relative to the largest
CELLS = 1 << 24  # numbers gathered at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Delta:
    """An edit of n indexed vectors: ``hide`` positions that are not served, ``added`` (a, d) that are, in addition.

    ``places`` (a,) says where each added vector would stand in a rebuild, which decides ties: the position of the
    vector it replaces, or behind all (n, n + 1, ...; the default). Restoring is leaving a position out of ``hide``.
    """

    hide: Ids
    added: Floats
    places: Ids | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """``ids`` (q, k) and ``scores`` (q, k), best first, ties by place; id n + j is added vector j; -1 is no vector."""

    ids: Ids
    scores: Scores


class Overlay:
    """Search over ``base`` under edits. The cost of an edit follows its size, not that of the index.

    Candidates come from one search for all queries; they are scored again in double precision, so that the order does
    not depend on how queries were batched, and the search goes deeper where the border is too close to call. Over a
    flat base results are those of an index built anew; over an approximate one, relative to what it can return.
    """

    def __init__(self, base: Nearest) -> None:
        self.base = base

    def search(self, queries: Floats, deltas: Sequence[Delta], k: int) -> list[Found]:
        """Return what all ``queries`` (q, d) find under each delta."""
        rows = np.arange(len(queries))
        return self._run(queries, [(rows, delta) for delta in deltas], k)

    def search_each(self, queries: Floats, groups: Sequence[tuple[Sequence[int], Delta]], k: int) -> list[Found]:
        """Return for each group what its queries, given by row, find under its delta."""
        return self._run(queries, [(np.asarray(rows, np.int64), delta) for rows, delta in groups], k)

    def _run(self, queries: Floats, groups: Sequence[tuple[Ids, Delta]], k: int) -> list[Found]:
        queries = np.ascontiguousarray(queries, np.float32)
        few = [len(delta.hide) for _, delta in groups if len(delta.hide) <= MANY]
        depth = min(self.base.size, k + max(few, default=0) + MARGIN)
        ids = self.base.search(queries, depth) if few else np.zeros((len(queries), 0), np.int64)
        scores = self._exact(queries, ids)
        found = []
        for rows, delta in groups:
            if len(delta.hide) > MANY:
                found.append(self._on_the_rest(queries[rows], delta, k))
            else:
                found.append(self._merged(queries[rows], ids[rows], scores[rows], delta, k))
        return found

    def _merged(self, queries: Floats, ids: Ids, scores: Scores, delta: Delta, k: int) -> Found:
        """Return the best of the candidates that are not hidden and of what was added."""
        gone = np.isin(ids, delta.hide) | (ids < 0)
        kept = np.where(gone, -np.inf, scores)
        fresh = dots(queries, np.broadcast_to(delta.added, (len(queries), *delta.added.shape)), self.base.metric)
        size = self.base.size
        both_ids = np.concatenate([np.where(gone, -1, ids), np.tile(_new_ids(delta, size), (len(ids), 1))], axis=1)
        places = np.concatenate([ids, np.tile(_places(delta, size), (len(ids), 1))], axis=1)
        found = best(both_ids, places, np.concatenate([kept, fresh], axis=1), k)
        if ids.shape[1] >= size or not self.base.exact or not len(ids):
            return found
        open_ = _undecided(scores, found, k)
        if not open_.any():
            return found
        deeper = min(size, 4 * ids.shape[1])
        rows = np.flatnonzero(open_)
        more = self.base.search(queries[rows], deeper)
        again = self._merged(queries[rows], more, self._exact(queries[rows], more), delta, k)
        found.ids[rows], found.scores[rows] = again.ids, again.scores
        return found

    def _on_the_rest(self, queries: Floats, delta: Delta, k: int) -> Found:
        left = np.setdiff1d(np.arange(self.base.size), delta.hide)
        rest = Overlay(Flat(self.base.rows(left))) if self.base.metric == "ip" else None
        if rest is None:  # by squared distance: few indexes, so all that is left is scored
            ids = np.tile(left, (len(queries), 1))
            return self._merged(queries, ids, self._exact(queries, ids), delta, k)
        places = _places(delta, self.base.size)
        inner = Delta(hide=np.zeros(0, np.int64), added=delta.added, places=np.searchsorted(left, places))
        (found,) = rest.search(queries, [inner], k)
        behind = len(left)
        ids = np.where(found.ids >= behind, found.ids - behind + self.base.size, found.ids)
        old = (found.ids >= 0) & (found.ids < behind)
        ids[old] = left[found.ids[old]]
        return Found(ids=ids, scores=found.scores)

    def _exact(self, queries: Floats, ids: Ids) -> Scores:
        scores = np.full(ids.shape, -np.inf)
        for part in _parts(ids.shape, queries.shape[1] if queries.ndim == 2 else 1):
            scores[part] = dots(queries[part], self.base.rows(np.maximum(ids[part], 0)), self.base.metric)
        scores[ids < 0] = -np.inf
        return scores


def dots(queries: Floats, vectors: Floats, metric: str = "ip") -> Scores:
    """Return the scores (q, c) of ``vectors`` (q, c, d) in double precision, less what rounding leaves behind.

    Inner products, or negative squared distances for ``l2``. Equal vectors get equal scores.
    """
    wide, q = vectors.astype(np.float64), queries.astype(np.float64)
    scores = np.einsum("qd,qcd->qc", q, wide) if metric == "ip" else -np.square(wide - q[:, None, :]).sum(axis=2)
    return np.asarray(np.round(scores, 11), np.float64)


def best(ids: Ids, places: Ids, scores: Scores, k: int) -> Found:
    """Return the ``k`` highest scores of each row, ties by place; -1 and -inf where there are fewer."""
    k = min(k, ids.shape[1])
    order = np.lexsort((places, -scores), axis=1)[:, :k]
    scores = np.take_along_axis(scores, order, 1)
    chosen = np.where(np.isneginf(scores), -1, np.take_along_axis(ids, order, 1))
    return Found(ids=chosen, scores=scores)


def _undecided(scores: Scores, found: Found, k: int) -> NDArray[np.bool_]:
    """Say for which queries a vector that is no candidate could still belong among the best ``k``."""
    border = scores.min(axis=1, where=np.isfinite(scores), initial=np.inf)
    full = found.scores.shape[1] == k
    last = found.scores[:, -1] if full else np.full(len(scores), -np.inf)
    slack = TOLERANCE * np.maximum(1.0, np.abs(border))
    return np.asarray(last <= border + slack)


def _new_ids(delta: Delta, size: int) -> Ids:
    return size + np.arange(len(delta.added), dtype=np.int64)


def _places(delta: Delta, size: int) -> Ids:
    return _new_ids(delta, size) if delta.places is None else np.asarray(delta.places, np.int64)


def _parts(shape: tuple[int, ...], width: int) -> Iterator[slice]:
    step = max(1, CELLS // max(1, shape[1] * width))
    yield from (slice(start, start + step) for start in range(0, shape[0], step))
