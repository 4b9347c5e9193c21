"""The words of a text in any script, and the spans of it that no meaning-preserving operator may edit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, compress, count
from operator import mul
from typing import NamedTuple, TypeAlias

from robustcore.corpus.normalise import tokens
from robustcore.perturb.language.gold_held import holds_gold
from robustcore.perturb.language.kinds import (
    CONTENT,
    JOINERS,
    UNIT,
    Kind,
    content_reach,
    having,
    is_content,
    is_safe,
    is_worth,
    kind_of,
    reach,
)
from robustcore.perturb.language.quotations import quoted_spans

Span: TypeAlias = tuple[int, int]

_ASCII_WORD = re.compile(r"([A-Za-z0-9]+(?:'[A-Za-z0-9]+)*)")
_CONTENT = having(CONTENT)
_BARE_WORD = re.compile(r"([A-Za-z0-9]+)")


class Word(NamedTuple):
    """A word of a text: its span, its characters, its letters' count, and what may be done to it."""

    start: int
    end: int
    text: str
    letters: int
    stop: bool
    protected: bool


class Analysis:
    """What the operators need to know of a text whose example has the gold answers ``golds``; never changed.

    ``parts`` is the text in pieces: what stands before the first word, that word, what stands before the second, and
    so on; ``spelled`` the words as they are written; ``holds_gold`` whether the text holds a gold answer. All else is
    worked out when it is asked for: no operator needs everything.
    """

    __slots__ = ("_fences", "_golds", "_kinds", "_safe", "_words", "holds_gold", "parts", "spelled", "text")

    def __init__(self, text: str, golds: tuple[str, ...]) -> None:
        self.text = text
        if text.isascii():
            self.parts: Sequence[str] = (_ASCII_WORD if "'" in text else _BARE_WORD).split(text)
        else:
            self.parts = [*_parts(text)]
        self.holds_gold = bool(golds) and holds_gold(text, golds)
        self._golds = golds
        self.spelled = self.parts[1::2]
        self._kinds: list[Kind] | None = None
        self._fences: list[Span] | None = None
        self._safe: list[bool] | None = None
        self._words: tuple[Word, ...] | None = None

    @property
    def kinds(self) -> list[Kind]:
        """Return what the words are."""
        if self._kinds is None:
            self._kinds = [*map(kind_of, self.spelled)]
        return self._kinds

    @property
    def words(self) -> tuple[Word, ...]:
        """Return the words, in order."""
        if self._words is None:
            starts = [*accumulate(map(len, self.parts))]
            safe = self._safe_words()
            self._words = tuple(
                Word(starts[at], starts[at + 1], self.parts[at + 1], kind.letters, kind.stop, not safe[at >> 1])
                for at, kind in zip(range(0, len(self.parts), 2), self.kinds, strict=False)
            )
        return self._words

    @property
    def protected(self) -> tuple[Span, ...]:
        """Return the spans no meaning-preserving operator edits, ascending, without overlap."""
        return _merged([*self._fenced(), *((word.start, word.end) for word in self.words if word.protected)])

    def eligible(self, protect: bool) -> list[int]:
        """Return the places of `misspellable` words among the words."""
        if not protect:
            return [*compress(count(), map(is_worth, self.spelled))]
        if not self._fenced():  # letter units are no words of four letters
            return [*compress(count(), map(is_safe, self.spelled))]
        safe = self._safe_words()
        return [place for place, kind in enumerate(self.kinds) if kind.worth and safe[place]]

    def misspellable(self, protect: bool) -> tuple[Word, ...]:
        """Return the words of four letters or more that are no stop words (and not protected, if ``protect``)."""
        words = self.words
        return tuple(words[place] for place in self.eligible(protect))

    def open_places(self, protect: bool) -> Sequence[int]:
        """Return the places of `editable` words among the words."""
        return [*compress(count(), self.marked(reach))] if protect else range(len(self.spelled))

    def content(self, protect: bool) -> list[int]:
        """Return the places of the content words (not protected, if ``protect``)."""
        if not protect:
            return [*compress(count(), map(is_content, self.spelled))]
        return [*compress(count(), self.marked(content_reach).translate(_CONTENT))]

    def marked(self, marks: Callable[[str], int]) -> bytearray:
        """Return what ``marks`` gives of each word, its `reach` or more, but 0 of each protected word."""
        if self._fenced():
            return bytearray(map(mul, self._safe_words(), map(marks, self.spelled)))
        found = bytearray(map(marks, self.spelled))
        at = found.find(0)  # a number, say
        while at >= 0:
            at += 1
            if at < len(found) and found[at] & UNIT and self._after_number(at):
                found[at] = 0
            at = found.find(0, at)
        return found

    def editable(self, protect: bool) -> tuple[Word, ...]:
        """Return all words, or all that are not protected."""
        return tuple(word for word in self.words if not word.protected) if protect else self.words

    def _fenced(self) -> list[Span]:
        """Return the spans of quotations and gold answers."""
        if self._fences is None:
            self._fences = quoted_spans(self.text)
            if self.holds_gold:
                self._fences += _gold_spans(self.text, word_spans(self.text), self._golds)
        return self._fences

    def _safe_words(self) -> list[bool]:
        """Return of each word whether it is not protected."""
        if self._safe is None:
            fixed = self._after_number
            safe = [not (kind.fixed or (kind.unit and fixed(at))) for at, kind in enumerate(self.kinds)]
            fenced = self._fenced()
            if fenced:
                for place, (start, end) in enumerate(word_spans(self.text)):
                    if any(low < end and start < high for low, high in fenced):
                        safe[place] = False
            self._safe = safe
        return self._safe

    def _after_number(self, place: int) -> bool:
        gap = self.parts[2 * place].rstrip()
        return (gap or self.parts[max(0, 2 * place - 1)])[-1:].isnumeric()


@lru_cache(maxsize=32)  # a memo of a pure function: severities, operators and replicates of a question come in turn
def analyse(text: str, golds: tuple[str, ...]) -> Analysis:
    """Return the analysis of ``text``, whose example has the gold answers ``golds``."""
    return Analysis(text, golds)


def word_spans(text: str) -> list[Span]:
    """Return the spans of the words: runs of letters, digits and marks of any script, with apostrophes inside."""
    if text.isascii():
        return [match.span() for match in _ASCII_WORD.finditer(text)]
    spans: list[Span] = []
    start = -1
    for index, char in enumerate(text):
        inside = _in_word(char) or (
            start >= 0 and char in JOINERS and index + 1 < len(text) and _in_word(text[index + 1])
        )
        if inside and start < 0:
            start = index
        elif not inside and start >= 0:
            spans.append((start, index))
            start = -1
    if start >= 0:
        spans.append((start, len(text)))
    return spans


def letters_of(word: str) -> Sequence[str]:
    """Return the word as user-perceived letters: a character with the marks and joiners that follow it."""
    if word.isascii():
        return word
    parts: list[str] = []
    for char in word:
        attached = unicodedata.category(char)[0] == "M" or char in "\u200c\u200d"
        if attached and parts:
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def spliced(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """Return ``text`` with each ``(start, end, replacement)`` made; the spans must not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, replacement in sorted(changes):
        parts += (text[at:start], replacement)
        at = end
    return "".join((*parts, text[at:]))


def _in_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def _parts(text: str) -> Iterator[str]:
    """Yield what stands before the first word, the first word, what stands before the second one, and so on."""
    at = 0
    for start, end in word_spans(text):
        yield text[at:start]
        yield text[start:end]
        at = end
    yield text[at:]


def _gold_spans(text: str, spans: list[Span], golds: tuple[str, ...]) -> list[Span]:
    """Return where the words of a gold stand in the text, whatever their case and the marks between them."""
    stream = [(token, start, end) for start, end in spans for token in tokens(text[start:end])]
    names = [token for token, _, _ in stream]
    found: list[Span] = []
    for gold in golds:
        wanted = [token for start, end in word_spans(gold) for token in tokens(gold[start:end])]
        size = len(wanted)
        starts = range(len(names) - size + 1) if wanted else range(0)
        found += [(stream[at][1], stream[at + size - 1][2]) for at in starts if names[at : at + size] == wanted]
    return found


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
