"""Answers in words of a closed list: weekdays, months, centuries and places in an order that are spelt out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from robustcore.keys import Draws
from robustcore.perturb.draw import in_random_order
from robustcore.perturb.language.wordlists import PREPOSITIONAL

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
_NEAR: Final = 4  # an ordinal becomes one at most so far off: no tenth stage of three
_DAY = re.compile(rf"\b(?P<word>{'|'.join(_DAYS)})s?\b")
_MONTH = re.compile(rf"\b(?P<word>{'|'.join(_MONTHS)})\b")
_ORDINAL = re.compile(
    rf"(?:^(?:the )?|(?<![\w-])(?=\w+ centur(?:y|ies)$))(?P<word>{'|'.join(_ORDINALS)})(?=$| centur(?:y|ies)$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


def other_of_list(answer: str, rng: Draws) -> Iterator[str]:
    """Yield the answer with another weekday, month or ordinal, in random order; none if it names no single one.

    An ordinal stands alone, or before "century", and stays within four of its place. Beside it no word may have a
    capital but the first, if that is a word like "Every" or "In": "Good Friday" is a name.
    """
    for pattern, words in ((_DAY, _DAYS), (_MONTH, _MONTHS), (_ORDINAL, _ORDINALS)):
        found = list(pattern.finditer(answer))
        if len(found) == 1:
            start, end = found[0].span("word")
            if _is_plain(f"{answer[:start]} {answer[end:]}"):
                for other in in_random_order(rng, _others(found[0]["word"], words)):
                    yield answer[:start] + other + answer[end:]
            return


def _others(word: str, words: Sequence[str]) -> list[str]:
    """Return the words that may stand in place of ``word``, with its capital."""
    if words is not _ORDINALS:
        return [other for other in words if other != word]
    place = _ORDINALS.index(word.lower())
    near = _ORDINALS[max(0, place - _NEAR) : place + _NEAR + 1]
    return [other.capitalize() if word[0].isupper() else other for other in near if other != word.lower()]


def _is_plain(around: str) -> bool:
    """Say whether what stands around the word has no number, and no name."""
    first, *rest = _WORD.findall(around) or [""]
    opens = not first or first.islower() or first.casefold() in PREPOSITIONAL or first in ("Every", "Each")
    return opens and all(word.islower() for word in rest) and not re.search(r"\d", around)
