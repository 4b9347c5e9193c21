"""Misspellings by rule: neighbour swap, keyboard slip, deletion, insertion, substitution, and four of them mixed."""

from __future__ import annotations

from functools import partial

from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, share_of
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.keyboards import LAYOUTS
from robustcore.perturb.language.text import analyse, letters_of
from robustcore.perturb.question.slips import (
    Slip,
    any_slip,
    delete_letter,
    insert_letter,
    slip_key,
    substitute_letter,
    swap_letters,
)

SHARES = {"share": (0.0, 1.0)}
LAYOUT_CHOICES = {"layout": tuple(LAYOUTS)}


@perturbation("question.neighbour_swap", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def neighbour_swap(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Swap two adjacent inner letters of a word: "question" → "quetsion" (arXiv 2111.13057).

    Words edited, each once: ``share * severity`` of the eligible ones (four letters or more, no stop word, not
    protected), at least one. ``noop`` if no word is eligible.
    """
    return misspell(text, at, swap_letters, share, protect)


@perturbation("question.qwerty_swap", preserves=Preserves.MEANING, main="share", ranges=SHARES, choices=LAYOUT_CHOICES)
def qwerty_swap(text: str, at: At, *, share: float = 0.30, layout: str = "qwerty", protect: bool = True) -> Edit[str]:
    """Replace a letter by one whose key touches its key on ``layout``: "question" → "qurstion" (arXiv 2111.13057).

    Shares and eligible words as in `neighbour_swap`; a word without a letter of the layout is not eligible.
    """
    return misspell(text, at, partial(slip_key, layout=layout), share, protect)


@perturbation("question.char_delete", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def char_delete(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Delete one letter of a word, never its first: "question" → "quesion" (our own recipe).

    Shares and eligible words as in `neighbour_swap`.
    """
    return misspell(text, at, delete_letter, share, protect)


@perturbation("question.char_insert", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def char_insert(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Insert one letter into a word, never before its first: "question" → "quesktion" (our own recipe).

    The letter is any of a-z in a word of a-z, else one of the word's own. Shares and words as in `neighbour_swap`.
    """
    return misspell(text, at, insert_letter, share, protect)


@perturbation("question.char_substitute", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def char_substitute(text: str, at: At, *, share: float = 0.30, protect: bool = True) -> Edit[str]:
    """Replace one letter of a word by any other: "question" → "quesbion" (arXiv 2111.13057).

    The new letter is one of a-z in a word of a-z, else another one of the word's own; its case is that of the old one.
    Shares and eligible words as in `neighbour_swap`.
    """
    return misspell(text, at, substitute_letter, share, protect)


@perturbation("question.typos", preserves=Preserves.MEANING, main="share", ranges=SHARES, choices=LAYOUT_CHOICES)
def typos(text: str, at: At, *, share: float = 0.30, layout: str = "qwerty", protect: bool = True) -> Edit[str]:
    """Give each edited word one of the four slips of this family, drawn anew per word (our own recipe).

    Where the drawn slip has no place in the word, the next one is tried. Shares and words as in `neighbour_swap`.
    """
    slips = (swap_letters, partial(slip_key, layout=layout), delete_letter, insert_letter)
    return misspell(text, at, partial(any_slip, slips=slips), share, protect)


OPERATORS: tuple[Operator, ...] = (neighbour_swap, qwerty_swap, char_delete, char_insert, char_substitute, typos)


def misspell(text: str, at: At, slip: Slip, share: float, protect: bool) -> Edit[str]:
    """Return the edit that makes ``slip`` once in a share ``share * severity`` of the eligible words of ``text``."""
    found = analyse(text, at.example.answers)
    eligible = found.eligible(protect)
    wanted = share_of(len(eligible), share * at.severity)
    parts = [*found.parts]
    edits = 0
    for place in in_random_order(at.rng, eligible):
        if edits == wanted:
            break
        slipped = slip(letters_of(parts[2 * place + 1]), at.rng)
        if slipped is not None:
            parts[2 * place + 1] = slipped
            edits += 1
    return reworded(found, "".join(parts), at, edits=edits, otherwise="no word can be misspelt")
