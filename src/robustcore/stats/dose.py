"""Dose and response: at which severity a measure breaks, from a monotone fit of its ladder (spec 10.8) [OURS]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from robustcore.stats.bootstrap import SEED
from robustcore.stats.rows import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS, DRAWS_OF_MANY, MANY = 1000, 300, 5000
KEPT_SHARE = 0.9  # of the clean value, where no level is stated: a tenth lost
MIN_LEVELS = 3
_BLOCK = DRAWS * MANY  # numbers held at once: 40 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakingPoint:
    """The smallest severity at which the fitted measure is worse than ``level``.

    ``value`` None with ``reached`` False: not within the ladder. ``low`` and ``high`` are the limits at ``confidence``
    each; ``high`` None: not reached in that share of resamples. ``reason`` says why there is none at all.
    """

    level: float
    value: float | None = None
    reached: bool = False
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Totals per question and severity: ``sums`` and ``counts`` have the shape (questions, severities)."""

    severities: tuple[float, ...]
    sums: Any
    counts: Any

    @property
    def means(self) -> NDArray[np.float64]:
        """Return the mean at each severity."""
        means: NDArray[np.float64] = _means(self.sums.sum(axis=0)[None, :], self.counts.sum(axis=0)[None, :])[0]
        return means


def ladder_of(rows: Sequence[Row]) -> Ladder | None:
    """Return the ladder of one perturbation, its clean twins at severity 0; None with fewer than three levels."""
    import numpy as np

    severities = sorted({0.0, *(row.severity for row in rows if row.value is not None)})
    if len(severities) < MIN_LEVELS:
        return None
    place = {severity: index for index, severity in enumerate(severities)}
    names = {name: index for index, name in enumerate(dict.fromkeys(row.cluster for row in rows))}
    sums, counts = np.zeros((len(names), len(severities))), np.zeros((len(names), len(severities)))
    twins: dict[tuple[str, int], tuple[int, float]] = {}
    for row in rows:
        who = names[row.cluster]
        if row.value is not None:
            sums[who, place[row.severity]] += row.value
            counts[who, place[row.severity]] += 1
        if row.clean is not None:
            twins[row.item, row.replicate] = (who, row.clean)
    for who, clean in twins.values():
        sums[who, 0] += clean
        counts[who, 0] += 1
    return Ladder(severities=tuple(severities), sums=sums, counts=counts) if (counts.sum(axis=0) > 0).all() else None


def breaking_point(
    ladder: Ladder,
    level: float | None = None,
    *,
    higher_is_better: bool = True,
    confidence: float = 0.95,
    seed: int = SEED,
) -> BreakingPoint:
    """Return where the isotonic fit falls below ``level`` (default: nine tenths of the clean value).

    The fit is the least-squares monotone one (pool adjacent violators), joined by straight lines; the interval comes
    from resampled questions, each refitted. For a measure where lower is better it is where the fit rises above.
    """
    import numpy as np

    sign = 1.0 if higher_is_better else -1.0
    means = sign * ladder.means
    stated = level if level is not None else _default(float(sign * means[0]), higher_is_better)
    target = sign * stated
    fitted = isotonic(means[None, :], ladder.counts.sum(axis=0)[None, :])
    point = float(_crossing(fitted, ladder.severities, target)[0])
    questions = len(ladder.sums)
    draws = DRAWS if questions <= MANY else DRAWS_OF_MANY
    points = np.concatenate([_points(drawn, ladder, sign, target) for drawn in _resamples(seed, questions, draws)])
    low, high = (float(np.quantile(points, q, method="inverted_cdf")) for q in (1 - confidence, confidence))
    return BreakingPoint(
        level=stated,
        value=None if np.isinf(point) else point,
        reached=not np.isinf(point),
        low=None if np.isinf(low) else low,
        high=None if np.isinf(high) else high,
        confidence=confidence,
        method=f"isotonic fit, {draws} resamples of questions, seed {seed}",
    )


def isotonic(means: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the non-increasing least-squares fit of each row: the min-max formula (Robertson et al. 1988).

    A level without weight, of which nothing is known, takes the fit of the one before it: nothing fell there. The first
    takes that of the one after it.
    """
    import numpy as np

    levels = means.shape[1]
    sums = np.concatenate([np.zeros((len(means), 1)), np.cumsum(means * weights, axis=1)], axis=1)
    sizes = np.concatenate([np.zeros((len(means), 1)), np.cumsum(weights, axis=1)], axis=1)
    fitted = np.empty_like(means)
    for j in range(levels):
        best = np.full(len(means), np.inf)
        for a in range(j + 1):
            inner = np.full(len(means), -np.inf)
            for b in range(j + 1, levels + 1):
                size = sizes[:, b] - sizes[:, a]
                average = (sums[:, b] - sums[:, a]) / np.where(size > 0, size, 1)
                inner = np.maximum(inner, np.where(size > 0, average, -np.inf))
            best = np.minimum(best, inner)
        fitted[:, j] = best if j == 0 else np.where(weights[:, j] > 0, best, fitted[:, j - 1])
    return fitted


def _default(clean: float, higher_is_better: bool) -> float:
    return KEPT_SHARE * clean if higher_is_better else 1 - KEPT_SHARE * (1 - clean)


def _resamples(seed: int, questions: int, draws: int) -> Iterable[NDArray[np.float64]]:
    """Return how often each resample holds each question, in blocks of (resamples, questions)."""
    if draws * questions <= _BLOCK:
        return [_resample(seed, questions, draws)]
    return _blocks(seed, questions, draws)


@lru_cache(maxsize=1)  # a memo of a pure function: a report's ladders have the same questions; drawing takes longest
def _resample(seed: int, questions: int, draws: int) -> NDArray[np.float64]:
    return next(_blocks(seed, questions, draws))


def _blocks(seed: int, questions: int, draws: int) -> Iterator[NDArray[np.float64]]:
    import numpy as np

    rng = np.random.default_rng(seed)
    size = max(1, min(draws, _BLOCK // max(questions, 1)))
    for start in range(0, draws, size):
        yield rng.multinomial(questions, [1 / questions] * questions, size=min(size, draws - start)).astype(float)


def _points(weights: NDArray[np.float64], ladder: Ladder, sign: float, target: float) -> NDArray[np.float64]:
    """Return where each resample breaks, without those of which no question has a value: they say nothing."""
    sums, counts = weights @ ladder.sums, weights @ ladder.counts
    held = counts.any(axis=1)
    sums, counts = sums[held], counts[held]
    return _crossing(isotonic(sign * _means(sums, counts), counts), ladder.severities, target)


def _means(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sums / counts; 0 where a resample holds nothing of a severity, which then has no weight either."""
    import numpy as np

    means: NDArray[np.float64] = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    return means


def _crossing(fitted: NDArray[np.float64], severities: Sequence[float], target: float) -> NDArray[np.float64]:
    """Return where each non-increasing row falls below ``target``, on straight lines; infinite where it does not."""
    import numpy as np

    found = np.full(len(fitted), np.inf)
    below = fitted < target - 1e-12
    for j in range(len(severities) - 1, 0, -1):
        fall = fitted[:, j - 1] - fitted[:, j]
        share = np.clip(np.where(fall > 0, (fitted[:, j - 1] - target) / np.where(fall > 0, fall, 1), 0), 0, 1)
        found = np.where(below[:, j], severities[j - 1] + share * (severities[j] - severities[j - 1]), found)
    return np.where(below[:, 0], severities[0], found)
