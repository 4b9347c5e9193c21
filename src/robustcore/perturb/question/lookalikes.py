"""Letters replaced by look-alike code points, and RARE's mix of four typing errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType

from robustcore.calls.types import Flow
from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import pick, rotated
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.language.kinds import changes_sense
from robustcore.perturb.question.slips import any_slip, delete_letter, slip_key, swap_letters, with_letters
from robustcore.perturb.question.typos import LAYOUT_CHOICES, SHARES, misspell
from robustcore.perturb.retries import TRIES, first_alike

STABLE: Mapping[str, str] = MappingProxyType(
    {"a": "а", "c": "с", "d": "ԁ", "e": "е", "g": "ɡ", "h": "һ", "i": "і", "j": "ј", "l": "ӏ", "n": "ո", "o": "оօ"}
    | {"p": "р", "q": "ԛ", "s": "ѕ", "u": "ս", "v": "ѵ", "w": "ԝ", "x": "х", "y": "у", "ä": "ӓ", "ë": "ё", "ö": "ӧ"}
    | {"A": "АΑ", "B": "ВΒ", "C": "С", "E": "ЕΕ", "H": "НΗ", "I": "ІΙ", "J": "Ј", "K": "КΚ", "M": "МΜ", "N": "Ν"}
    | {"O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ", "Ä": "Ӓ", "Ë": "Ё", "Ö": "Ӧ"}
)
"""Latin letter → look-alikes of other scripts that NFKC leaves as they are, so that no usual cleaner undoes them."""

UNSTABLE: Mapping[str, str] = MappingProxyType(
    {chr(code): chr(0xFF00 + code - 0x20) + chr(0x1D5A0 + code - 0x41) for code in range(0x41, 0x5B)}
    | {chr(code): chr(0xFF00 + code - 0x20) + chr(0x1D5BA + code - 0x61) for code in range(0x61, 0x7B)}
)
"""Latin letter → its full-width and its sans-serif mathematical form, both of which NFKC turns back into the letter."""


@perturbation("question.homoglyph", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def homoglyph(text: str, at: At, *, share: float = 0.30, stable: bool = True, protect: bool = True) -> Edit[str]:
    """Replace one letter of a word by a look-alike code point: a Cyrillic "а" for a Latin "a" (our own recipe).

    The table is ours. ``stable`` takes the look-alikes that NFKC keeps; without it those, too, that a cleaner which
    normalises undoes. Cyrillic and Greek letters become Latin ones. Shares and eligible words as in `neighbour_swap`.
    """
    return misspell(text, at, partial(take_look_alike, stable=stable), share, protect)


@perturbation(
    "question.typo_composite",
    preserves=Preserves.MEANING,
    main="share",
    ranges=SHARES,
    choices=LAYOUT_CHOICES,
    needs=("encoder",),
)
def typo_composite(
    text: str, at: At, *, share: float = 0.30, layout: str = "qwerty", protect: bool = True
) -> Flow[Edit[str]]:
    """Give each edited word a keyboard slip, deletion, neighbour swap or look-alike (RARE, arXiv 2506.00789).

    No word twice and no stop word; 10% of the eligible words at severity 1/3, as in `neighbour_swap`. Up to five drafts
    are made, and the first with a cosine of at least .85 to ``text`` is taken, else the best one, marked as
    ``below_gate``: see `first_alike`. Without an encoder the first draft is taken.
    """
    slips = (partial(slip_key, layout=layout), delete_letter, swap_letters, partial(take_look_alike, stable=True))
    slip = partial(any_slip, slips=slips)
    return (yield from first_alike(text, (misspell(text, at, slip, share, protect) for _ in range(TRIES)), at))


OPERATORS: tuple[Operator, ...] = (homoglyph, typo_composite)


def take_look_alike(letters: Sequence[str], rng: Draws, *, stable: bool) -> str | None:
    """Replace a letter by one of its look-alikes."""
    table = look_alikes(stable)
    for place in rotated(rng, len(letters)):
        others = table.get(letters[place])
        if others:
            replaced = with_letters(letters, place, place + 1, pick(rng, others))
            if not changes_sense(replaced):
                return replaced
    return None


@cache
def look_alikes(stable: bool) -> Mapping[str, str]:
    """Return letter → look-alikes, in both directions; with ``stable`` only those that NFKC leaves as they are."""
    table = {other: letter for letter, others in STABLE.items() for other in others}
    table |= {letter: others + ("" if stable else UNSTABLE.get(letter, "")) for letter, others in STABLE.items()}
    return MappingProxyType(table if stable else {**UNSTABLE, **table})
