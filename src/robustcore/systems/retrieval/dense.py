"""Dense retrieval: documents as vectors, the nearest to the query's, over an overlay of the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from robustcore.corpus.records import Corpus, Doc
from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.retrieval.base import Ranking, distinct, text_of
from robustcore.systems.retrieval.nearest import Floats, Nearest, build_index
from robustcore.systems.retrieval.overlay import Delta, Overlay
from robustcore.systems.retrieval.vectors import Embeds, Precision, VectorStore

VERSION = "dense/1"  # part of every fingerprint: raise it when rankings may change


class Dense:
    """One vector per document (title and text; what is beyond the encoder's limit is not seen), by inner product.

    ``index`` is ``flat`` (exact), ``hnsw``, ``ivf``, or a `Nearest` over the documents in corpus order, such as a
    `FaissIndex` of the user's own. ``cache`` is a folder that keeps embeddings; without it they are in memory.
    """

    def __init__(
        self,
        corpus: Corpus,
        encoder: Embeds,
        *,
        index: str | Nearest = "flat",
        cache: Path | None = None,
        precision: Precision = "fp32",
        threads: int | None = None,
        name: str = "dense",
    ) -> None:
        self.name = name
        self.corpus, self.encoder = corpus, encoder
        self._ids = tuple(corpus.docs)
        self._position = {doc_id: place for place, doc_id in enumerate(self._ids)}
        self._store = VectorStore(encoder, folder=cache, precision=precision)
        self._index, self._threads, self._precision = index, threads, precision
        self._overlay: Overlay | None = None

    @property
    def exact(self) -> bool:
        """Say whether the index overlooks nothing."""
        return self._index == "flat" if isinstance(self._index, str) else self._index.exact

    @property
    def fingerprint(self) -> str | None:
        """Return a key of corpus, encoder and index; None for an encoder or an index that has none."""
        encoder = self.encoder.fingerprint
        if encoder is None or not isinstance(self._index, str):
            return None
        return content_key(VERSION, self.corpus.fingerprint, encoder, self._index, self._precision)

    @property
    def overlay(self) -> Overlay:
        """Return the index; the first use embeds what is not stored yet."""
        if self._overlay is None:
            base = self._index
            if isinstance(base, str):
                rows = self._store.vectors([text_of(doc) for doc in self.corpus.docs.values()])
                base = build_index(base, rows, threads=self._threads)
            self._overlay = Overlay(base)
        return self._overlay

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of queries, (n, d)."""
        return np.asarray(self.encoder.encode(texts), np.float32)

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the best ``k`` documents for each query."""
        if not queries:
            return []
        groups = distinct(edits)
        if not self._ids and not any(edit.add for edit in groups):
            return [Ranking()] * len(queries)
        deltas = [(rows, self.delta(edit)) for edit, rows in groups.items()]
        found = self.overlay.search_each(self.embed(queries), deltas, k)
        rankings = [Ranking()] * len(queries)
        for (edit, rows), own in zip(groups.items(), found, strict=True):
            names = self._names(edit)
            for row, ids, scores in zip(rows, own.ids, own.scores, strict=True):
                there = ids >= 0
                rankings[row] = Ranking(
                    ids=tuple(names(int(one)) for one in ids[there]), scores=tuple(map(float, scores[there]))
                )
        return rankings

    def delta(self, edit: CorpusEdit) -> Delta:
        """Return ``edit`` as a delta of the index: of an edited document the old vector goes, the new one comes."""
        size = len(self._ids)
        replaced = [doc.id for doc in edit.add if doc.id in self._position]
        hide = {self._position[doc_id] for doc_id in (*edit.hide, *replaced) if doc_id in self._position}
        rows = self._store.vectors([text_of(doc) for doc in edit.add]) if edit.add else None
        added = np.zeros((0, self._width()), np.float32) if rows is None else np.asarray(rows, np.float32)
        places = [self._position.get(doc.id, size + j) for j, doc in enumerate(edit.add)]
        return Delta(
            hide=np.array(sorted(hide), np.int64), added=added, places=np.array(places, np.int64).reshape(len(places))
        )

    def _names(self, edit: CorpusEdit) -> Any:
        size = len(self._ids)
        return lambda one: self._ids[one] if one < size else edit.add[one - size].id

    def _width(self) -> int:
        base = self.overlay.base
        return base.rows(np.zeros(1, np.int64)).shape[1] if base.size else 0

    @property
    def docs(self) -> Mapping[str, Doc]:
        """Return the documents of the index."""
        return self.corpus.docs
