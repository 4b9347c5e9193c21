"""Which documents of a corpus lie near a text, and which hold an answer: one small index per corpus, words only."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from robustcore.corpus.normalise import contains_tokenised, number_of, tokens
from robustcore.corpus.records import Corpus, Doc
from robustcore.perturb.facts.evidence import whole
from robustcore.perturb.language.wordlists import STOP_WORDS

_K1, _B = 1.2, 0.75  # BM25's usual constants


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusIndex:
    """An inverted index of a corpus under ``robust_v1``.

    ``docs`` in corpus order; ``words`` the tokens of each; ``postings`` token → positions in ``docs``; ``spellings``
    the tokens that spell a number (``0.5``, ``.50``).
    """

    docs: tuple[Doc, ...]
    words: tuple[tuple[str, ...], ...]
    postings: Mapping[str, Mapping[int, int]]
    spellings: Mapping[Decimal, tuple[str, ...]]

    def nearest(self, text: str) -> list[Doc]:
        """Return the documents that share a content word with ``text``, best BM25 score first, ties in corpus order."""
        mean = sum(map(len, self.words)) / len(self.words) if self.words else 1.0
        scores: dict[int, float] = {}
        for term in dict.fromkeys(tokens(text)):
            held = {} if term in STOP_WORDS else self.postings.get(term, {})
            rarity = math.log(1 + (len(self.docs) - len(held) + 0.5) / (len(held) + 0.5))
            for at, count in held.items():
                norm = _K1 * (1 - _B + _B * len(self.words[at]) / mean)
                scores[at] = scores.get(at, 0.0) + rarity * count * (_K1 + 1) / (count + norm)
        return [self.docs[at] for at in sorted(scores, key=lambda at: (-scores[at], at))]

    def holding(self, answers: Iterable[str]) -> list[Doc]:
        """Return the documents whose title or text holds one of ``answers``, in corpus order."""
        found: set[int] = set()
        for gold in {tokens(answer) for answer in answers}:
            found.update(at for at in self._candidates(gold) if contains_tokenised(self.words[at], gold))
        return [self.docs[at] for at in sorted(found)]

    def _candidates(self, gold: Sequence[str]) -> set[int]:
        if not gold:
            return set()
        number = number_of(gold)
        if number is not None:
            return {at for word in self.spellings.get(number.value, ()) for at in self.postings[word]}
        held = sorted((self.postings.get(word, {}) for word in gold), key=len)
        return set(held[0]).intersection(*held[1:])


def index_of(corpus: Corpus) -> CorpusIndex:
    """Return the index of ``corpus``, built once per content."""
    return _index(_ByContent(fingerprint=corpus.fingerprint, corpus=corpus))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByContent:
    """A corpus that equals every corpus of the same content."""

    fingerprint: str
    corpus: Corpus = field(compare=False)


@lru_cache(maxsize=8)  # a memo of a pure function of content: a run sees few corpora
def _index(key: _ByContent) -> CorpusIndex:
    docs = tuple(key.corpus.docs.values())
    words = tuple(tokens(whole(doc)) for doc in docs)
    postings: dict[str, dict[int, int]] = {}
    for at, document in enumerate(words):
        for word, count in Counter(document).items():
            postings.setdefault(word, {})[at] = count
    spellings: dict[Decimal, tuple[str, ...]] = {}
    for word in postings:
        number = number_of((word,))
        if number is not None:
            spellings[number.value] = (*spellings.get(number.value, ()), word)
    frozen = {word: MappingProxyType(held) for word, held in postings.items()}
    return CorpusIndex(docs=docs, words=words, postings=MappingProxyType(frozen), spellings=MappingProxyType(spellings))
