"""Words left out or moved: dropped content words, dropped stop words, swapped words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import count_at, in_random_order, share_of
from robustcore.perturb.edit import At, Edit, refused
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.kinds import plain
from robustcore.perturb.language.text import Analysis, analyse

_MOST_SWAPS = 3
_CLOSING = ".,;:?!)]"  # "", the end of the text, is in it, too


@perturbation("question.word_drop", preserves=Preserves.MEANING, gated=True)
def word_drop(text: str, at: At, *, protect: bool = True) -> Edit[str]:
    """Drop a share ``severity`` of the content words, names last and the last content word never (our own recipe).

    Which words are names is guessed by their capitals. The meaning is at risk, so the operator is ``gated``.
    """
    found = analyse(text, at.example.answers)
    content = found.content(protect)
    wanted = share_of(len(content), at.severity)
    if wanted == len(content) == sum(not kind.stop for kind in found.kinds):
        wanted -= 1
    if wanted < 1:
        return refused(text, "noop", "no content word to spare")
    shorter = without(found, _names_last(at.rng, content, found, wanted))
    return reworded(found, shorter, at, edits=wanted, otherwise="no content word to spare")


@perturbation("question.stopword_removal", preserves=Preserves.MEANING)
def stopword_removal(text: str, at: At, *, protect: bool = True) -> Edit[str]:
    """Remove a share ``severity`` of the stop words (arXiv 2111.13057).

    Negations, wh-words, and function words that carry a direction, a comparison or a quantity ("before", "less",
    "all") stay. English only.
    """
    found = analyse(text, at.example.answers)
    stops = [place for place in found.open_places(protect) if found.kinds[place].removable]
    wanted = share_of(len(stops), at.severity)
    if wanted == len(found.spelled):
        return refused(text, "noop", "nothing but stop words")
    removed = list(islice(in_random_order(at.rng, stops), wanted))
    return reworded(found, without(found, removed), at, edits=len(removed), otherwise="no stop word to remove")


@perturbation("question.word_order_swap", preserves=Preserves.MEANING)
def word_order_swap(text: str, at: At, *, protect: bool = True) -> Edit[str]:
    """Swap two random words, ``ceil(3 * severity)`` times, no word twice (arXiv 2111.13057)."""
    found = analyse(text, at.example.answers)
    spelled, parts = found.spelled, [*found.parts]
    order = in_random_order(at.rng, found.open_places(protect))
    most, swaps, first = count_at(_MOST_SWAPS, at.severity), 0, -1
    for place in order:
        if first < 0:
            first = place
        elif plain(spelled[place]) != plain(spelled[first]):
            one, other = 2 * first + 1, 2 * place + 1
            parts[one], parts[other] = parts[other], parts[one]
            swaps, first = swaps + 1, -1
            if swaps == most:
                break
    return reworded(found, "".join(parts), at, edits=swaps, otherwise="no two words to swap")


OPERATORS: tuple[Operator, ...] = (word_drop, stopword_removal, word_order_swap)


def without(found: Analysis, places: Sequence[int]) -> str:
    """Return the text without the words in ``places`` and the white space before each, where none run together."""
    if not places:
        return found.text
    parts = [*found.parts]
    for place in places:
        at = 2 * place + 1
        gap = found.parts[at + 1]
        if gap == " " or gap[:1] in _CLOSING or gap[0].isspace():
            parts[at - 1] = "" if parts[at - 1] == " " else parts[at - 1].rstrip()
        parts[at] = ""
    return "".join(parts).lstrip()


def _names_last(rng: Draws, content: Sequence[int], found: Analysis, wanted: int) -> list[int]:
    """Return ``wanted`` places of the content words in random order, those that look like names after all others."""
    dropped: list[int] = []
    names: list[int] = []
    spelled, shouted = found.spelled, found.text.isupper()
    for place in in_random_order(rng, content):
        if place and not shouted and spelled[place][0].isupper():
            names.append(place)
            continue
        dropped.append(place)
        if len(dropped) == wanted:
            return dropped
    return dropped + names[: wanted - len(dropped)]
