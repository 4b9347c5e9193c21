"""Retrieval: three ranked lists of passages (BM25, windows, whole passages), fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.errors import require
from robustcore.systems.embedded.index import Index
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.ranking import first_of_each, fuse, top

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
WINDOWS_PER_PASSAGE = 8  # windows searched for each passage wanted: neighbours of one passage crowd the list


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Added:
    """Passages that one question finds in the index besides: what `Index` holds of them, and each with its title.

    Their numbers follow those of the index. ``chunk_of`` counts from 0.
    """

    texts: Sequence[str]
    vectors: Floats
    window_vectors: Floats
    chunk_of: Ids


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
        self,
        vectors: NDArray[np.float32],
        stems: Sequence[Sequence[str]],
        hidden: Sequence[frozenset[str]],
        k: int,
        added: Sequence[Added | None] | None = None,
    ) -> list[list[tuple[int, float]]]:
        """Return ``(passage number, fused score)`` of the best ``k`` passages for each question, best first.

        ``vectors`` (q, d) and ``stems`` are the questions'; ``hidden`` holds document ids. ``added`` are passages that
        a question finds, too: each takes the place in the three lists that its scores give it.
        """
        if not self._index.chunks:
            return [[] for _ in stems]
        absent = [self._numbers(ids) for ids in hidden]
        passages, near = self._nearest(self._passages, vectors, [len(numbers) for numbers in absent], self._depth)
        gone = [
            np.flatnonzero(np.isin(self._index.chunk_of, numbers)) if len(numbers) else numbers for numbers in absent
        ]
        wide = self._depth * WINDOWS_PER_PASSAGE
        windows, close = self._nearest(self._windows, vectors, [len(numbers) for numbers in gone], wide)
        found = []
        for i, own in enumerate(stems):
            scores = self._lexical.scores(own)
            scores[absent[i]] = 0
            by_window = self._index.chunk_of[_without(windows[i], gone[i])]
            by_passage = _without(passages[i], absent[i])
            more = added[i] if added else None
            if more is not None:
                kept = close[i][~np.isin(windows[i], gone[i])], near[i][~np.isin(passages[i], absent[i])]
                by_window, by_passage, scores = self._with(more, vectors[i], own, (by_window, by_passage, scores), kept)
            lists = (
                by_passage[: self._depth],
                first_of_each(by_window[:wide])[: self._depth],
                top(scores, self._depth, floor=0.0),
            )
            ids, fused = fuse(lists)
            found.append([(int(number), float(score)) for number, score in zip(ids[:k], fused[:k], strict=True)])
        return found

    def _with(
        self,
        more: Added,
        vector: Floats,
        stems: Sequence[str],
        lists: tuple[Ids, Ids, Floats],
        scores: tuple[Floats, Floats],
    ) -> tuple[Ids, Ids, Floats]:
        """Return the passages by window, those by passage and the BM25 scores, with what was added among them."""
        size = len(self._index.chunks)
        numbers = size + np.arange(len(more.texts))
        lexical = np.array([self._lexical.score_of(stems, text) for text in more.texts], np.float32)
        return (
            _merged(lists[0], scores[0], size + more.chunk_of, more.window_vectors @ vector),
            _merged(lists[1], scores[1], numbers, more.vectors @ vector),
            np.concatenate([lists[2], lexical]),
        )

    def _numbers(self, ids: frozenset[str]) -> Ids:
        if not ids:
            return np.zeros(0, np.int64)
        return np.array([i for i, chunk in enumerate(self._index.chunks) if chunk.doc_id in ids], np.int64)

    def _flat(self, vectors: NDArray[np.float32]) -> Any:
        flat = self._faiss.IndexFlatIP(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors, np.float32))
        return flat

    def _nearest(self, flat: Any, vectors: NDArray[np.float32], extra: Sequence[int], depth: int) -> tuple[Ids, Floats]:
        """Return ids and scores (q, n) by inner product: so deep that ``depth`` remain without the hidden ones."""
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(self._threads)
        try:
            wanted = min(flat.ntotal, depth + max(extra, default=0))
            scores, ids = flat.search(np.ascontiguousarray(vectors, np.float32), wanted)
        finally:
            self._faiss.omp_set_num_threads(before)
        return np.asarray(ids, np.int64), np.asarray(scores, np.float32)


def _without(ids: Ids, absent: Ids) -> Ids:
    return ids[~np.isin(ids, absent)] if len(absent) else ids


def _merged(ids: Ids, scores: Floats, new: Ids, new_scores: Floats) -> Ids:
    """Return both in one order by score, best first; what was there goes before what is new at the same score."""
    both = np.concatenate([ids, new])
    order = np.argsort(-np.concatenate([scores, new_scores.astype(np.float32)]), kind="stable")
    return np.asarray(both[order], np.int64)
