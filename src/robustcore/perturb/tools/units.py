"""The same quantity in another unit, with its new label or without one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_OTHER: Final[dict[str, tuple[str, float, float]]] = {  # unit: (other unit, factor, offset)
    "km": ("mi", 0.621371, 0), "m": ("ft", 3.28084, 0), "cm": ("in", 0.393701, 0), "mm": ("in", 0.0393701, 0),
    "mi": ("km", 1.609344, 0), "ft": ("m", 0.3048, 0), "kg": ("lb", 2.204623, 0), "g": ("oz", 0.035274, 0),
    "lb": ("kg", 0.453592, 0), "t": ("kg", 1000, 0), "tonnes": ("kg", 1000, 0), "l": ("gal", 0.219969, 0),
    "litres": ("gallons", 0.219969, 0), "metres": ("feet", 3.28084, 0), "kilometres": ("miles", 0.621371, 0),
    "hours": ("minutes", 60, 0), "h": ("min", 60, 0), "minutes": ("seconds", 60, 0), "min": ("s", 60, 0),
    "days": ("hours", 24, 0), "weeks": ("days", 7, 0), "eur": ("cents", 100, 0), "euros": ("cents", 100, 0),
    "euro": ("cents", 100, 0), "usd": ("cents", 100, 0), "dollars": ("cents", 100, 0), "°c": ("°F", 1.8, 32),
    "°f": ("°C", 0.555556, -17.7778), "kw": ("W", 1000, 0), "knots": ("km/h", 1.852, 0),
}  # fmt: skip
_HUNDREDTHS: Final = 100
_QUANTITY: Final = re.compile(r"(?<![\w.,-])(\d+(?:,\d{3})*(?:\.\d+)?)(?:\s?(°?[A-Za-z]+))?(?![\w]|[.,]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A text with one quantity in another unit; ``before`` and ``after`` are its figures."""

    text: str
    before: str
    after: str


def converted(text: str, *, labelled: bool, bare: bool) -> Converted | None:
    """Return ``text`` with its first quantity in another unit, or None if it has none.

    ``labelled`` writes the new unit behind the new figure; otherwise the unit is left out. With ``bare``, a number
    without a unit counts as one of whole units and is given in hundredths, as cents for euros.
    """
    for match in _QUANTITY.finditer(text):
        unit = (match[2] or "").casefold()
        if unit not in _OTHER and not bare:
            continue
        known = unit in _OTHER
        name, factor, offset = _OTHER[unit] if known else ("", _HUNDREDTHS, 0)
        value = float(match[1].replace(",", "")) * factor + offset
        figure = f"{value:.2f}".rstrip("0").rstrip(".")
        if figure == match[1]:
            continue
        tail = f" {name}" if labelled and known else "" if known else text[match.end(1) : match.end()]
        made = f"{text[: match.start()]}{figure}{tail}{text[match.end() :]}"
        return Converted(text=made, before=match[1], after=figure)
    return None
