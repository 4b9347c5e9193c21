"""Slips of one letter in one word: swapped, mistyped, deleted, inserted, replaced. None makes a word of sense."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias

from robustcore.perturb.draw import pick, rotated
from robustcore.perturb.keyboards import neighbours
from robustcore.perturb.text import changes_sense

Slip: TypeAlias = Callable[[list[str], random.Random], str | None]
"""Makes one slip in a word given as letters; None if the word has no place for it."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def swap_letters(letters: list[str], rng: random.Random) -> str | None:
    """Swap two adjacent letters, neither the first nor the last."""
    inner = len(letters) - 3  # pairs (i, i + 1) that leave the first and the last letter alone
    for place in rotated(rng, inner) if inner > 0 else ():
        first, second = letters[place + 1], letters[place + 2]
        if first != second and _letter(first) and _letter(second):
            swapped = "".join((*letters[: place + 1], second, first, *letters[place + 3 :]))
            if not changes_sense(swapped):
                return swapped
    return None


def slip_key(letters: list[str], rng: random.Random, *, layout: str) -> str | None:
    """Replace a letter by one whose key on ``layout`` touches its key."""
    near = neighbours(layout)
    for place in rotated(rng, len(letters)):
        letter = letters[place]
        keys = near.get(letter.lower())
        if keys:
            key = pick(rng, keys)
            slipped = "".join((*letters[:place], key.upper() if letter.isupper() else key, *letters[place + 1 :]))
            if not changes_sense(slipped):
                return slipped
    return None


def delete_letter(letters: list[str], rng: random.Random) -> str | None:
    """Delete a letter, never the first."""
    for place in rotated(rng, len(letters) - 1):
        if _letter(letters[place + 1]):
            shortened = "".join((*letters[: place + 1], *letters[place + 2 :]))
            if not changes_sense(shortened):
                return shortened
    return None


def insert_letter(letters: list[str], rng: random.Random) -> str | None:
    """Insert a letter, never before the first."""
    latin = all(letter.isascii() for letter in letters)
    alphabet = _ALPHABET if latin else [letter for letter in letters if _letter(letter)]
    for place in rotated(rng, len(letters)):
        added = pick(rng, alphabet)
        longer = "".join((*letters[: place + 1], added, *letters[place + 1 :]))
        if not changes_sense(longer):
            return longer
    return None


def substitute_letter(letters: list[str], rng: random.Random) -> str | None:
    """Replace a letter by any other one of the same case."""
    latin = all(letter.isascii() for letter in letters)
    for place in rotated(rng, len(letters)):
        old = letters[place].lower()
        others = _ALPHABET if latin else [letter for letter in letters if _letter(letter)]
        choices = [letter for letter in others if letter.lower() != old]
        if choices and _letter(letters[place]):
            new = pick(rng, choices)
            cased = new.upper() if letters[place].isupper() and len(new.upper()) == len(new) else new.lower()
            replaced = "".join((*letters[:place], cased, *letters[place + 1 :]))
            if not changes_sense(replaced):
                return replaced
    return None


def any_slip(letters: list[str], rng: random.Random, *, slips: tuple[Slip, ...]) -> str | None:
    """Make one of ``slips``, each equally likely; where it has no place, the next that has one."""
    for index in rotated(rng, len(slips)):
        slipped = slips[index](letters, rng)
        if slipped is not None:
            return slipped
    return None


def _letter(letter: str) -> bool:
    return letter[0].isalpha()
