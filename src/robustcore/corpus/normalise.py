"""When two texts say the same answer: the normalisers of spec metrics 1, tokens, numbers and containment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

# Characters with the Unicode property Dash; NFKC has already mapped the compatibility forms, which are listed anyway.
_DASHES = (
    "\u002d\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2053\u207b\u208b\u2212\u2e17\u2e1a"
    "\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead"
)
_FIXED = str.maketrans(dict.fromkeys(_DASHES, "-") | dict.fromkeys("'\u2018\u2019\u02bc`", ""))
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NOT_WORD = re.compile(r"[^\w\s]|_")  # white space is left to split()
_RARE_DROPPED = re.compile(r"[^0-9a-z%.\s]")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)")


class Number(NamedTuple):
    """A number as it stands in a text: its exact value and whether a percent sign follows."""

    value: Decimal
    percent: bool


def normalise(text: str) -> str:
    """Return ``text`` under ``robust_v1``.

    NFKC and casefold; apostrophes deleted; dashes of any kind become ``-``; thousands commas deleted; letters, digits
    and marks of any script kept; ``%`` a token of its own; ``.`` kept only before a digit and after a digit or
    something not alphanumeric; ``-`` kept only before a digit or a kept ``.`` and not after something alphanumeric;
    everything else is one space.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_FIXED)
    return " ".join(_NOT_WORD.sub(_kept, _THOUSANDS.sub("", folded)).split())


def normalise_rare(text: str) -> str:
    """Return ``text`` under ``rare_2025_06``: lower case, every run outside ``0-9a-z%.`` is one space."""
    return " ".join(_RARE_DROPPED.sub(" ", text.lower()).split())


@lru_cache(maxsize=1024)  # a memo of a pure function: measures and operators ask for the same few texts in turn
def tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of ``text`` under ``robust_v1``."""
    return tuple(normalise(text).split())


def number_of(words: Sequence[str]) -> Number | None:
    """Return the number that tokens ``words`` are as a whole (``5``, ``-.5 %``), or None if they are not one number."""
    percent = len(words) == 2 and words[1] == "%"
    if (len(words) != 1 and not percent) or _NUMBER.fullmatch(words[0]) is None:
        return None
    return Number(Decimal(words[0]), percent)


def numbers_in(words: Sequence[str]) -> Iterator[Number]:
    """Yield every number that stands among tokens ``words``, in order."""
    for index, word in enumerate(words):
        if _NUMBER.fullmatch(word) is not None:
            yield Number(Decimal(word), index + 1 < len(words) and words[index + 1] == "%")


def contains_tokens(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Say whether the tokens ``wanted`` stand in ``words`` contiguously; nothing wanted is never found."""
    # Tokens hold no spaces, so a padded substring is the same as a contiguous run of tokens, and far faster.
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(words)} "


def contains_tokenised(words: Sequence[str], gold: Sequence[str]) -> bool:
    """Say whether tokens ``words`` hold the answer ``gold`` (tokens too), by the rule of `contains_answer`."""
    number = number_of(gold)
    if number is not None:
        return number in numbers_in(words)
    return contains_tokens(words, gold)


def contains_answer(text: str, golds: Iterable[str]) -> bool:
    """Say whether ``text`` holds one of ``golds`` under ``robust_v1``.

    A gold that is one number (optionally with ``%``) is held if a numerically equal number with the same percent flag
    occurs; any other gold if its tokens occur contiguously. A gold that normalises to nothing is never held.
    """
    words = tokens(text)
    return any(contains_tokenised(words, tokens(gold)) for gold in golds)


def _kept(match: re.Match[str]) -> str:
    """Return what becomes of a character that is no letter and no digit: itself, a padded ``%`` or a space."""
    text, at = match.string, match.start()
    char = text[at]
    if char == "%":
        return " % "
    if char == "." and _digit(text, at + 1):
        return "." if at == 0 or text[at - 1].isdecimal() or not _alphanumeric(text[at - 1]) else " "
    if char == "-" and (at == 0 or not _alphanumeric(text[at - 1])):
        number_follows = _digit(text, at + 1) or (text[at + 1 : at + 2] == "." and _digit(text, at + 2))
        return "-" if number_follows else " "
    return char if unicodedata.category(char)[0] == "M" else " "


def _digit(text: str, at: int) -> bool:
    return text[at : at + 1].isdecimal()


def _alphanumeric(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"
