"""BM25 as a retriever, with documents added, edited and hidden at search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from robustcore.corpus.records import Corpus, Doc
from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.ranking import top
from robustcore.systems.embedded.text import Stems, words
from robustcore.systems.retrieval.base import Ranking, text_of

VERSION = "bm25/1"
K1, B = 1.2, 0.75  # those of `Lexical`


class Bm25:
    """BM25 (Lucene's variant through bm25s) over content stems of title and text.

    How rare a stem is and how long a document is on average stay those of the whole corpus, as in any engine between
    two merges of its index: under an edit the scores of other documents do not move. Documents that share no stem with
    the query are not returned.
    """

    exact = True

    def __init__(self, corpus: Corpus, *, name: str = "bm25") -> None:
        self.name, self.corpus = name, corpus
        self._ids = tuple(corpus.docs)
        self._position = {doc_id: place for place, doc_id in enumerate(self._ids)}
        self._stems = Stems()

    @property
    def fingerprint(self) -> str:
        """Return a key of the corpus."""
        return content_key(VERSION, self.corpus.fingerprint)

    @cached_property
    def lexical(self) -> Lexical:
        """The index, built at the first use."""
        return Lexical([text_of(doc) for doc in self.corpus.docs.values()], self._stems)

    @cached_property
    def mean_length(self) -> float:
        """The mean number of content stems of a document."""
        lengths = [len(self._content(text_of(doc))) for doc in self.corpus.docs.values()]
        return sum(lengths) / len(lengths) if lengths else 1.0

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the best ``k`` documents for each query."""
        return [self._one(query, edit, k) for query, edit in zip(queries, edits, strict=True)]

    def _one(self, query: str, edit: CorpusEdit, k: int) -> Ranking:
        stems = self._content(query)
        scores = self.lexical.scores(stems) if self._ids else np.zeros(0, np.float32)
        replaced = {doc.id: doc for doc in edit.add}
        for doc_id in (*edit.hide, *replaced):
            if doc_id in self._position:
                scores[self._position[doc_id]] = 0
        behind = []
        for doc in replaced.values():
            score = np.float32(self.score(stems, doc))
            if doc.id in self._position:
                scores[self._position[doc.id]] = score
            else:
                behind.append((doc.id, score))
        names = (*self._ids, *(doc_id for doc_id, _ in behind))
        scores = np.concatenate([scores, np.array([score for _, score in behind], np.float32)])
        order = top(scores, k, floor=0.0)
        return Ranking(ids=tuple(names[place] for place in order), scores=tuple(float(scores[i]) for i in order))

    def score(self, stems: Sequence[str], doc: Doc) -> float:
        """Return the score of a document outside the index: sum of idf tf / (tf + k1 (1 - b + b length / mean))."""
        content = self._content(text_of(doc))
        counts = Counter(content)
        norm = K1 * (1 - B + B * len(content) / self.mean_length)
        found = [(counts[stem], stem) for stem in stems if self.lexical.knows(stem)]
        return sum(self.lexical.idf(stem) * count / (count + norm) for count, stem in found if count)

    def _content(self, text: str) -> list[str]:
        return [stem for stem in self._stems.content(words(text)) if stem]
