"""BM25 over the passages, and how rare each stem is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustcore.errors import require
from robustcore.systems.embedded.text import Stems, words

K1, B = 1.2, 0.75


class Lexical:
    """A BM25 index (Lucene's variant, k1 1.2, b 0.75) over content stems; titles count as text.

    ``vocabulary`` maps each folded word of the passages to its number of occurrences.
    """

    def __init__(self, texts: Sequence[str], stems: Stems) -> None:
        bm25s = require("bm25s", extra="local", purpose="the embedded system")
        self.stems = stems
        self.vocabulary: Counter[str] = Counter()
        documents = [self._index(text) for text in texts]
        self._size = len(documents)
        self._mean_length = sum(map(len, documents)) / len(documents) if documents else 1.0
        self._frequency = Counter(stem for document in documents for stem in set(document))
        self._bm25: Any = bm25s.BM25(method="lucene", k1=K1, b=B)
        self._numbers: dict[str, int] = {}
        self._known: dict[str, int] = {}
        if any(documents):
            self._bm25.index(documents, show_progress=False)
            self._known = self._bm25.vocab_dict

    def idf(self, stem: str) -> float:
        """Return ln(1 + (N - n + 0.5) / (n + 0.5)); a stem no passage has gets the largest value."""
        found = self._frequency.get(stem, 0)
        return math.log(1 + (self._size - found + 0.5) / (found + 0.5))

    def knows(self, stem: str) -> bool:
        """Say whether a passage has ``stem``."""
        return stem in self._known

    def ids(self, stems: Sequence[str]) -> NDArray[np.int64]:
        """Return a number for each stem, equal for equal stems and -1 for an empty one."""
        numbers = self._numbers
        return np.array([numbers.setdefault(stem, len(numbers)) if stem else -1 for stem in stems], np.int64)

    @property
    def highest_idf(self) -> float:
        """Return the idf of a stem that no passage has."""
        return self.idf("")

    def scores(self, question: Sequence[str]) -> NDArray[np.float32]:
        """Return the BM25 score of every passage for the stems of a question."""
        ids = [self._known[stem] for stem in question if stem in self._known]
        if not ids:
            return np.zeros(self._size, np.float32)
        return np.asarray(self._bm25.get_scores_from_ids(ids), np.float32)

    def score_of(self, question: Sequence[str], text: str) -> float:
        """Return the BM25 score that ``text`` would have as a further passage; how rare a stem is stays as it is."""
        document = Counter(self.stems.content(words(text)))
        length = K1 * (1 - B + B * document.total() / self._mean_length)
        counts = [(stem, document[stem]) for stem in question if stem in self._known]
        return sum(self.idf(stem) * count / (count + length) for stem, count in counts)

    def _index(self, text: str) -> list[str]:
        found = words(text)
        self.vocabulary.update(word.lower for word in found if word.is_word)
        return self.stems.content(found)
