"""The words of a text in any script, and the spans of it that no meaning-preserving operator may edit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from robustcore.corpus.normalise import contains_answer, tokens
from robustcore.perturb.wordlists import LETTER_UNITS, NEGATIONS, NUMBER_WORDS, STOP_WORDS, UNITS

Span: TypeAlias = tuple[int, int]

_JOINERS = "'\u2019\u02bc\u200c\u200d"  # stand inside a word: apostrophes, and the joiners of Persian and Indic scripts
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
_APOSTROPHES = re.compile("['\u2019\u02bc]")
_FIXED_WORDS = NEGATIONS | UNITS | frozenset(NUMBER_WORDS)
_SENSE_WORDS = _FIXED_WORDS | STOP_WORDS
_QUOTE_MARK = re.compile("[\"'“„«»「『‘]")
_QUOTED = re.compile(
    r"\"[^\"\n]+\"|“[^”\n]+”|„[^“”\n]+[“”]|«[^»\n]+»|»[^«\n]+«|「[^」\n]+」|『[^』\n]+』|‘[^’\n]+’(?!\w)|(?<!\w)'[^'\n]+'(?!\w)"
)
_FEWEST_LETTERS = 4  # a shorter word is not misspelt: little of it would be left


class Word(NamedTuple):
    """A word of a text: its span, its characters, its letters' count, and what may be done to it."""

    start: int
    end: int
    text: str
    letters: int
    stop: bool
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What the operators need to know of a text.

    ``words`` in order; ``protected`` the spans no meaning-preserving operator edits, ascending, without overlap;
    ``content`` and ``open_content`` the words worth misspelling with and without protection; ``holds_gold`` whether
    the text holds a gold answer.
    """

    text: str
    words: tuple[Word, ...]
    protected: tuple[Span, ...]
    content: tuple[Word, ...]
    open_content: tuple[Word, ...]
    holds_gold: bool

    def misspellable(self, protect: bool) -> tuple[Word, ...]:
        """Return the words of four letters or more that are no stop words (and not protected, if ``protect``)."""
        return self.content if protect else self.open_content

    def editable(self, protect: bool) -> tuple[Word, ...]:
        """Return all words, or all that are not protected."""
        return tuple(word for word in self.words if not word.protected) if protect else self.words


@lru_cache(maxsize=256)  # a memo of a pure function: severities, operators and replicates of a question come in turn
def analyse(text: str, golds: tuple[str, ...]) -> Analysis:
    """Return the analysis of ``text``, whose example has the gold answers ``golds``."""
    spans = word_spans(text)
    holds_gold = contains_answer(text, golds)
    fenced = [match.span() for match in _QUOTED.finditer(text)] if _QUOTE_MARK.search(text) else []
    if holds_gold:
        fenced += _gold_spans(text, spans, golds)
    words = tuple(_word(text, start, end, fenced) for start, end in spans)
    open_content = tuple(word for word in words if word.letters >= _FEWEST_LETTERS and not word.stop)
    return Analysis(
        text=text,
        words=words,
        protected=_merged([*fenced, *((word.start, word.end) for word in words if word.protected)]),
        content=tuple(word for word in open_content if not word.protected),
        open_content=open_content,
        holds_gold=holds_gold,
    )


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


def letters_of(word: str) -> list[str]:
    """Return the word as user-perceived letters: a character with the marks and joiners that follow it."""
    if word.isascii():
        return list(word)
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
    bare = plain(word)
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


class _Kind(NamedTuple):
    """What a word is wherever it stands."""

    bare: str
    letters: int
    stop: bool
    fixed: bool


@lru_cache(maxsize=16384)  # a memo of a pure function: most words of a question were in the question before
def _kind(word: str) -> _Kind:
    bare = plain(word)
    letters = sum(char.isalpha() for char in word)
    numeric = any(char.isnumeric() for char in word)
    return _Kind(bare, letters, bare in STOP_WORDS, numeric or bare in _FIXED_WORDS or _negates(word, bare))


def _word(text: str, start: int, end: int, fenced: list[Span]) -> Word:
    word = text[start:end]
    bare, letters, stop, protected = _kind(word)
    if fenced and not protected:
        protected = any(low < end and start < high for low, high in fenced)
    if not protected and bare in LETTER_UNITS:
        protected = text[:start].rstrip()[-1:].isnumeric()
    return Word(start, end, word, letters, stop, protected)


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
