"""What a single word looks like to the span ranker: its part-of-speech-like class and a few yes-or-no properties."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from robustcore.systems.embedded.text import STOP_WORDS, Word, word_set

CLASSES = (
    "border",
    "punctuation",
    "determiner",
    "preposition",
    "of",
    "to",
    "and",
    "verb",
    "pronoun",
    "other",
    "content",
)
FLAGS = ("capital", "digit", "date", "percent", "money", "opens quote", "hard", "ends in -ed", "ends in -ing", "rarity")
SHAPES = ("date", "digit", "percent", "money")
_LISTS = {
    "determiner": "a an the this that these those its his her their our your my each some any no all both",
    "preposition": "in on at by for from with into onto about above after against before below between down during "
    "off out over through under until up upon as than within without",
    "of": "of",
    "to": "to",
    "and": "and or but nor",
    "verb": "is are was were be been being am has have had having do does did can could will would should may might "
    "must",
    "pronoun": "he she it they him them we us you i who which whom whose what when where why how",
}
_CLASS_OF = {word: name for name, listed in _LISTS.items() for word in listed.split()}
_MONTHS = word_set("january february march april may june july august september october november december")
_TIME_UNITS = word_set("century centuries decade decades year years month months week weeks day days bc ad")
_NUMBERS = word_set(
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand million "
    "billion trillion half quarter third dozen first second fourth fifth"
)
_YEAR = re.compile(r"1\d{3}s?$|20\d\ds?$")
_CURRENCY = "$£€"
_INSIDE = frozenset(",-–—'’&./\"“”")  # punctuation an answer may contain; anything else ends it


def word_class(word: Word) -> str:
    """Return one of `CLASSES`; a capitalised "May" or "Will" inside a sentence is a name, so content."""
    if not word.is_word and word.text[0] not in _CURRENCY:
        return "punctuation"
    listed = _CLASS_OF.get(word.lower)
    if listed == "verb" and word.text[0].isupper() and word.start > 0:
        return "content"
    return listed or ("other" if word.lower in STOP_WORDS else "content")


class WordFeatures:
    """Rows of `CLASSES` (one of them 1) and `FLAGS` per word, remembered by word form."""

    def __init__(self, rarity: Callable[[Word], float]) -> None:
        self._rarity = rarity
        self._known: dict[tuple[str, bool], NDArray[np.float32]] = {}

    def row(self, word: Word) -> NDArray[np.float32]:
        """Return the features of ``word``, float32 (len(CLASSES) + len(FLAGS),)."""
        key = (word.text, word.start > 0)
        row = self._known.get(key)
        if row is None:
            row = self._known[key] = self._compute(word)
        return row

    def shapes(self, found: Iterable[Word]) -> frozenset[str]:
        """Return those of `SHAPES` that any of the words has."""
        seen = [self.row(word) for word in found]
        columns = [(name, len(CLASSES) + FLAGS.index(name)) for name in SHAPES]
        return frozenset(name for name, at in columns if any(row[at] > 0 for row in seen))

    def _compute(self, word: Word) -> NDArray[np.float32]:
        name, text, lower = word_class(word), word.text, word.lower
        content = name == "content"
        flags = (
            content and text[0].isupper(),
            lower in _NUMBERS or any(character.isdigit() for character in text),
            bool(_YEAR.match(lower)) or lower in _TIME_UNITS or (lower in _MONTHS and text[0].isupper()),
            text.endswith("%") or lower in ("percent", "percentage"),
            text[0] in _CURRENCY or lower in ("dollars", "pounds", "euros"),
            text in "\"“'‘",
            name == "punctuation" and text not in _INSIDE,
            content and len(text) > 4 and text.islower() and text.endswith("ed"),
            content and len(text) > 4 and text.islower() and text.endswith("ing"),
            self._rarity(word) if content else 0.0,
        )
        return np.array([*(name == one for one in CLASSES), *flags], np.float32)
