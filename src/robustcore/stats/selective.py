"""Calibration: does a system know when it is wrong? ECE, Brier, risk-coverage and selective accuracy [STANDARD]."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10
CURVE = 20  # points of a risk-coverage curve that are kept
COVERAGE = 0.8  # of clean answers: where the threshold of the comparison is set

Answered = tuple[float, bool]
"""Confidence, and whether the answer was right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selective:
    """What confidences are worth on ``n`` answers.

    ``ece`` and ``brier`` need confidences in [0, 1] (None elsewhere); ``aurc`` is the area under the risk-coverage
    curve, 0 at best; ``coverage`` and ``accuracy`` are the share of answers at or above the threshold and how many of
    those are right (None: none are); ``curve`` holds (coverage, risk) points.
    """

    n: int
    accuracy_all: float | None
    ece: float | None
    brier: float | None
    aurc: float | None
    coverage: float | None
    accuracy: float | None
    curve: tuple[tuple[float, float], ...]


def selective(answers: Sequence[Answered], threshold: float | None) -> Selective:
    """Return what the confidences of ``answers`` are worth, answers below ``threshold`` withheld (None: none)."""
    n = len(answers)
    kept = [right for confidence, right in answers if threshold is None or confidence >= threshold]
    points = risk_coverage(answers)
    unit = n > 0 and all(0 <= confidence <= 1 for confidence, _ in answers)
    return Selective(
        n=n,
        accuracy_all=sum(right for _, right in answers) / n if n else None,
        ece=ece(answers) if unit else None,
        brier=brier(answers) if unit else None,
        aurc=sum(risk for _, risk in points) / n if n else None,
        coverage=len(kept) / n if n else None,
        accuracy=sum(kept) / len(kept) if kept else None,
        curve=_thinned(points),
    )


def threshold_at(answers: Sequence[Answered], coverage: float = COVERAGE) -> float | None:
    """Return the highest threshold that keeps at least this share of ``answers``; None for none."""
    if not answers:
        return None
    ranked = sorted((confidence for confidence, _ in answers), reverse=True)
    return ranked[min(len(ranked), max(1, round(coverage * len(ranked)))) - 1]


def ece(answers: Sequence[Answered], bins: int = BINS) -> float:
    """Return the expected calibration error: ``bins`` equal bins (lo, hi], 0 in the first (arXiv 1706.04599)."""
    edges = [(i + 1) / bins for i in range(bins)]
    sums = [[0.0, 0.0, 0.0] for _ in range(bins)]
    for confidence, right in answers:
        cell = sums[min(bisect.bisect_left(edges, confidence - 1e-12), bins - 1)]
        cell[0] += 1
        cell[1] += confidence
        cell[2] += right
    return sum(abs(conf - right) for _, conf, right in sums) / len(answers)


def brier(answers: Sequence[Answered]) -> float:
    """Return the mean of (confidence - right)^2 (Brier 1950)."""
    return sum((confidence - right) ** 2 for confidence, right in answers) / len(answers)


def risk_coverage(answers: Sequence[Answered]) -> list[tuple[float, float]]:
    """Return (coverage, risk) with the k most confident answers kept, for every k (arXiv 1705.08500).

    Answers of one confidence are kept or withheld together: within a tie the risk is that of the whole tie, so that
    the order of cases does not matter.
    """
    ranked = sorted(answers, key=lambda answer: -answer[0])
    points: list[tuple[float, float]] = []
    wrong = start = 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        tie = sum(not right for _, right in ranked[start:end])
        share = tie / (end - start)
        points += [(k / len(ranked), (wrong + share * (k - start)) / k) for k in range(start + 1, end + 1)]
        wrong, start = wrong + tie, end
    return points


def _thinned(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    if len(points) <= CURVE:
        return tuple(points)
    return tuple(points[round((i + 1) * len(points) / CURVE) - 1] for i in range(CURVE))
