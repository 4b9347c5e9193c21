"""Retrieval: three ranked lists of passages (BM25, windows, whole passages), fused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.errors import require
from robustcore.systems.embedded.index import Index
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.ranking import first_of_each, fuse, top

Ids = NDArray[np.int64]
WINDOWS_PER_PASSAGE = 8  # windows searched for each passage wanted: neighbours of one passage crowd the list


class Search:
    """Exact search over an `Index`. Each list is ``depth`` passages deep before fusion.

    Hidden passages are passed over in every list as if the index had been built without them; how rare a word is
    stays a property of the whole corpus, as in any engine between two merges of its index.
    """

    def __init__(self, index: Index, lexical: Lexical, *, depth: int = 100, threads: int = 1) -> None:
        self._faiss: Any = require("faiss", extra="local", purpose="the embedded system")
        self._index, self._lexical, self._depth, self._threads = index, lexical, depth, threads
        self._passages = self._flat(index.vectors)
        self._windows = self._flat(index.window_vectors)

    def run(
        self, vectors: NDArray[np.float32], stems: Sequence[Sequence[str]], hidden: Sequence[frozenset[str]], k: int
    ) -> list[list[tuple[int, float]]]:
        """Return ``(passage number, fused score)`` of the best ``k`` passages for each question, best first.

        ``vectors`` (q, d) and ``stems`` are the questions'; ``hidden`` holds document ids.
        """
        if not self._index.chunks:
            return [[] for _ in stems]
        absent = [self._numbers(ids) for ids in hidden]
        passages = self._nearest(self._passages, vectors, [len(numbers) for numbers in absent], self._depth)
        gone = [
            np.flatnonzero(np.isin(self._index.chunk_of, numbers)) if len(numbers) else numbers for numbers in absent
        ]
        wide = self._depth * WINDOWS_PER_PASSAGE
        windows = self._nearest(self._windows, vectors, [len(numbers) for numbers in gone], wide)
        found = []
        for i, own in enumerate(stems):
            by_window = self._index.chunk_of[_without(windows[i], gone[i])[:wide]]
            scores = self._lexical.scores(own)
            scores[absent[i]] = 0
            lists = (
                _without(passages[i], absent[i])[: self._depth],
                first_of_each(by_window)[: self._depth],
                top(scores, self._depth, floor=0.0),
            )
            ids, fused = fuse(lists)
            found.append([(int(number), float(score)) for number, score in zip(ids[:k], fused[:k], strict=True)])
        return found

    def _numbers(self, ids: frozenset[str]) -> Ids:
        if not ids:
            return np.zeros(0, np.int64)
        return np.array([i for i, chunk in enumerate(self._index.chunks) if chunk.doc_id in ids], np.int64)

    def _flat(self, vectors: NDArray[np.float32]) -> Any:
        flat = self._faiss.IndexFlatIP(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors, np.float32))
        return flat

    def _nearest(self, flat: Any, vectors: NDArray[np.float32], extra: Sequence[int], depth: int) -> Ids:
        """Return ids (q, n) by inner product: deep enough that ``depth`` remain once the hidden ones are left out."""
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(self._threads)
        try:
            wanted = min(flat.ntotal, depth + max(extra, default=0))
            _, ids = flat.search(np.ascontiguousarray(vectors, np.float32), wanted)
        finally:
            self._faiss.omp_set_num_threads(before)
        return np.asarray(ids, np.int64)


def _without(ids: Ids, absent: Ids) -> Ids:
    return ids[~np.isin(ids, absent)] if len(absent) else ids
