"""``question.filler``: fillers between the words, as people speak."""

from __future__ import annotations

from itertools import islice

from robustcore.perturb.base import Preserves, perturbation
from robustcore.perturb.draw import in_random_order
from robustcore.perturb.edit import At, Edit


@perturbation("question.filler", preserves=Preserves.MEANING)
def filler(question: str, at: At, *, word: str = "erm") -> Edit[str]:
    """Put a filler in front of a share ``severity`` of every fourth word (ours)."""
    words = question.split()
    count = max(1, round(at.severity * len(words) / 4))
    for place in islice(in_random_order(at.rng, range(len(words))), count):
        words[place] = f"{word} {words[place]}"
    return Edit(value=" ".join(words), edits=count)
