"""Sentences as the reader sees them, analysed once per text and kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustcore.endpoints.local.encoder import Encoder, Memo
from robustcore.endpoints.local.encoder_model import Encoded
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.spans import Spans, find_spans
from robustcore.systems.embedded.text import STOP_WORDS, Word, words
from robustcore.systems.embedded.word_features import WordFeatures

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of w words and t tokens.

    ``vector`` (d,) and ``tokens`` (t, d) have unit rows; ``word_of`` (t,) gives the word each token is part of;
    ``stems`` has one entry per word, empty for punctuation and stop words, and ``stem_ids`` a number for each stem,
    -1 where it is empty. ``shapes`` are those of `SHAPES` that any word has; ``names`` the stem numbers of its
    capitalised content words, the first word of the sentence left out.
    """

    text: str
    vector: Floats
    tokens: Floats
    word_of: Ints
    words: tuple[Word, ...]
    stems: tuple[str, ...]
    stem_ids: Ints
    spans: Spans
    shapes: frozenset[str]
    names: Ints


class SentenceStore:
    """Analysed sentences by text: those of the index are given, others are encoded when first read."""

    def __init__(self, encoder: Encoder, lexical: Lexical, *, known: Mapping[str, Encoded], tokens: int) -> None:
        self._encoder, self._lexical, self._known = encoder, lexical, known
        self._memo: Memo[Sentence] = Memo(tokens, lambda sentence: len(sentence.tokens) + 1)
        self._features = WordFeatures(lambda word: lexical.idf(lexical.stems.of(word.lower)) / lexical.highest_idf)

    def get(self, texts: Iterable[str]) -> dict[str, Sentence]:
        """Return the analysed sentence of each text; what was never seen is encoded in one go."""
        found = {text: self._memo.get(text) for text in dict.fromkeys(texts)}
        missing = [text for text, sentence in found.items() if sentence is None]
        new = [text for text in missing if text not in self._known]
        encoded = dict(zip(new, self._encoder.encode_tokens(new), strict=True))
        made = {text: self._analyse(text, encoded.get(text) or self._known[text]) for text in missing}
        for text, sentence in made.items():
            self._memo.put(text, sentence)
        return {text: sentence or made[text] for text, sentence in found.items()}

    def _analyse(self, text: str, encoded: Encoded) -> Sentence:
        found = words(text)
        tokens, word_of = encoded.tokens.astype(np.float32), words_of_tokens(found, encoded)
        stems = stems_of(found, self._lexical)
        return Sentence(
            text=text,
            vector=encoded.vector,
            tokens=tokens,
            word_of=word_of,
            words=tuple(found),
            stems=stems,
            stem_ids=self._lexical.ids(stems),
            shapes=self._features.shapes(found),
            names=self._names(found, stems),
            spans=find_spans(found, self._features, ties(tokens, word_of, len(found))),
        )

    def _names(self, found: Sequence[Word], stems: Sequence[str]) -> Ints:
        named = [stem for word, stem in zip(found[1:], stems[1:], strict=True) if stem and word.text[0].isupper()]
        return self._lexical.ids(named)


def ties(tokens: Floats, word_of: Ints, count: int) -> Floats:
    """Return the cosine of each word's mean token vector with that of the word before, (count + 1,), 0 at the ends."""
    result = np.zeros(count + 1, np.float32)
    if len(tokens):
        means = np.add.reduceat(tokens, word_starts(word_of), axis=0)
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
        at = word_of[word_starts(word_of)]
        result[at[1:]] = np.einsum("ij,ij->i", means[1:], means[:-1])
    return result


def word_starts(word_of: Ints) -> Ints:
    """Return the position of the first token of every word that has one."""
    return np.flatnonzero(np.diff(word_of, prepend=-1))


def words_of_tokens(found: Sequence[Word], encoded: Encoded) -> Ints:
    """Return, for each token, the position of the word it lies in."""
    starts = np.array([word.start for word in found], np.int64)
    return np.maximum(np.searchsorted(starts, encoded.offsets[:, 0], side="right") - 1, 0)


def stems_of(found: Sequence[Word], lexical: Lexical) -> tuple[str, ...]:
    """Return the stem of each content word, an empty string for every other one."""
    return tuple(
        lexical.stems.of(word.lower) if word.is_word and word.lower not in STOP_WORDS else "" for word in found
    )
