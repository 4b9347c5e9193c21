"""Key-word style: the question as one types it into a search box."""

from __future__ import annotations

import re
from collections.abc import Iterator

from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, share_of
from robustcore.perturb.edit import At, Edit, refused
from robustcore.perturb.ending import reworded
from robustcore.perturb.language.grammar import verb_at
from robustcore.perturb.language.text import Analysis, analyse
from robustcore.perturb.language.wordlists import CARRYING
from robustcore.perturb.question.words import without

_OTHERS_IN_LY = frozenset({"family", "early", "daily", "weekly", "monthly", "yearly", "supply", "reply", "assembly"})
_STRAY_MARKS = re.compile(r"^[\s,;:]+|(?<=[,;:])[\s,;:]+(?=[,;:])|[\s,;:]+(?=[.?!]*$)")


@perturbation("question.incomplete", preserves=Preserves.MEANING, gated=True)
def incomplete(text: str, at: At, *, protect: bool = True) -> Edit[str]:
    """Keep names and content nouns and drop a share ``severity`` of the other words (FailSafeQA, arXiv 2502.06329).

    The others are function words, wh-words, verbs and adverbs in -ly; words of direction, comparison and quantity
    ("before", "most") go last. Verbs are guessed by rule, nouns are what is left. At severity 1 the question mark goes,
    too: "Which counties signed the contract?" → "counties contract". The meaning is at risk, hence ``gated``. English.
    """
    found = analyse(text, at.example.answers)
    spare = list(_spare(found, protect))
    if not spare or len(spare) == len(found.kinds):
        return refused(text, "noop", "no word to spare")
    first = [place for place in spare if found.kinds[place].bare not in CARRYING]
    last = [place for place in spare if found.kinds[place].bare in CARRYING]
    wanted = share_of(len(spare), at.severity)
    order = (*in_random_order(at.rng, first), *in_random_order(at.rng, last))
    shorter = _STRAY_MARKS.sub("", without(found, order[:wanted]))
    if wanted == len(spare):
        shorter = shorter.rstrip(" ?")
    return reworded(found, shorter, at, edits=wanted, otherwise="no word to spare")


OPERATORS: tuple[Operator, ...] = (incomplete,)


def _spare(found: Analysis, protect: bool) -> Iterator[int]:
    for place in found.open_places(protect):
        if found.kinds[place].stop or _adverb(found.parts[2 * place + 1]) or verb_at(found.words, place):
            yield place


def _adverb(word: str) -> bool:
    return word.islower() and word.endswith("ly") and len(word) > 4 and word not in _OTHERS_IN_LY
