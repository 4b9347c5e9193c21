"""Systems with one planted weakness each, at a strength in [0, 1].

Each wraps the real default system and sees only what a system sees: questions, passages, its own corpus. Nothing here
knows that a perturbation took place. Which questions a weakness hits is decided by a hash of what is seen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from robustcore.calls.types import Endpoint, Flow
from robustcore.corpus.records import Corpus, Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, TransparentSystem

WORD = re.compile(r"[^\W\d_]+")


def hit(text: str, strength: float) -> bool:
    """Say whether a weakness of ``strength`` hits ``text``: a fixed share of all texts, larger strengths hit more."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 < strength


@dataclass(kw_only=True)
class Planted:
    """Base: passes everything on to ``inner``."""

    name: str
    inner: TransparentSystem
    strength: float

    @property
    def points(self) -> frozenset[str]:
        return self.inner.points

    @property
    def hint(self) -> str:
        return self.inner.hint

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        return self.inner.endpoints

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        return (yield from self.inner.retrieve(question, corpus=corpus, replicate=replicate))

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        return (yield from self.inner.read(question, passages, replicate=replicate))


@dataclass(kw_only=True)
class TypoBrittle(Planted):
    """Stops listening at a word it does not know.

    Known are the words of its corpus and the whole words of its tokenizer; a share ``strength`` of all unknown words
    makes it drop that word and the rest of the question.
    """

    known: frozenset[str]

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        heard = self._heard(question)
        return (yield from self.inner.retrieve(heard, corpus=corpus, replicate=replicate))

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        heard = self._heard(question)
        return (yield from self.inner.read(heard, passages, replicate=replicate))

    def _heard(self, question: str) -> str:
        for match in WORD.finditer(question):
            word = match[0].casefold()
            if word not in self.known and hit(word, self.strength):
                return question[: match.start()].strip() or "?"
        return question


@dataclass(kw_only=True)
class NeverRefuses(Planted):
    """Answers where the real system would refuse: for a share ``strength`` of all questions.

    ``bold`` is the same system with its refusal switched off.
    """

    bold: TransparentSystem

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        return {**self.inner.endpoints, **self.bold.endpoints}

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        answer = yield from self.inner.read(question, passages, replicate=replicate)
        if answer.abstained and hit(question, self.strength):
            answer = yield from self.bold.read(question, passages, replicate=replicate)
        return answer


@dataclass(kw_only=True)
class DrawnToTheTop(Planted):
    """Reads nothing but the top of its context, and so whatever distracting passage stands there.

    It hits a share ``strength`` of all questions.
    """

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        seen = passages[:1] if hit(question, self.strength) else passages
        return (yield from self.inner.read(question, seen, replicate=replicate))


@dataclass(kw_only=True)
class ScanBrittle(Planted):
    """Gives up on a passage with too many words that it does not know: more than one in ``tolerance``.

    Known are the words of its corpus and the whole words of its tokenizer. It gives up on a share ``strength`` of such
    passages and reads the rest, whatever is in them.
    """

    known: frozenset[str]
    tolerance: int = 40

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        legible = tuple(passage for passage in passages if not self._given_up(passage.text))
        return (yield from self.inner.read(question, legible, replicate=replicate))

    def _given_up(self, text: str) -> bool:
        words = [word.casefold() for word in WORD.findall(text)]
        unknown = sum(word not in self.known for word in words)
        return unknown * self.tolerance > len(words) and hit(text, self.strength)


@dataclass(kw_only=True)
class AnswersFromMemory(Planted):
    """Answers from what it has learnt where it is given nothing to read: for a share ``strength`` of all questions.

    What it has learnt is the corpus as it stood.
    """

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        if not passages and hit(question, self.strength):
            passages = yield from self.inner.retrieve(question, corpus=CorpusEdit(), replicate=replicate)
        return (yield from self.inner.read(question, passages, replicate=replicate))


def known_words(corpus: Corpus, tokenizer_words: frozenset[str]) -> frozenset[str]:
    """Return the words of ``corpus`` and of a tokenizer, casefolded."""
    own = {word.casefold() for doc in corpus.docs.values() for word in WORD.findall(f"{doc.title} {doc.text}")}
    return frozenset(own | {word.casefold() for word in tokenizer_words})
