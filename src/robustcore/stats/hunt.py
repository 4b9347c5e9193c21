"""Where will it break next? A Bayesian logistic model over question, family, severity and margin (spec metrics 11).

Effects have normal priors around 0, questions start from what is remembered of them, and the model is fitted anew
before each round of draws (maximum a posteriori, L-BFGS: linear in the cases seen). A case breaks if its clean twin
passes and it does not; whether an unseen twin will pass is a question of its own, answered by the rate so far. (ours)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from robustcore.stats.budget import EPS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRECISION = {"family": 0.5, "severity": 1.0, "question": 0.7, "margin": 1.0}
"""Of the normal priors on effects, in log-odds."""
SHARPNESS = 2.0
"""Draws are proportional to the odds to this power: enough to follow the model, not so much as to stop learning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Cases as arrays of codes: ``question``, ``family``, ``severity`` (family x severity).

    ``margin`` is the lead of the first passage (NaN: unknown), ``memory`` holds the log-odds that earlier runs give
    each question, 0 for no memory.
    """

    question: NDArray[np.int64]
    family: NDArray[np.int64]
    severity: NDArray[np.int64]
    margin: NDArray[np.float64]
    memory: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.question)


@dataclass(slots=True, eq=False)
class Hunter:
    """Learns from outcomes and draws the next cases.

    ``broken`` holds what is known of each case of the pool: 1, 0, or NaN; ``twin`` whether each question's clean twin
    passes: 1, 0, or NaN. Both are filled by the caller.
    """

    pool: Pool
    broken: NDArray[np.float64]
    twin: NDArray[np.float64]
    rng: Any
    eps: float = EPS
    effects: Any = field(default=None, init=False)

    def draw(self, left: NDArray[np.bool_], count: int) -> tuple[list[int], list[float]]:
        """Return the next ``count`` cases among those ``left`` and the chance that each had among those then left.

        q = (1 - eps) x odds^sharpness / trials it costs, normalised, + eps / number left; without replacement. A case
        costs one trial, and one more where its clean twin has not been asked.
        """
        import numpy as np

        indices = np.flatnonzero(left)
        odds = self.risk()[indices]
        cost = 1.0 + np.isnan(self.twin[self.pool.question[indices]])
        share = (odds / (1 - odds)) ** SHARPNESS / cost + 1e-12
        race = iter(np.argsort(self.rng.exponential(size=len(indices)) / share))  # successive draws by share
        even = iter(self.rng.permutation(len(indices)))
        gone = np.zeros(len(indices), dtype=bool)
        total, remaining = float(share.sum()), len(indices)
        drawn, chances = [], []
        for _ in range(min(count, len(indices))):
            source = even if self.rng.random() < self.eps else race
            at = next(i for i in source if not gone[i])
            chances.append((1 - self.eps) * float(share[at]) / total + self.eps / remaining)
            drawn.append(int(indices[at]))
            gone[at] = True
            total, remaining = max(total - float(share[at]), 1e-300), remaining - 1
        return drawn, chances

    def risk(self) -> NDArray[np.float64]:
        """Return the chance that each case of the pool breaks, strictly between 0 and 1."""
        import numpy as np

        self._fit()
        intercept, family, severity, question, slope = self.effects
        pool = self.pool
        margin = np.nan_to_num(_scaled(pool.margin))
        logits = intercept + family[pool.family] + severity[pool.severity] + question[pool.question]
        chance = 1 / (1 + np.exp(-(logits + pool.memory + slope * margin)))
        known = self.twin[~np.isnan(self.twin)]
        rate = (known.sum() + 1) / (len(known) + 2)
        passes = np.where(np.isnan(self.twin), rate, self.twin)[pool.question]
        clipped: NDArray[np.float64] = np.clip(chance * passes, 1e-6, 1 - 1e-6)
        return clipped

    def _fit(self) -> None:
        """Fit the effects to the cases whose outcome is known and whose twin passes: only those can break."""
        import numpy as np
        from scipy.optimize import minimize

        pool = self.pool
        seen = np.flatnonzero(~np.isnan(self.broken) & (self.twin[pool.question] == 1))
        sizes = [1, _count(pool.family), _count(pool.severity), _count(pool.question), 1]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        if not len(seen):
            self.effects = self._parts(np.concatenate([[math.log(0.1 / 0.9)], np.zeros(sum(sizes) - 1)]), starts)
            return
        y, margin = self.broken[seen], np.nan_to_num(_scaled(pool.margin))[seen]
        codes = [pool.family[seen], pool.severity[seen], pool.question[seen]]
        offset = pool.memory[seen]
        precision = np.concatenate(
            [[1e-3], *(np.full(n, PRECISION[k]) for k, n in zip(PRECISION, sizes[1:], strict=True))]
        )

        def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            parts = self._parts(theta, starts)
            logits = parts[0] + offset + parts[4] * margin
            for part, code in zip(parts[1:4], codes, strict=True):
                logits = logits + part[code]
            error = 1 / (1 + np.exp(-logits)) - y
            inner = [np.bincount(code, weights=error, minlength=n) for code, n in zip(codes, sizes[1:4], strict=True)]
            slope = np.concatenate([[error.sum()], *inner, [float(error @ margin)]]) + precision * theta
            value = float(np.logaddexp(0, logits).sum() - y @ logits + 0.5 * (precision * theta**2).sum())
            return value, slope

        start = np.zeros(sum(sizes))
        start[0] = math.log((y.sum() + 0.5) / (len(y) - y.sum() + 0.5))
        fitted = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
        self.effects = self._parts(fitted, starts)

    @staticmethod
    def _parts(theta: NDArray[np.float64], starts: NDArray[np.int64]) -> list[Any]:
        first, *inner, last = (theta[a:b] for a, b in pairwise(starts.tolist()))
        return [float(first[0]), *inner, float(last[0])]


def rounds(budget: int, *, number: int = 12) -> list[int]:
    """Return how many cases each round draws: few at first, while a result still teaches much."""
    sizes: list[int] = []
    while sum(sizes) < budget:
        sizes.append(
            min(budget - sum(sizes), max(8, math.ceil(budget * (len(sizes) + 1) / (number * (number + 1) / 2))))
        )
    return sizes


def _count(codes: NDArray[np.int64]) -> int:
    return int(codes.max()) + 1 if len(codes) else 0


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``values`` with mean 0 and standard deviation 1 where known."""
    import numpy as np

    known = values[~np.isnan(values)]
    if len(known) < 2 or known.std() < 1e-12:
        return np.zeros_like(values)
    scaled: NDArray[np.float64] = (values - known.mean()) / known.std()
    return scaled


def codes_of(values: Sequence[Any]) -> NDArray[np.int64]:
    """Return a code from 0 on for each distinct value, in the order of first appearance."""
    import numpy as np

    known = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return np.array([known[value] for value in values], dtype=np.int64)
