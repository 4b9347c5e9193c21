"""A stratified random slice of questions: each has the same chance, so that plain means stay unbiased (ours)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from robustcore.keys import seed_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a draw may know of a question: its ``stratum``, and a key of its ``content``; neither order nor id."""

    stratum: str
    content: str


def draw_slice(questions: Mapping[str, Question], count: int, seed: int) -> frozenset[str]:
    """Return the ids of ``count`` questions, drawn systematically along the strata.

    Questions are sorted by stratum, and by a seeded hash of their content within; then every N/n-th is taken from a
    random start (Madow 1949). Each has the chance n/N exactly, and each stratum its share up to rounding. Only what was
    asked and the seed decide: files may be reordered, split or renumbered.
    """
    total = len(questions)
    if count >= total:
        return frozenset(questions)
    if count < 1:
        return frozenset()
    place = {name: (one.stratum, seed_of("slice", seed, one.content), name) for name, one in questions.items()}
    ranked = sorted(questions, key=lambda name: place[name])
    start = seed_of("slice start", seed) / 2**63
    return frozenset(ranked[min(total - 1, int((start + i) * total / count))] for i in range(count))
