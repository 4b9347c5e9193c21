"""Nearest vectors: exact search over an array wherever it lies, or an index of FAISS that may overlook some."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from robustcore.errors import InputError, Problem, require

Floats: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int64]
Metric: TypeAlias = Literal["ip", "l2"]
PURPOSE = "vector search"
BLOCK_BYTES = 1 << 28  # of half-precision rows that are widened at once


class Nearest(Protocol):
    """The base of an overlay: n vectors of width d under positions 0 to n - 1. ``exact``: none is ever overlooked."""

    exact: bool
    metric: Metric
    size: int

    def search(self, queries: Floats, depth: int) -> Ids:
        """Return the positions (q, depth) of the nearest vectors, best first; -1 where fewer were found."""
        ...

    def rows(self, positions: Ids) -> Floats:
        """Return the vectors at ``positions`` (any shape), with an axis of width d behind."""
        ...


class Flat:
    """Exact search by inner product over ``vectors`` (n, d), float32 or float16, in memory or mapped from a file.

    Nothing is copied: FAISS reads the array itself, half-precision rows are widened block by block.
    """

    exact = True
    metric: Metric = "ip"

    def __init__(self, vectors: NDArray[Any], *, threads: int | None = None) -> None:
        self._faiss: Any = require("faiss", extra="local", purpose=PURPOSE)
        if vectors.ndim != 2:
            raise InputError(Problem(what=f"vectors must be a table of rows, not of shape {vectors.shape}"))
        self._vectors, self._threads = vectors, threads
        self.size = len(vectors)

    def search(self, queries: Floats, depth: int) -> Ids:
        """Return the nearest positions, see `Nearest`."""
        depth = min(depth, self.size)
        if depth == 0 or not len(queries):
            return np.zeros((len(queries), depth), np.int64)
        found: tuple[Floats, Ids] | None = None
        with one_pool(self._faiss, self._threads):
            for start, block in self._blocks():
                scores, ids = self._faiss.knn(
                    queries, block, min(depth, len(block)), metric=self._faiss.METRIC_INNER_PRODUCT
                )
                ids += start
                found = (scores, ids) if found is None else _best(found, (scores, ids), depth)
        assert found is not None  # depth > 0, so there is a block
        return np.asarray(found[1], np.int64)

    def rows(self, positions: Ids) -> Floats:
        """Return the vectors at ``positions``."""
        return np.asarray(self._vectors[positions], np.float32)

    def _blocks(self) -> Iterator[tuple[int, Floats]]:
        if self._vectors.dtype == np.float32 and self._vectors.flags.c_contiguous:
            yield 0, self._vectors
            return
        rows = max(1, BLOCK_BYTES // (4 * self._vectors.shape[1]))
        for start in range(0, self.size, rows):
            yield start, np.ascontiguousarray(self._vectors[start : start + rows], np.float32)


class FaissIndex:
    """Any index of FAISS; exact only if it is a flat one. ``vectors`` are the indexed rows, if they are at hand.

    Without them rows are taken from the index itself (``reconstruct``); one that cannot give them is refused.
    """

    def __init__(self, index: Any, vectors: NDArray[Any] | None = None, *, threads: int | None = None) -> None:
        self._faiss: Any = require("faiss", extra="local", purpose=PURPOSE)
        self._index, self._vectors, self._threads = index, vectors, threads
        self.size = int(index.ntotal)
        self.exact = isinstance(index, self._faiss.IndexFlat)
        self.metric: Metric = "l2" if index.metric_type == self._faiss.METRIC_L2 else "ip"
        if index.metric_type not in (self._faiss.METRIC_L2, self._faiss.METRIC_INNER_PRODUCT):
            fix = "build it with METRIC_INNER_PRODUCT or METRIC_L2"
            raise InputError(Problem(what=f"the FAISS index has the metric {index.metric_type}", fix=fix))
        if vectors is None and self.size:
            self._probe()

    def search(self, queries: Floats, depth: int) -> Ids:
        """Return the nearest positions that the index finds."""
        with one_pool(self._faiss, self._threads):
            _, ids = self._index.search(np.ascontiguousarray(queries, np.float32), min(depth, self.size))
        return np.asarray(ids, np.int64)

    def rows(self, positions: Ids) -> Floats:
        """Return the vectors at ``positions``."""
        if self._vectors is not None:
            return np.asarray(self._vectors[positions], np.float32)
        flat = np.ascontiguousarray(positions.reshape(-1))
        found = self._index.reconstruct_batch(flat) if len(flat) else np.zeros((0, self._index.d), np.float32)
        return np.asarray(found, np.float32).reshape(*positions.shape, self._index.d)

    def _probe(self) -> None:
        if hasattr(self._index, "make_direct_map"):
            self._index.make_direct_map()
        try:
            self._index.reconstruct(0)
        except RuntimeError as error:
            what = f"the FAISS index {type(self._index).__name__} does not give its vectors back"
            raise InputError(Problem(what=what, fix="pass vectors= beside it")) from error


def build_index(kind: str, vectors: Floats, *, threads: int | None = None) -> Nearest:
    """Return a base over ``vectors``: ``flat`` (exact), ``hnsw`` or ``ivf`` (approximate, FAISS's usual settings)."""
    if kind == "flat" or not len(vectors):
        return Flat(vectors, threads=threads)
    faiss: Any = require("faiss", extra="local", purpose=PURPOSE)
    width = vectors.shape[1]
    rows = np.ascontiguousarray(vectors, np.float32)
    if kind == "hnsw":
        index = faiss.IndexHNSWFlat(width, 32, faiss.METRIC_INNER_PRODUCT)
    elif kind == "ivf":
        cells = max(1, round(len(rows) ** 0.5))
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, cells, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = max(1, cells // 8)
        index.cp.min_points_per_centroid = 1  # small corpora are no reason for a warning
    else:
        raise InputError(Problem(what=f"there is no index {kind!r}", choices=("flat", "hnsw", "ivf")))
    with one_pool(faiss, threads):
        if not index.is_trained:
            index.train(rows)
        index.add(rows)
    return FaissIndex(index, rows, threads=threads)


@contextmanager
def one_pool(faiss: Any, threads: int | None) -> Iterator[None]:
    """Let FAISS use ``threads`` threads inside the block (None: as many as it likes)."""
    before = faiss.omp_get_max_threads()
    if threads is not None:
        faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _best(left: tuple[Floats, Ids], right: tuple[Floats, Ids], depth: int) -> tuple[Floats, Ids]:
    scores, ids = np.concatenate([left[0], right[0]], axis=1), np.concatenate([left[1], right[1]], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    return np.take_along_axis(scores, order, 1), np.take_along_axis(ids, order, 1)
