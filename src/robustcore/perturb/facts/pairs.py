"""Answers that a single number does not carry: two numbers that bound a range, fractions, numbered parts of a law."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from robustcore.keys import Draws
from robustcore.perturb.draw import below, pick
from robustcore.perturb.language.wordlists import PREPOSITIONAL

_NUMBER = r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d+)"
_RANGE = re.compile(
    rf"(?P<first>{_NUMBER})(?P<between>\s?[-–]\s?| to | and )(?P<second>\d{{1,3}}(?:,\d{{3}})+|\d+)(?![\d%]|[.,]\d)",
    re.ASCII,
)
_NUMBERED = re.compile(
    r"(?P<before>(?:(?:in|under|the|[A-Z]{2,5}) )*"
    r"(?:Article|Schedule|Section|Chapter|Stage|Phase|Part|Protocol|article) )"
    r"(?P<number>\d{1,3})(?P<after>(?:\(\d+\))?)"
)
_WORD = re.compile(r"[^\W\d_]+")
_FRACTIONS: Final = (
    *("one-half", "one-third", "one-quarter", "one-fifth", "one-sixth", "one-tenth"),
    *("two-thirds", "three-quarters", "two-fifths", "three-fifths"),
)
_TRIES: Final = 8


def other_pairs(answer: str, rng: Draws) -> Iterator[str]:
    """Yield false values of an answer with two numbers, a fraction in words or a numbered part; none of any other.

    Both ends of a range are moved by the same amount, so that its order and its length stay; years by 2 to 12.
    """
    if answer.lower() in _FRACTIONS:
        yield from _fractions(answer, rng)
    elif numbered := _NUMBERED.fullmatch(answer):
        for _ in range(_TRIES):
            number = str(max(1, int(numbered["number"]) + pick(rng, (-1, 1)) * (1 + below(rng, 12))))
            if number != numbered["number"]:
                yield numbered["before"] + number + numbered["after"]
    elif (found := _RANGE.search(answer)) and _is_plain(answer, found):
        for _ in range(_TRIES):
            if moved := _moved(found, rng):
                yield answer[: found.start()] + moved + answer[found.end() :]


def _fractions(answer: str, rng: Draws) -> Iterator[str]:
    others = [other for other in _FRACTIONS if other != answer.lower()]
    start = below(rng, len(others))
    for other in (*others[start:], *others[:start]):
        yield other.capitalize() if answer[0].isupper() else other


def _is_plain(answer: str, found: re.Match[str]) -> bool:
    """Say whether the words around a range leave it one: no name, and no third number."""
    around = f"{answer[: found.start()]} {answer[found.end() :]}"
    words = _WORD.findall(around)
    first = words[0] if words and answer.startswith(words[0]) else ""
    return not re.search(r"\d", around) and all(
        word.islower() or (word == first and word.casefold() in PREPOSITIONAL) for word in words
    )


def _moved(found: re.Match[str], rng: Draws) -> str:
    """Return the range with both ends moved, or an empty string where one would leave the numbers it can be."""
    first, second = (int(found[name].replace(",", "")) for name in ("first", "second"))
    year = re.fullmatch(r"1\d{3}|20\d{2}", found["first"]) is not None and len(found["second"]) in (2, 4)
    if year:
        step = pick(rng, (-1, 1)) * (2 + below(rng, 11))
    else:
        unit = 10 ** min(_zeros(first), _zeros(second))
        step = unit * max(1, round(first / unit * (0.2 + 0.4 * rng.random())))
    ends = first + step, second + step
    if min(ends) < 1 or (year and len(found["second"]) == 2 and not 0 < ends[1] < 100):
        return ""
    told = [_like(found[name], end) for name, end in zip(("first", "second"), ends, strict=True)]
    return found["between"].join(told)


def _zeros(number: int) -> int:
    digits = str(number)
    return len(digits) - len(digits.rstrip("0"))


def _like(stated: str, number: int) -> str:
    """Return ``number`` in the format of ``stated``: thousands commas, leading zeros."""
    return f"{number:,}" if "," in stated else str(number).rjust(len(stated), "0") if stated[0] == "0" else str(number)
