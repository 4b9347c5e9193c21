"""Sentences, words and stems of plain text, with character offsets. English rules; no model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from robustcore.errors import require

_BORDER = re.compile(r"""([.!?]["'”’)\]]*)\s+(?=["'“‘(\[]*[A-Z0-9À-ÞŒ])|\n\s*\n|\n(?=\s*[-*•\d])""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Ste|Mt|Gen|Col|Lt|Capt|Sgt|Rev|Hon|Gov|Sen|Rep|Jr|Sr|Inc|Ltd|Co|Corp|vs|etc|cf|"
    r"al|No|nos|pp|Vol|Art|Sec|Fig|ca|approx|c|e\.g|i\.e|v)|\b[A-Z](?:\.[A-Z])*)\.$"
)
_WORD = re.compile(
    r"[$£€]\s?\d+(?:[.,]\d+)*|\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|s|%)?(?![^\W\d_])|[^\W_]+(?:['’.&][^\W_]+)*['’]?|[^\w\s]|_"
)


def word_set(text: str) -> frozenset[str]:
    """Return the words of ``text``, which are separated by spaces."""
    return frozenset(text.split())


STOP_WORDS = word_set(
    "a about above after again against all also am an and any are as at be because been before being below between "
    "both but by can could did do does doing down during each few for from further had has have having he her here "
    "hers him his how i if in into is it its itself just me more most my no nor not now of off on once only or other "
    "our out over own same she should so some such than that the their them then there these they this those through "
    "to too under until up upon us very was we were what when where which while who whom whose why will with would "
    "you your within without isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't wouldn't hasn't "
    "haven't hadn't"
)
WH_WORDS = word_set("what when where which who whom whose why how")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or punctuation mark at ``text[start:end]``; ``lower`` is its comparison form."""

    text: str
    lower: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Say whether it is more than punctuation."""
        return any(character.isalnum() for character in self.lower)


def fold(text: str) -> str:
    """Return ``text`` in lower case, compatibility forms and accents removed."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("’", "'")


def words(text: str) -> list[Word]:
    """Return the words and punctuation marks of ``text`` in order; a possessive ``'s`` is not part of its word."""
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        token = match.group()
        if token[-2:] in ("'s", "’s"):
            token, end = token[:-2], end - 2
        elif len(token) > 1 and token[-1] in "'’":
            token, end = token[:-1], end - 1
        if token:
            found.append(Word(token, fold(token), start, end))
    return found


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return ``(start, end)`` of each sentence, without surrounding white space; abbreviations do not end one."""
    spans, start = [], 0
    for match in _BORDER.finditer(text):
        end = match.end(1) if match.group(1) else match.start()
        if match.group(1) and _ABBREVIATION.search(text, start, match.start(1) + 1):
            continue
        spans.append((start, end))
        start = match.end()
    spans.append((start, len(text)))
    trimmed = (_trim(text, *span) for span in spans)
    return [span for span in trimmed if span[0] < span[1]]


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text``."""
    return [text[start:end] for start, end in sentence_spans(text)]


class Stems:
    """English stems (Snowball), remembered per word: the unit in which words are compared and counted."""

    def __init__(self) -> None:
        self._stemmer = require("Stemmer", extra="local", purpose="the embedded system").Stemmer("english")
        self._known: dict[str, str] = {}

    def of(self, lower: str) -> str:
        """Return the stem of one folded word."""
        stem = self._known.get(lower)
        if stem is None:
            stem = self._known[lower] = str(self._stemmer.stemWord(lower))
        return stem

    def content(self, found: Sequence[Word]) -> list[str]:
        """Return the stems of what is neither punctuation nor a stop word."""
        return [self.of(word.lower) for word in found if word.is_word and word.lower not in STOP_WORDS]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
