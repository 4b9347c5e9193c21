"""Retrievers with one planted weakness each, at three strengths. They see queries and edits, nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from robustcore.corpus.records import Corpus
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.retrieval.base import Ranking, text_of
from robustcore.systems.retrieval.dense import Dense

NO_EDIT = CorpusEdit()
_WORD = re.compile(r"\w+")


@dataclass(kw_only=True)
class Wrapped:
    """A real retriever, passed through."""

    inner: Dense
    corpus: Corpus
    name: str = "sound"
    exact: bool = True
    fingerprint: str | None = None

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        return self.inner.search(queries, edits, k)


@dataclass(kw_only=True)
class DropsRare(Wrapped):
    """Throws away every word of a query that fewer than ``least`` documents have: all names, and all typing errors."""

    least: int = 1
    name: str = "drops rare tokens"
    _counts: Counter[str] = field(default_factory=Counter)

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        if not self._counts:
            for doc in self.corpus.docs.values():
                self._counts.update(set(_WORD.findall(text_of(doc).casefold())))
        return self.inner.search([self._heard(query) for query in queries], edits, k)

    def _heard(self, query: str) -> str:
        kept = [word for word in _WORD.findall(query) if self._counts[word.casefold()] >= self.least]
        return " ".join(kept) or "?"


@dataclass(kw_only=True)
class FavoursShort(Wrapped):
    """Takes ``weight`` times the share of the longest document off a score: short documents come first."""

    weight: float = 0.1
    name: str = "favours short documents"

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        found = self.inner.search(queries, edits, len(self.corpus) + 10)
        longest = max(len(doc.text) for doc in self.corpus.docs.values())
        rankings = []
        for ranking, edit in zip(found, edits, strict=True):
            texts = {doc.id: doc.text for doc in edit.add}
            lengths = [len(texts.get(i) or self.corpus.docs[i].text) for i in ranking.ids]
            scores = [s - self.weight * n / longest for s, n in zip(ranking.scores, lengths, strict=True)]
            order = sorted(range(len(scores)), key=lambda place: -scores[place])[:k]
            rankings.append(Ranking(ids=tuple(ranking.ids[i] for i in order), scores=tuple(scores[i] for i in order)))
        return rankings


@dataclass(kw_only=True)
class Stale(Wrapped):
    """Serves the index of yesterday: of every ``every`` edits, one is not seen."""

    every: int = 1
    name: str = "stale index"

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        unseen = [NO_EDIT if sum(map(ord, query)) % self.every == 0 else edit
                  for query, edit in zip(queries, edits, strict=True)]  # fmt: skip
        return self.inner.search(queries, unseen, k)
