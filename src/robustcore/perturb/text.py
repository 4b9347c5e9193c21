"""The words of a text in any script, and the spans of it that no meaning-preserving operator may edit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, compress, count
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from robustcore.corpus.normalise import tokens
from robustcore.perturb.gold_held import holds_gold
from robustcore.perturb.quotations import quoted_spans
from robustcore.perturb.wordlists import LETTER_UNITS, NEGATIONS, NUMBER_WORDS, REMOVABLE, STOP_WORDS, UNITS

Span: TypeAlias = tuple[int, int]

_JOINERS = "'\u2019\u02bc\u200c\u200d"  # stand inside a word: apostrophes, and the joiners of Persian and Indic scripts
_ASCII_WORD = re.compile(r"([A-Za-z0-9]+(?:'[A-Za-z0-9]+)*)")
_BARE_WORD = re.compile(r"([A-Za-z0-9]+)")
_APOSTROPHES = re.compile("['\u2019\u02bc]")
_FIXED_WORDS = NEGATIONS | UNITS | frozenset(NUMBER_WORDS)
_SENSE_WORDS = _FIXED_WORDS | STOP_WORDS
_FEWEST_LETTERS = 4  # a shorter word is not misspelt: little of it would be left


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
    so on; ``kinds`` what the words are; ``holds_gold`` whether the text holds a gold answer. All else is worked out
    when it is asked for: no operator needs everything.
    """

    __slots__ = ("_fences", "_golds", "_safe", "_words", "holds_gold", "kinds", "parts", "text")

    def __init__(self, text: str, golds: tuple[str, ...]) -> None:
        self.text = text
        if text.isascii():
            self.parts: Sequence[str] = (_ASCII_WORD if "'" in text else _BARE_WORD).split(text)
        else:
            self.parts = [*_parts(text)]
        self.holds_gold = bool(golds) and holds_gold(text, golds)
        self._golds = golds
        self.kinds = [*map(_kind, self.parts[1::2])]
        self._fences: list[Span] | None = None
        self._safe: list[bool] | None = None
        self._words: tuple[Word, ...] | None = None

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
            return [*compress(count(), map(_WORTH, self.kinds))]
        if not self._fenced():  # letter units are no words of four letters
            return [*compress(count(), map(_SAFE, self.kinds))]
        safe = self._safe_words()
        return [place for place, kind in enumerate(self.kinds) if kind.worth and safe[place]]

    def misspellable(self, protect: bool) -> tuple[Word, ...]:
        """Return the words of four letters or more that are no stop words (and not protected, if ``protect``)."""
        words = self.words
        return tuple(words[place] for place in self.eligible(protect))

    def open_places(self, protect: bool) -> Sequence[int]:
        """Return the places of `editable` words among the words."""
        kinds = self.kinds
        if not protect:
            return range(len(kinds))
        if not self._fenced():
            fixed = self._after_number
            return [at for at, kind in enumerate(kinds) if kind.open or (kind.unit and not fixed(at))]
        return [place for place, safe in enumerate(self._safe_words()) if safe]

    def content(self, protect: bool) -> list[int]:
        """Return the places of the content words (not protected, if ``protect``)."""
        if not protect:
            return [*compress(count(), map(_CONTENT, self.kinds))]
        if not self._fenced():
            fixed, kinds = self._after_number, self.kinds
            found = compress(count(), map(_CONTENT, kinds))
            return [at for at in found if kinds[at].open or (kinds[at].unit and not fixed(at))]
        return [at for at, safe in enumerate(self._safe_words()) if safe and self.kinds[at].content]

    def is_open(self, place: int) -> bool:
        """Say whether the word in that place is not protected."""
        if self._fenced():
            return self._safe_words()[place]
        kind = self.kinds[place]
        return not (kind.fixed or (kind.unit and self._after_number(place)))

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


@lru_cache(maxsize=256)  # a memo of a pure function: severities, operators and replicates of a question come in turn
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
            start >= 0 and char in _JOINERS and index + 1 < len(text) and _in_word(text[index + 1])
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


def plain(word: str) -> str:
    """Return the word in lower case without apostrophes: the form of the word lists."""
    folded = word.casefold()
    return folded if folded.isalnum() else _APOSTROPHES.sub("", folded)


def changes_sense(word: str) -> bool:
    """Say whether ``word`` is a negation, unit, number word or stop word: no slip may make one of another word."""
    folded = word.casefold()
    if folded.isalnum():
        return folded in _SENSE_WORDS
    bare = _APOSTROPHES.sub("", folded)
    return bare in _SENSE_WORDS or _negates(word, bare)


def is_fixed(word: str) -> bool:
    """Say whether ``word`` is a negation, unit or number word."""
    bare = plain(word)
    return bare in _FIXED_WORDS or _negates(word, bare)


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


def _negates(word: str, bare: str) -> bool:
    return bare.endswith("nt") and word[-2] in _JOINERS  # don't, isn’t


class Kind(NamedTuple):
    """What a word is wherever it stands.

    ``fixed`` is protected; ``content`` no stop word; ``worth`` long enough to be misspelt, and ``safe`` if it is not
    fixed; ``unit`` is a unit after a number, ``open`` neither fixed nor a unit; ``removable`` a stop word that a terse
    writer leaves out; ``capital`` begins with one.
    """

    bare: str
    letters: int
    stop: bool
    fixed: bool
    content: bool
    worth: bool
    safe: bool
    unit: bool
    open: bool
    removable: bool
    capital: bool


_CONTENT, _WORTH, _SAFE = attrgetter("content"), attrgetter("worth"), attrgetter("safe")


@lru_cache(maxsize=16384)  # a memo of a pure function: most words of a question were in the question before
def _kind(word: str) -> Kind:
    bare = plain(word)
    letters = sum(char.isalpha() for char in word)
    numeric = any(char.isnumeric() for char in word)
    stop = bare in STOP_WORDS
    fixed = numeric or bare in _FIXED_WORDS or _negates(word, bare)
    unit = bare in LETTER_UNITS
    worth = letters >= _FEWEST_LETTERS and not stop
    return Kind(
        bare=bare,
        letters=letters,
        stop=stop,
        fixed=fixed,
        content=letters > 0 and not stop,
        worth=worth,
        safe=worth and not fixed,
        unit=unit and not fixed,
        open=not (fixed or unit),
        removable=bare in REMOVABLE,
        capital=word[0].isupper(),
    )


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
