"""Spending a budget: weights that undo a biased choice of cases, and a memory of which questions are hard (spec 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHARE = 0.3
"""Of the budget: the random slice, which alone feeds rates and gates."""
EPS = 0.2
"""Of the hunted draws: spread evenly over all cases left, so that none has no chance."""
LAM = 0.5
"""How much of what was remembered of a question is kept when it is asked again."""


def weights(chances: Sequence[float], pool: int) -> list[float]:
    """Return v_m = 1 + (N - M)/(N - m) (1/((N - m + 1) q_m) - 1) for M draws without replacement from N cases.

    ``chances`` are q_m, the chance of the m-th draw among the cases then left (arXiv 2103.05331); all are 1 for M = N.
    """
    runs = len(chances)
    if runs >= pool:
        return [1.0] * runs
    return [1 + (pool - runs) / (pool - m) * (1 / ((pool - m + 1) * q) - 1) for m, q in enumerate(chances, start=1)]


def weighted_loss(losses: Sequence[float], chances: Sequence[float], pool: int) -> float | None:
    """Return (1/M) sum v_m l_m, an unbiased estimate of the mean loss of the pool, however the draws were biased.

    None without a draw, or where a chance is not known (a choice of the top few has none).
    """
    if not losses or any(not q > 0 for q in chances):
        return None
    return sum(v * loss for v, loss in zip(weights(chances, pool), losses, strict=True)) / len(losses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """What is remembered of a question: Beta(``a``, ``b``) over its chance of success (arXiv 2507.04632)."""

    a: float = 1.0
    b: float = 1.0

    @property
    def mean(self) -> float:
        """Return the expected chance of success."""
        return self.a / (self.a + self.b)

    def seen(self, n: int, success: float, *, prior: Difficulty | None = None, lam: float = LAM) -> Difficulty:
        """Return the memory after ``n`` more trials with this share of successes; old ones fade towards ``prior``."""
        start = prior or Difficulty()
        return Difficulty(
            a=lam * self.a + (1 - lam) * start.a + n * success,
            b=lam * self.b + (1 - lam) * start.b + n * (1 - success),
        )
