"""Slips of one letter in one word: swapped, mistyped, deleted, inserted, replaced. None makes a word of sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from robustcore.keys import Draws
from robustcore.perturb.draw import pick, rotated
from robustcore.perturb.language.keyboards import neighbours
from robustcore.perturb.language.kinds import changes_sense

Slip: TypeAlias = Callable[[Sequence[str], Draws], str | None]
"""Makes one slip in a word given as letters (a text, if each is one character); None if it has no place for it."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ALL_BUT: Mapping[str, str] = MappingProxyType({letter: _ALPHABET.replace(letter, "") for letter in _ALPHABET})


def swap_letters(letters: Sequence[str], rng: Draws) -> str | None:
    """Swap two adjacent letters, neither the first nor the last."""
    inner = len(letters) - 3  # pairs (i, i + 1) that leave the first and the last letter alone
    for place in rotated(rng, inner) if inner > 0 else ():
        first, second = letters[place + 1], letters[place + 2]
        if first != second and _letter(first) and _letter(second):
            swapped = with_letters(letters, place + 1, place + 3, second + first)
            if not changes_sense(swapped):
                return swapped
    return None


def slip_key(letters: Sequence[str], rng: Draws, *, layout: str) -> str | None:
    """Replace a letter by one whose key on ``layout`` touches its key."""
    near = neighbours(layout)
    for place in rotated(rng, len(letters)):
        letter = letters[place]
        keys = near.get(letter.lower())
        if keys:
            key = pick(rng, keys)
            slipped = with_letters(letters, place, place + 1, key.upper() if letter.isupper() else key)
            if not changes_sense(slipped):
                return slipped
    return None


def delete_letter(letters: Sequence[str], rng: Draws) -> str | None:
    """Delete a letter, never the first."""
    for place in rotated(rng, len(letters) - 1):
        if _letter(letters[place + 1]):
            shortened = with_letters(letters, place + 1, place + 2, "")
            if not changes_sense(shortened):
                return shortened
    return None


def insert_letter(letters: Sequence[str], rng: Draws) -> str | None:
    """Insert a letter, never before the first."""
    alphabet = _ALPHABET if _latin(letters) else [letter for letter in letters if _letter(letter)]
    for place in rotated(rng, len(letters)):
        added = pick(rng, alphabet)
        longer = with_letters(letters, place + 1, place + 1, added)
        if not changes_sense(longer):
            return longer
    return None


def substitute_letter(letters: Sequence[str], rng: Draws) -> str | None:
    """Replace a letter by any other one of the same case."""
    own = None if _latin(letters) else [letter for letter in letters if _letter(letter)]
    for place in rotated(rng, len(letters)):
        old = letters[place].lower()
        choices = _ALL_BUT.get(old, _ALPHABET) if own is None else [one for one in own if one.lower() != old]
        if choices and _letter(letters[place]):
            new = pick(rng, choices)
            cased = new.upper() if letters[place].isupper() and len(new.upper()) == len(new) else new.lower()
            replaced = with_letters(letters, place, place + 1, cased)
            if not changes_sense(replaced):
                return replaced
    return None


def any_slip(letters: Sequence[str], rng: Draws, *, slips: tuple[Slip, ...]) -> str | None:
    """Make one of ``slips``, each equally likely; where it has no place, the next that has one."""
    for index in rotated(rng, len(slips)):
        slipped = slips[index](letters, rng)
        if slipped is not None:
            return slipped
    return None


def with_letters(letters: Sequence[str], start: int, end: int, others: str) -> str:
    """Return the word with ``others`` in place of the letters from ``start`` up to ``end``."""
    if isinstance(letters, str):
        return letters[:start] + others + letters[end:]
    return "".join((*letters[:start], others, *letters[end:]))


def _latin(letters: Sequence[str]) -> bool:
    return isinstance(letters, str) or all(letter.isascii() for letter in letters)


def _letter(letter: str) -> bool:
    return letter[0].isalpha()
