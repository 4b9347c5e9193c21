"""Effects of perturbations and the ratings made of them (spec metrics 12, after arXiv 2302.02038 and 2502.12226)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from robustcore.stats.compared import PairedTest, paired_test
from robustcore.stats.drops import drop_abs
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import pairs_of

LEVELS: tuple[float, ...] = (0.95, 0.70, 0.60)
WEIGHTS: tuple[float, ...] = (1.0, 0.7, 0.6)
GRADES: Mapping[str, float] = {"A": 0.02, "B": 0.05, "C": 0.10, "D": 0.20}
"""Absolute grades: the largest loss that earns each; below the last is an E. Defaults of ours, no paper's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a perturbation does to a measure over matched pairs. (ours).

    ``signed`` estimates the mean of perturbed - clean; ``ape`` is its magnitude; ``case_mix_gap`` = unpaired - paired
    effect: how much uneven survival of cases would have misled; ``test`` is paired.
    """

    signed: Estimate
    ape: float | None
    case_mix_gap: float | None
    test: PairedTest


def effect(rows: Sequence[Row], confidence: float = 0.95) -> Effect:
    """Return the effect over ``rows`` of one measure; its value is None without a pair."""
    drop = drop_abs(rows, confidence, display=True)
    signed = replace(drop, value=_minus(drop.value), low=_minus(drop.high), high=_minus(drop.low))
    clean = _mean(row.clean for row in rows)
    perturbed = _mean(row.value for row in rows)
    gap = None if signed.value is None or clean is None or perturbed is None else perturbed - clean - signed.value
    ape = None if signed.value is None else abs(signed.value)
    return Effect(signed=signed, ape=ape, case_mix_gap=gap, test=paired_test(pairs_of(rows)))


def rejections(adjusted: Sequence[float], levels: Sequence[float] = LEVELS) -> tuple[int, ...]:
    """Return how many Holm-adjusted p values are rejected at each confidence level."""
    return tuple(sum(p <= 1 - level + 1e-12 for p in adjusted) for level in levels)


def wrs(rejected: Sequence[float], weights: Sequence[float] = WEIGHTS) -> float:
    """Return the weighted rejection score, sum of w_i x_i (arXiv 2302.02038): for display, never a gate."""
    return sum(weight * count for weight, count in zip(weights, rejected, strict=True))


def absolute_grade(loss: float | None, grades: Mapping[str, float] = GRADES) -> str:
    """Return the grade of a loss (positive is worse): the first whose threshold is not exceeded, else the one after.

    An empty string for no loss known. A gain earns the best grade. (ours)
    """
    if loss is None:
        return ""
    for name, most in sorted(grades.items(), key=lambda pair: pair[1]):
        if loss <= most + 1e-9:
            return name
    return chr(ord(max(grades)) + 1)


def relative_grades(scores: Mapping[str, float], levels: int) -> dict[str, int]:
    """Return rank-cut grades 1 to ``levels`` of several systems: sorted ascending, cut by numpy's ``array_split``.

    Equal scores take the first chunk that holds the value (arXiv 2302.02038). They say nothing about one system alone.
    """
    import numpy as np

    chunks = np.array_split(np.array(sorted(scores.values())), levels)
    return {
        name: next(grade for grade, chunk in enumerate(chunks, 1) if score in chunk.tolist())
        for name, score in scores.items()
    }


def _minus(value: float | None) -> float | None:
    return None if value is None else 0.0 - value


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
