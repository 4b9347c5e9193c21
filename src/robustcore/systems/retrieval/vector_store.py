"""A LangChain vector store as a retriever: its own search, with edits merged in by the vectors of its embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from robustcore.corpus.records import Corpus, Doc
from robustcore.errors import InputError, Problem
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.retrieval.base import Ranking, text_of
from robustcore.systems.retrieval.overlay import best, dots

ID_KEYS = ("id", "doc_id", "source")


class StoreRetriever:
    """A retriever over ``store``; what it searches with is its own affair, so it counts as approximate.

    Documents of the store are known by their id, or by ``id``, ``doc_id`` or ``source`` of their metadata; several
    pieces of a document count as its best. What an edit adds is embedded with the store's own embeddings, and then all
    candidates are ordered by cosine of those; without an edit that adds, the store's order stands.
    """

    exact = False
    fingerprint = None

    def __init__(self, store: Any, corpus: Corpus, *, name: str = "vector store") -> None:
        self.name, self._store, self._corpus = name, store, corpus
        self._vectors: dict[str, Any] = {}

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the best ``k`` documents for each query."""
        return [self._one(query, edit, k) for query, edit in zip(queries, edits, strict=True)]

    def _one(self, query: str, edit: CorpusEdit, k: int) -> Ranking:
        gone = {*edit.hide, *(doc.id for doc in edit.add)}
        wanted = k + len(gone)
        found: dict[str, float] = {}
        while True:
            pieces = self._store.similarity_search(query, k=wanted)
            found = {}
            for rank, piece in enumerate(pieces):
                found.setdefault(self._id(piece), -float(rank))
            kept = [doc_id for doc_id in found if doc_id not in gone]
            if len(kept) >= k or len(pieces) < wanted:
                break
            wanted *= 2
        kept = kept[:k]
        if not edit.add:
            return Ranking(ids=tuple(kept), scores=tuple(found[doc_id] for doc_id in kept))
        docs = [*(self._corpus.docs[doc_id] for doc_id in kept if doc_id in self._corpus.docs), *edit.add]
        return self._by_cosine(query, docs, k)

    def _by_cosine(self, query: str, docs: Sequence[Doc], k: int) -> Ranking:
        embeddings = getattr(self._store, "embeddings", None)
        if embeddings is None:
            fix = "give the store its embeddings, or keep to perturbations that add no document"
            raise InputError(Problem(what=f"{self.name} shows no embeddings to embed an added document with", fix=fix))
        asked = _unit(embeddings.embed_query(query))
        texts = [text_of(doc) for doc in docs]
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        self._vectors.update(zip(new, map(_unit, embeddings.embed_documents(new)), strict=True))
        rows = np.stack([self._vectors[text] for text in texts])
        places = np.arange(len(docs))[None, :]
        order = best(places, places, dots(asked[None, :], rows[None, :]), k)
        ids = tuple(docs[int(place)].id for place in order.ids[0])
        return Ranking(ids=ids, scores=tuple(map(float, order.scores[0])))

    def _id(self, piece: Any) -> str:
        metadata = piece.metadata or {}
        for candidate in (*(metadata.get(key) for key in ID_KEYS), piece.id):
            if candidate is not None and str(candidate) in self._corpus.docs:
                return str(candidate)
        shown = piece.id or metadata or piece.page_content[:40]
        what = f"{self.name} returned a document that is none of the corpus's: {shown!r}"
        fix = f"give it the document's id as its id, or as one of {', '.join(ID_KEYS)} in its metadata"
        raise InputError(Problem(what=what, fix=fix))


def _unit(vector: Any) -> Any:
    row = np.asarray(vector, np.float64)
    return (row / (np.linalg.norm(row) or 1.0)).astype(np.float32)
