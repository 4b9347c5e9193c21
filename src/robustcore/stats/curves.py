"""Degradation over a ladder of severities, and how much a case's variants disagree with it (spec metrics 9.4, 9.5)."""

from __future__ import annotations

import math
from collections.abc import Sequence


def apd(ladders: Sequence[Sequence[float]]) -> float | None:
    """Return the mean over repetitions of [mean over s >= 1 of a_s / a_0] - 1 (arXiv 2507.17845). Mean of ratios.

    Each ladder starts at severity 0. 0 is no loss. None where an a_0 is 0 or a ladder has fewer than two levels.
    """
    if not ladders or any(len(ladder) < 2 or ladder[0] == 0 for ladder in ladders):
        return None
    ratios = [math.fsum(value / ladder[0] for value in ladder[1:]) / (len(ladder) - 1) for ladder in ladders]
    return math.fsum(ratios) / len(ratios) - 1


def nipd(severities: Sequence[float], scores: Sequence[float], chance: float = 0.0) -> float | None:
    """Return the trapezoid area of (a(V) - a(0)) / (a(0) - chance) over the ladder's width (arXiv 2607.25497).

    0 is no loss, -0.5 a straight line down to ``chance``. None where a(0) is at or below chance, the ladder does not
    start at 0 or has fewer than two levels.
    """
    steps = sorted(zip(severities, scores, strict=True))
    if len(steps) < 2 or steps[0][0] != 0 or steps[0][1] <= chance:
        return None
    clean = steps[0][1]
    heights = [(value - clean) / (clean - chance) for _, value in steps]
    places = [severity for severity, _ in steps]
    area = math.fsum((places[i + 1] - places[i]) * (heights[i] + heights[i + 1]) / 2 for i in range(len(steps) - 1))
    return area / (places[-1] - places[0])


def stability(score: float, variants: Sequence[float]) -> float | None:
    """Return mean over variants of m_i - |m - m_i| = min(m, 2 m_i - m), in [-1, 1] (after arXiv 2305.11997).

    It ranks fragile passing cases and guarantees nothing. None without variants.
    """
    if not variants:
        return None
    return math.fsum(min(score, 2 * one - score) for one in variants) / len(variants)
