"""NoisyBench (after arXiv 2601.07226, spec metrics 4): conditions, averages over data sets, drops of them, pass@k."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from robustcore.stats.bootstrap import MIN_CLUSTERS, Limits, bootstrap_t
from robustcore.stats.exact import pass_high
from robustcore.stats.means import NOTHING, STILL_METHOD, conditional, empty, exact_limits, nothing_clean
from robustcore.stats.rows import Estimate, Row

Average: TypeAlias = Literal["harmonic", "arithmetic"]
CLEAN, DOCUMENTS, CHATS, NEGATIVES = "ND", "RD", "RC", "HN"
CONDITIONS: tuple[str, ...] = (CLEAN, DOCUMENTS, CHATS, NEGATIVES)
DATASET = "dataset:"  # how a tag begins that names the data set of a question
ALL = "all"  # the data set of questions that name none
_SETTINGS = frozenset({"clean", "own_documents", "gold_only"})
_OF = MappingProxyType(
    {
        (): CLEAN,
        ("distractor_unrelated",): DOCUMENTS,
        ("distractor_random",): DOCUMENTS,
        ("random_chat",): CHATS,
        ("hard_negative",): NEGATIVES,
        ("hard_negative_written",): NEGATIVES,
    }
)
Scores: TypeAlias = Mapping[str, Mapping[tuple[str, str], float]]  # data set → (cluster, item) → score


def condition_of(family: str) -> str | None:
    """Return which of the four conditions the operators of a row are, None for another stress."""
    return _OF.get(tuple(step for step in family.split("+") if step and step not in _SETTINGS))


def dataset_of(row: Row) -> str:
    """Return the data set of the row's question, as its tag ``dataset:...`` says."""
    return next((tag.removeprefix(DATASET) for tag in row.tags if tag.startswith(DATASET)), ALL)


def harmonic_mean(scores: Sequence[float]) -> float | None:
    """Return n / sum(1/s); 0 if a score is 0, None over no score; a negative score is a `ValueError` [STANDARD]."""
    if any(score < 0 for score in scores):
        raise ValueError("a harmonic mean of negative scores means nothing")
    if not scores:
        return None
    return 0.0 if 0 in scores else len(scores) / sum(1 / score for score in scores)


def averaged(scores: Sequence[float], average: Average) -> float | None:
    """Return the harmonic or arithmetic mean of scores, None over none."""
    if average == "harmonic":
        return harmonic_mean(scores)
    return sum(scores) / len(scores) if scores else None


def drop_rel(clean: float | None, noisy: float | None) -> float | None:
    """Return (clean - noisy) / clean, never clamped: a gain is negative; None if clean is 0 or one is missing."""
    return None if not clean or noisy is None else (clean - noisy) / clean


def pass_at_k(n: int, c: int, k: int) -> float:
    """Return 1 - C(n-c, k) / C(n, k): the chance that one of k of the n replies, c of them right, is right."""
    _check(n, c, k)
    return 1 - math.comb(n - c, k) / math.comb(n, k)


def pass_hat_k(n: int, c: int, k: int) -> float:
    """Return C(c, k) / C(n, k): the chance that all of k of the n replies, c of them right, are right."""
    _check(n, c, k)
    return math.comb(c, k) / math.comb(n, k)


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """Scores by data set under one condition, or matched under two; ``unscored`` counts by reason.

    ``noisy`` is empty where there is one condition alone.
    """

    clean: Scores
    noisy: Scores
    unscored: Mapping[str, int]


def averages(rows: Iterable[Row]) -> Averages:
    """Return the scores that the rows of items hold: ``value``, and ``clean`` beside it where rows are matched."""
    first: dict[str, dict[tuple[str, str], float]] = {}
    second: dict[str, dict[tuple[str, str], float]] = {}
    unscored: dict[str, int] = {}
    for row in rows:
        paired = bool(row.clean is not None or row.clean_reason)
        if row.value is None or (paired and row.clean is None):
            reason = row.reason or row.clean_reason or "unknown"
            unscored[reason] = unscored.get(reason, 0) + 1
            continue
        name, place = dataset_of(row), (row.cluster, row.item)
        if paired and row.clean is not None:
            first.setdefault(name, {})[place] = row.clean
            second.setdefault(name, {})[place] = row.value
        else:
            first.setdefault(name, {})[place] = row.value
    return Averages(clean=first, noisy=second, unscored=unscored)


def score_estimate(found: Averages, average: Average, confidence: float, *, sampled: bool) -> Estimate:
    """Return the average over data sets of the mean scores, with limits over clusters."""
    value = averaged(_means(found.clean), average)
    if value is None:
        return empty(found.unscored, confidence)
    made = _estimate([found.clean], [1.0], value, average, confidence, found.unscored, sampled=sampled)
    even = value > 0 and all(len(set(own.values())) == 1 for own in found.clean.values())
    if even and made.reason == "too_few_clusters" and made.clusters >= MIN_CLUSTERS:
        made = _even(made, found.clean, average, 1 - confidence)
    return _clipped(made, 0.0, 1.0)


def _even(made: Estimate, scores: Scores, average: Average, delta: float) -> Estimate:
    """Return the average with limits where all scores of a data set are the same: of a system that never errs. [OURS].

    Without variation there is no bootstrap. The mean of each data set has exact limits, each of k at an equal part of
    the error (Bonferroni), and both averages grow with each of them.
    """
    bounds = []
    for own in scores.values():
        totals: dict[str, tuple[float, float]] = {}
        for (cluster, _), score in own.items():
            top, size = totals.get(cluster, (0.0, 0.0))
            totals[cluster] = (top + score, size + 1)
        most = max(int(size) for _, size in totals.values())
        bounds.append(exact_limits(list(totals.values()), most, delta / len(scores)))
    low, high = (averaged([pair[side] for pair in bounds], average) for side in (0, 1))
    return replace(made, low=low, high=high, method=f"{STILL_METHOD}, {len(scores)} data sets at once", reason="")


def drop_estimate(found: Averages, average: Average, confidence: float, *, relative: bool, sampled: bool) -> Estimate:
    """Return the drop of the averages: first averaged, then compared (the convention of NoisyBench).

    Limits are those of the drop made linear in the scores of single items, by the cluster bootstrap-t: approximate.
    """
    clean, noisy = (averaged(_means(scores), average) for scores in (found.clean, found.noisy))
    if clean is None or noisy is None:
        return empty(found.unscored, confidence)
    if relative and clean <= NOTHING:
        places = [place for own in found.clean.values() for place in own]
        clusters = len({cluster for cluster, _ in places})
        return nothing_clean(found.unscored, confidence, n=len(places), clusters=clusters)
    slopes = [noisy / clean**2, -1 / clean] if relative else [1.0, -1.0]
    value = (clean - noisy) / clean if relative else clean - noisy
    scores = [found.clean, found.noisy]
    made = _estimate(scores, slopes, value, average, confidence, found.unscored, sampled=sampled)
    still = clean > 0 and found.clean == found.noisy
    if still and made.reason == "too_few_clusters" and made.clusters >= MIN_CLUSTERS:
        made = _unchanged(made, found.clean, average, 1 - confidence, per=clean if relative else 1.0)
    return _clipped(made, None if relative else -1.0, 1.0)


def _unchanged(made: Estimate, scores: Scores, average: Average, delta: float, *, per: float) -> Estimate:
    """Return the drop of exactly 0 with limits, where no score differs between the conditions. [OURS].

    Without variation there is no bootstrap, and a system that noise does not touch could not pass. In each data set the
    share of clusters that change is at most Clopper-Pearson's limit for none seen; of k data sets each takes an equal
    part of the error (Bonferroni). The limits are the drop if that share of every data set had lost all, or won all.
    """
    most = {
        name: pass_high(0, len({cluster for cluster, _ in own}), delta / len(scores)) for name, own in scores.items()
    }
    means = {name: sum(own.values()) / len(own) for name, own in scores.items()}
    clean = averaged(list(means.values()), average)
    lost, won = (
        averaged([min(1.0, max(0.0, mean + side * most[name])) for name, mean in means.items()], average)
        for side in (-1, 1)
    )
    if clean is None or lost is None or won is None:
        return made
    method = f"no score changed: Clopper-Pearson on clusters, {len(scores)} data sets at once"
    return replace(made, low=(clean - won) / per, high=(clean - lost) / per, method=method, reason="")


def _clipped(found: Estimate, least: float | None, most: float) -> Estimate:
    """Return the estimate with limits that stay where values can lie: few losses make one infinite."""
    if found.low is None or found.high is None:
        return found
    low = found.low if least is None else max(least, found.low)
    return replace(found, low=low, high=min(most, found.high))


def _estimate(
    scores: Sequence[Scores],
    slopes: Sequence[float],
    value: float,
    average: Average,
    confidence: float,
    unscored: Mapping[str, int],
    *,
    sampled: bool,
) -> Estimate:
    places = [(name, place) for name, own in scores[0].items() for place in own]
    zero = sorted({name for one in scores for name, own in one.items() if not any(own.values())})
    if zero and average == "harmonic":
        method = f"no interval: {', '.join(zero)} scores 0, and with it the harmonic mean"
        limits = Limits(method=method, reason="too_few_clusters")
    elif not sampled:
        limits = conditional()
    else:
        limits = _limits(scores, slopes, average, value, 1 - confidence)
    return Estimate(
        value=value,
        low=limits.low,
        high=limits.high,
        n=len(places),
        clusters=len({place[0] for _, place in places}),
        unscored=unscored,
        method=limits.method,
        confidence=confidence,
        reason=limits.reason,
    )


def _limits(scores: Sequence[Scores], slopes: Sequence[float], average: Average, value: float, delta: float) -> Limits:
    """Return the bootstrap-t limits of ``value`` with each cluster's own share of it (its linear influence)."""
    total = sum(len(own) for own in scores[0].values())
    tops: dict[str, float] = {}
    sizes: dict[str, float] = {}
    for one, slope in zip(scores, slopes, strict=True):
        means = {name: sum(own.values()) / len(own) for name, own in one.items()}
        mean = averaged(list(means.values()), average) or 0.0
        for name, own in one.items():
            weight = slope * (mean / means[name]) ** 2 if average == "harmonic" else slope
            weight *= total / (len(one) * len(own))
            for (cluster, _), score in own.items():
                tops[cluster] = tops.get(cluster, 0.0) + weight * (score - means[name])
    for own in scores[0].values():
        for cluster, _ in own:
            sizes[cluster] = sizes.get(cluster, 0.0) + 1
    found = bootstrap_t([(tops[cluster] + value * size, size) for cluster, size in sizes.items()], delta)
    return found if found.low is None else replace(found, method=f"linearised {found.method}")


def _means(scores: Scores) -> list[float]:
    return [sum(own.values()) / len(own) for own in scores.values()]


def _check(n: int, c: int, k: int) -> None:
    if not 1 <= k <= n or not 0 <= c <= n:
        raise ValueError(f"{k} of {n} replies, {c} of them right, cannot be")
