"""Words left out or moved: dropped content words, dropped stop words, swapped words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import islice

from robustcore.perturb.base import At, Edit, Operator, Preserves, perturbation
from robustcore.perturb.draw import count_at, in_random_order, share_of
from robustcore.perturb.question import refused, reworded
from robustcore.perturb.text import Analysis, Span, Word, analyse, plain, spliced
from robustcore.perturb.wordlists import REMOVABLE

_MOST_SWAPS = 3
_CLOSING = (*".,;:?!)]", "")
AT_RISK = "the meaning is at risk: count the case only with a validity verdict"


@perturbation("question.word_drop", preserves=Preserves.MEANING, gated=True)
def word_drop(text: str, at: At, *, protect: bool = True) -> Edit[str]:
    """Drop a share ``severity`` of the content words, names last and the last content word never (our own recipe).

    Which words are names is guessed by their capitals. The meaning is at risk, so the operator is ``gated`` and its
    edits carry a note that says so.
    """
    found = analyse(text, at.example.answers)
    content = [word for word in found.editable(protect) if not word.stop and word.letters]
    kept = any(not word.stop for word in found.words if word not in content)
    most = len(content) if kept else len(content) - 1
    if most < 1:
        return refused(text, "noop", "no content word to spare")
    wanted = min(most, share_of(len(content), at.severity))
    dropped = _names_last(at.rng, content, found)[:wanted]
    edit = reworded(found, without(text, dropped), at, edits=wanted, otherwise="no content word to spare")
    return edit if edit.note else Edit(value=edit.value, edits=edit.edits, note=AT_RISK)


@perturbation("question.stopword_removal", preserves=Preserves.MEANING)
def stopword_removal(text: str, at: At, *, protect: bool = True) -> Edit[str]:
    """Remove a share ``severity`` of the stop words (arXiv 2111.13057).

    Negations, wh-words, and function words that carry a direction, a comparison or a quantity ("before", "less",
    "all") stay. English only.
    """
    found = analyse(text, at.example.answers)
    stops = [word for word in found.editable(protect) if plain(word.text) in REMOVABLE]
    wanted = share_of(len(stops), at.severity)
    if wanted == len(found.words):
        return refused(text, "noop", "nothing but stop words")
    removed = list(islice(in_random_order(at.rng, stops), wanted))
    return reworded(found, without(text, removed), at, edits=len(removed), otherwise="no stop word to remove")


@perturbation("question.word_order_swap", preserves=Preserves.MEANING)
def word_order_swap(text: str, at: At, *, protect: bool = True) -> Edit[str]:
    """Swap two random words, ``ceil(3 * severity)`` times, no word twice (arXiv 2111.13057)."""
    found = analyse(text, at.example.answers)
    order = in_random_order(at.rng, found.editable(protect))
    changes: list[tuple[int, int, str]] = []
    for first in order:
        if len(changes) == 2 * count_at(_MOST_SWAPS, at.severity):
            break
        second = next((word for word in order if plain(word.text) != plain(first.text)), None)
        if second is None:
            break
        changes += ((first.start, first.end, second.text), (second.start, second.end, first.text))
    return reworded(found, spliced(text, changes), at, edits=len(changes) // 2, otherwise="no two words to swap")


OPERATORS: tuple[Operator, ...] = (word_drop, stopword_removal, word_order_swap)


def without(text: str, words: Sequence[Word]) -> str:
    """Return ``text`` without ``words`` and without the white space before each, where nothing would run together."""
    cuts: list[Span] = []
    for word in words:
        start, end = word.start, word.end
        if text[end : end + 1] in _CLOSING or text[end].isspace():
            while start > 0 and text[start - 1].isspace():
                start -= 1
        cuts.append((start, end))
    return spliced(text, [(start, end, "") for start, end in cuts]).lstrip() if cuts else text


def _names_last(rng: random.Random, content: Sequence[Word], found: Analysis) -> list[Word]:
    """Return the content words in random order, those that look like names after all others."""
    order = list(in_random_order(rng, content))
    first = found.words[0].start if found.words else 0
    shouted = found.text.isupper()

    def is_name(word: Word) -> bool:
        return word.text[0].isupper() and word.start != first and not shouted

    return [word for word in order if not is_name(word)] + [word for word in order if is_name(word)]
