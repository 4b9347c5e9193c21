"""What single documents do to an answer: leave-one-out effects, the deletions they predict, where influence lies."""

from __future__ import annotations

from collections.abc import Sequence


def predicted(score: float, effects: Sequence[float]) -> list[float]:
    """Return the score predicted without the worst 1, 2, ... documents, were effects to add up (spec metrics 10.3).

    ``effects`` are scores without each document less ``score``. [OURS, after arXiv 2302.04288]
    """
    found, total = [], score
    for effect in sorted(effects):
        total += effect
        found.append(total)
    return found


def min_flip(score: float, effects: Sequence[float], pass_at_least: float) -> int | None:
    """Return how many documents the smallest deletion has that is predicted to fall below ``pass_at_least``."""
    below = (size for size, value in enumerate(predicted(score, effects), 1) if value < pass_at_least)
    return next(below, None)


def influence_depth(effects: Sequence[float]) -> float | None:
    """Return sum h |a_h| / sum |a_h| over positions h from 0; None without influence (PAPER arXiv 2503.09008)."""
    weights = [abs(effect) for effect in effects]
    total = sum(weights)
    return sum(place * weight for place, weight in enumerate(weights)) / total if total else None


def without(ranking: Sequence[str], deleted: Sequence[str], k: int) -> list[str]:
    """Return the ``k`` best of a ranking without the deleted documents: what an exact retriever returns (10.3)."""
    gone = set(deleted)
    return [doc_id for doc_id in ranking if doc_id not in gone][:k]
