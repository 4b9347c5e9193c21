"""What a word is wherever it stands, and what may be done to it: told from the word alone, once per word."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from robustcore.perturb.language.wordlists import LETTER_UNITS, NEGATIONS, NUMBER_WORDS, REMOVABLE, STOP_WORDS, UNITS

V = TypeVar("V")

JOINERS: Final = "'\u2019\u02bc\u200c\u200d"  # inside a word: apostrophes, and the joiners of Persian and Indic scripts
FIXED_WORDS: Final = NEGATIONS | UNITS | frozenset(NUMBER_WORDS)
OPEN: Final = 1  # of a `reach`: may be edited
UNIT: Final = 2  # of a `reach`: may be edited, unless it is a unit behind a number
CONTENT: Final = 4  # beside a `reach`: a content word
_SENSE_WORDS = FIXED_WORDS | STOP_WORDS
_APOSTROPHES = re.compile("['\u2019\u02bc]")
_FEWEST_LETTERS = 4  # a shorter word is not misspelt: little of it would be left
_MEMO = 16384  # words that a memo holds: most words of a question were in the question before


class _Memo(dict[str, Any]):
    """What a pure function returned for words. `lru_cache` takes twice as long for a word that it has."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[str], Any]) -> None:
        self._function = function

    def __missing__(self, word: str) -> Any:
        if len(self) >= _MEMO:
            self.clear()
        known = self[word] = self._function(word)
        return known


def remembered(function: Callable[[str], V]) -> Callable[[str], V]:
    """Return ``function``, a pure one of a word, with a memo."""
    return _Memo(function).__getitem__


class Kind(NamedTuple):
    """What a word is.

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


@remembered
def kind_of(word: str) -> Kind:
    """Return what ``word`` is."""
    bare = plain(word)
    letters = sum(char.isalpha() for char in word)
    numeric = any(char.isnumeric() for char in word)
    stop = bare in STOP_WORDS
    fixed = numeric or bare in FIXED_WORDS or negates(word, bare)
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


@remembered
def is_worth(word: str) -> bool:
    """Say whether ``word`` is long enough to be misspelt, and no stop word."""
    return kind_of(word).worth


@remembered
def is_safe(word: str) -> bool:
    """Say whether ``word`` is worth misspelling and not protected."""
    return kind_of(word).safe


@remembered
def is_content(word: str) -> bool:
    """Say whether ``word`` has letters and is no stop word."""
    return kind_of(word).content


@remembered
def reach(word: str) -> int:
    """Return 0 if ``word`` is protected, `OPEN` if it may be edited, `UNIT` if it may be unless behind a number."""
    kind = kind_of(word)
    return OPEN if kind.open else UNIT if kind.unit else 0


@remembered
def content_reach(word: str) -> int:
    """Return the `reach` of ``word``, with `CONTENT` if it is not 0 and the word is a content word."""
    return reach(word) and reach(word) | CONTENT * kind_of(word).content


def having(*bits: int) -> bytes:
    """Return the table for `bytes.translate` that makes 1 of what has all ``bits``, and 0 of anything else."""
    wanted = sum(bits)
    return bytes([mark & wanted == wanted for mark in range(256)])


@remembered
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
    return bare in _SENSE_WORDS or negates(word, bare)


def is_fixed(word: str) -> bool:
    """Say whether ``word`` is a negation, unit or number word."""
    bare = plain(word)
    return bare in FIXED_WORDS or negates(word, bare)


def negates(word: str, bare: str) -> bool:
    """Say whether ``word``, which is ``bare`` without apostrophes, ends in n't."""
    return bare.endswith("nt") and word[-2] in JOINERS  # don't, isn’t
