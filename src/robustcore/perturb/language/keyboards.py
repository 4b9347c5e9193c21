"""Keyboard layouts as data, and which letters lie beside which."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

LAYOUTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
        "qwertz": ("qwertzuiopü", "asdfghjklöä", "yxcvbnm"),
        "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    }
)
"""The three letter rows of a layout, unshifted, left to right."""

_SHIFT = (0.0, 0.25, 0.75)  # how far a row stands to the right of the top one, in key widths
_REACH = 1.2  # keys whose centres are nearer than this touch


@cache
def neighbours(layout: str) -> Mapping[str, str]:
    """Return lower-case letter → the letters on the keys that touch its key."""
    keys = [
        (letter, column + _SHIFT[row], row)
        for row, letters in enumerate(LAYOUTS[layout])
        for column, letter in enumerate(letters)
    ]
    near = {
        letter: "".join(
            other for other, x2, y2 in keys if other != letter and (x - x2) ** 2 + (y - y2) ** 2 < _REACH**2
        )
        for letter, x, y in keys
    }
    return MappingProxyType(near)
