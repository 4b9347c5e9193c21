"""Another value of the same type: what a false copy of a passage says in place of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from robustcore.keys import Draws
from robustcore.perturb.draw import below, pick
from robustcore.perturb.facts.closed_lists import other_of_list
from robustcore.perturb.facts.pairs import other_pairs
from robustcore.perturb.language.wordlists import MONTHS, NUMBER_WORDS, PREPOSITIONAL, UNITS

_NUMERAL = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d]|[.,]\d)", re.ASCII)
_REST_WORD = re.compile(r"[^\W\d_]+")
_YEARS = range(1000, 2200)
_DATED = re.compile(
    r"(?:^|\b(?:in|after|before|since|around|by|until|from|circa|year|early|late|of)\s)\d{4}$", re.IGNORECASE
)
_CURRENCY = re.compile(r"^[A-Z]{1,3}[a-z]?$")  # NOK, RM, US$, Rs, KSh
_LEAD = re.compile(
    r"(?:(?:up to|at least|at most|about|around|nearly|almost|over|under|each|every|within) )+", re.IGNORECASE
)
"""What may stand before a spelt-out number."""
_TRIES = 24


def other_values(answer: str, rng: Draws) -> Iterator[str]:
    """Yield false values of the same type and format as ``answer``, in random order; none if its type is not plain.

    A number becomes another number with the same unit, sign, thousands commas and decimals; a year another year, a
    date the same day of another year, or without a year another day of the month; a decade another decade, a century
    another century; a percentage stays below 100 if it was; a spelt-out number becomes another one. Ranges, fractions
    and numbered parts: see `other_pairs`; weekdays, months and ordinals: `other_of_list`. Any other answer (a name, a
    phrase) has no rule.
    """
    lead = _LEAD.match(answer)
    start = lead.end() if lead else 0
    if answer[start:].lower().partition(" ")[0] in NUMBER_WORDS:
        yield from (answer[:start] + other for other in _other_words(answer[start:], rng))
        return
    found = _number_to_change(answer)
    if found is None:
        yield from other_pairs(answer, rng)
        yield from other_of_list(answer, rng)
        return
    for _ in range(_TRIES):
        numeral = found.group()
        other = _other_numeral(numeral, answer, rng)
        if other != numeral:
            yield answer[: found.start()] + other + _ordinal(other, answer[found.end() :])


def _number_to_change(answer: str) -> re.Match[str] | None:
    """Return the one number that carries the value, or None if what stands around it is no unit and no date."""
    numerals = list(_NUMERAL.finditer(answer))
    if not numerals or _is_more(answer, numerals[0]):
        return None
    if len(numerals) == 1:
        return numerals[0]
    years = [match for match in numerals if _is_year(match.group())]
    return years[0] if len(numerals) == 2 and len(years) == 1 and _has_month(answer) else None


def _is_more(answer: str, numeral: re.Match[str]) -> bool:
    """Say whether a word beside the numbers is no unit: but for a first word like "After", and in "60,000 British men".

    Between a number that is no year and a common noun a capital begins an adjective, not a name of its own.
    """
    words = list(_REST_WORD.finditer(_NUMERAL.sub(lambda found: " " * len(found.group()), answer)))
    if words and words[0].start() == 0 and words[0].group().casefold() in PREPOSITIONAL:
        words = words[1:]
    last = words[-1].group() if words else ""
    if last.islower() and len(last) > 1 and not _is_year(numeral.group()):
        words = [word for word in words if word.start() < numeral.start()] + words[-1:]
    return not all(_is_unit(word.group()) for word in words)


def _other_numeral(numeral: str, answer: str, rng: Draws) -> str:
    whole, point, decimals = numeral.replace(",", "").partition(".")
    value = int(whole + decimals)
    if _is_year(numeral) and f"{numeral}s" in answer:
        other = value + pick(rng, (-1, 1)) * 10 * (1 + below(rng, 4))
    elif _is_year(numeral) and (_has_month(answer) or _DATED.search(answer)):
        other = value + pick(rng, (-1, 1)) * (2 + below(rng, 11))
    elif "centur" in answer and 1 < value <= 21:
        other = max(2, min(max(20, value), value + pick(rng, (-1, 1)) * (1 + below(rng, 4))))
    elif _has_month(answer):
        other = 1 + below(rng, 28)
    else:
        other = _another(value, rng)
        if _is_percent(answer) and value <= 100 * 10 ** len(decimals):
            other = min(other, 99 * 10 ** len(decimals))
    digits = str(other).rjust(len(decimals) + 1, "0")
    head = digits[: len(digits) - len(decimals)]
    return (f"{int(head):,}" if "," in numeral else head) + point + digits[len(head) :]


def _ordinal(numeral: str, rest: str) -> str:
    """Return what follows a number with the ending of an ordinal, if it begins with one, fitted to ``numeral``."""
    if not re.match(r"(?:st|nd|rd|th)\b", rest):
        return rest
    teen = numeral[-2:] in ("11", "12", "13")
    return ("th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(numeral[-1], "th")) + rest[2:]


def _another(value: int, rng: Draws) -> int:
    """Return a positive number from about half to one and a half times ``value``, as round as ``value`` is."""
    unit = 1
    while value and value % (unit * 10) == 0:
        unit *= 10
    size = value // unit
    step = max(1, round(size * (0.1 + 0.4 * rng.random())))
    return unit * (size - step if rng.random() < 0.5 and size > step else size + step)


def _other_words(answer: str, rng: Draws) -> Iterator[str]:
    first, space, rest = answer.partition(" ")
    if any(not _is_unit(word) for word in rest.split()):
        return
    value = NUMBER_WORDS.index(first.lower())
    nearby = [n for n in range(max(2, value - 6), min(len(NUMBER_WORDS), value + 7)) if n != value]
    for index in range(len(nearby)):
        other = index + below(rng, len(nearby) - index)
        nearby[index], nearby[other] = nearby[other], nearby[index]
        word = NUMBER_WORDS[nearby[index]]
        yield (word.capitalize() if first[0].isupper() else word) + space + rest


def _is_unit(word: str) -> bool:
    """Say whether a word beside a number leaves it a plain quantity: a unit, a month, a currency, a common noun."""
    folded = word.casefold()
    return folded in UNITS or folded in MONTHS or word.islower() or _CURRENCY.match(word) is not None


def _is_year(numeral: str) -> bool:
    return len(numeral) == 4 and numeral.isdecimal() and int(numeral) in _YEARS


def _has_month(answer: str) -> bool:
    return any(word.casefold() in MONTHS for word in _REST_WORD.findall(answer))


def _is_percent(answer: str) -> bool:
    return "%" in answer or "percent" in answer.lower() or "per cent" in answer.lower()
