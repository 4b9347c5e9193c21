"""Misspellings by rule: neighbour swap, keyboard slip, deletion, insertion, and the four mixed."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from robustcore.perturb.base import At, Edit, Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, pick, rotated, share_of
from robustcore.perturb.keyboards import LAYOUTS, neighbours
from robustcore.perturb.question import reworded
from robustcore.perturb.text import analyse, changes_sense, letters_of, spliced

Slip: TypeAlias = Callable[[list[str], random.Random], str | None]
"""Makes one slip in a word given as letters; None if the word has no place for it."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_SHARES = {"share": (0.0, 1.0)}
_LAYOUTS = {"layout": tuple(LAYOUTS)}


@perturbation("question.neighbour_swap", preserves=Preserves.MEANING, main="share", ranges=_SHARES)
def neighbour_swap(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Swap two adjacent inner letters of a word: "question" → "quetsion" (arXiv 2111.13057).

    Words edited, each once: ``share * severity`` of the eligible ones (four letters or more, no stop word, not
    protected), at least one. ``noop`` if no word is eligible.
    """
    return _misspell(text, at, _swap, share, protect)


@perturbation("question.qwerty_swap", preserves=Preserves.MEANING, main="share", ranges=_SHARES, choices=_LAYOUTS)
def qwerty_swap(text: str, at: At, *, share: float = 0.30, layout: str = "qwerty", protect: bool = True) -> Edit[str]:
    """Replace a letter by one whose key touches its key on ``layout``: "question" → "qurstion" (arXiv 2111.13057).

    Shares and eligible words as in `neighbour_swap`; a word without a letter of the layout is not eligible.
    """
    return _misspell(text, at, partial(_slip_key, layout=layout), share, protect)


@perturbation("question.char_delete", preserves=Preserves.MEANING, main="share", ranges=_SHARES)
def char_delete(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Delete one letter of a word, never its first: "question" → "quesion" (our own recipe).

    Shares and eligible words as in `neighbour_swap`.
    """
    return _misspell(text, at, _delete, share, protect)


@perturbation("question.char_insert", preserves=Preserves.MEANING, main="share", ranges=_SHARES)
def char_insert(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Insert one letter into a word, never before its first: "question" → "quesktion" (our own recipe).

    The letter is any of a-z in a word of a-z, else one of the word's own. Shares and words as in `neighbour_swap`.
    """
    return _misspell(text, at, _insert, share, protect)


@perturbation("question.typos", preserves=Preserves.MEANING, main="share", ranges=_SHARES, choices=_LAYOUTS)
def typos(text: str, at: At, *, share: float = 0.30, layout: str = "qwerty", protect: bool = True) -> Edit[str]:
    """Give each edited word one of the four slips of this family, drawn anew per word (our own recipe).

    Where the drawn slip has no place in the word, the next one is tried. Shares and words as in `neighbour_swap`.
    """
    slips = (_swap, partial(_slip_key, layout=layout), _delete, _insert)
    return _misspell(text, at, partial(_any_slip, slips=slips), share, protect)


OPERATORS: tuple[Operator, ...] = (neighbour_swap, qwerty_swap, char_delete, char_insert, typos)


def _misspell(text: str, at: At, slip: Slip, share: float, protect: bool) -> Edit[str]:
    found = analyse(text, at.example.answers)
    eligible = found.misspellable(protect)
    wanted = share_of(len(eligible), share * at.severity)
    changes: list[tuple[int, int, str]] = []
    for word in in_random_order(at.rng, eligible):
        if len(changes) == wanted:
            break
        slipped = slip(letters_of(word.text), at.rng)
        if slipped is not None:
            changes.append((word.start, word.end, slipped))
    return reworded(found, spliced(text, changes), at, edits=len(changes), otherwise="no word can be misspelt")


def _swap(letters: list[str], rng: random.Random) -> str | None:
    inner = len(letters) - 3  # pairs (i, i + 1) that leave the first and the last letter alone
    for place in rotated(rng, inner) if inner > 0 else ():
        first, second = letters[place + 1], letters[place + 2]
        if first != second and _letter(first) and _letter(second):
            swapped = "".join((*letters[: place + 1], second, first, *letters[place + 3 :]))
            if not changes_sense(swapped):
                return swapped
    return None


def _slip_key(letters: list[str], rng: random.Random, *, layout: str) -> str | None:
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


def _delete(letters: list[str], rng: random.Random) -> str | None:
    for place in rotated(rng, len(letters) - 1):
        if _letter(letters[place + 1]):
            shortened = "".join((*letters[: place + 1], *letters[place + 2 :]))
            if not changes_sense(shortened):
                return shortened
    return None


def _insert(letters: list[str], rng: random.Random) -> str | None:
    latin = all(letter.isascii() for letter in letters)
    alphabet = _ALPHABET if latin else [letter for letter in letters if _letter(letter)]
    for place in rotated(rng, len(letters)):
        added = pick(rng, alphabet)
        longer = "".join((*letters[: place + 1], added, *letters[place + 1 :]))
        if not changes_sense(longer):
            return longer
    return None


def _any_slip(letters: list[str], rng: random.Random, *, slips: tuple[Slip, ...]) -> str | None:
    for index in rotated(rng, len(slips)):
        slipped = slips[index](letters, rng)
        if slipped is not None:
            return slipped
    return None


def _letter(letter: str) -> bool:
    return letter[0].isalpha()
