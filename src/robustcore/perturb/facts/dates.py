"""Dates that versions of a passage bear, chosen to follow whatever the passage speaks of."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from robustcore.keys import Draws
from robustcore.perturb.draw import below

_YEAR = re.compile(r"(?<![\w.,])(?:19|20)\d\d(?![\w%]|[.,]\d)")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
_EARLIEST: Final = 2015
_SPAN: Final = 4  # years within which a date is drawn


class Date(NamedTuple):
    """A day, as a version of a document bears it. Dates compare in time."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        """Return the date as text: ``3 May 2021``."""
        return f"{self.day} {_MONTHS[self.month - 1]} {self.year}"


def dated_after(text: str, rng: Draws) -> Date:
    """Return a date of one of the four years behind every year that ``text`` mentions (at least 2015)."""
    years = [int(year) for year in _YEAR.findall(text)]
    return _in_years(max([_EARLIEST - 1, *years]) + 1, rng)


def later(date: Date, rng: Draws) -> Date:
    """Return a date of one of the four years behind the year of ``date``."""
    return _in_years(date.year + 1, rng)


def stamped(date: Date, text: str) -> str:
    """Return ``text`` as the version of that date."""
    return f"Version of {date}. {text}"


def _in_years(first: int, rng: Draws) -> Date:
    return Date(first + below(rng, _SPAN), 1 + below(rng, 12), 1 + below(rng, 28))
