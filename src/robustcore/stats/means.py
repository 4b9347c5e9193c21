"""The mean of a measure with the interval that its values allow (spec metrics 0.2, 0.3, 0.6, 0.7)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from robustcore.stats.bootstrap import STILL, Limits, bootstrap_t
from robustcore.stats.exact import bisect, mean_low, pass_high, pass_low
from robustcore.stats.rows import NOTHING_CLEAN, Estimate, Row
from robustcore.stats.samples import Sample, values_of

CONDITIONAL = "conditional on these questions, no interval"
STILL_METHOD = "exact bound on clusters that do not vary"
NOTHING = 2.0**-53  # a mean below it is 0 beside values of 1: nothing can be said relative to it


def mean_estimate(
    rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True, display: bool = False
) -> Estimate:
    """Return the pooled mean of ``rows``, which belong to one measure.

    Limits are one-sided at ``confidence``. 0/1 values, one per cluster: Clopper-Pearson. 0/1 values, several per
    cluster: cluster bootstrap-t, never narrower than Clopper-Pearson on cluster events. Other values in [0, 1]: the KL
    and Bentkus bound of 9.2 on clusters, or with ``display`` the (approximate, tighter) cluster bootstrap-t. From 20
    clusters on that do not vary: exact limits (`exact_limits`). Not ``sampled`` (a hand-written list): the value
    alone. No scored row: value None, ``empty_denominator``.
    """
    return estimate(values_of(rows), confidence, sampled=sampled, display=display)


def estimate(sample: Sample[float], confidence: float, *, sampled: bool = True, display: bool = False) -> Estimate:
    """Return the pooled mean of ``sample``, see `mean_estimate`."""
    totals = [(sum(values), len(values)) for values in sample.clusters.values()]
    n = sample.n
    if n == 0:
        return empty(sample.unscored, confidence)
    total = sum(top for top, _ in totals)
    in_unit = all(0 <= value <= 1 for value in sample.kinds)
    rows = n + sample.missing
    limits = conditional() if not sampled else _limits(sample, totals, 1 - confidence, graded=in_unit and not display)
    return Estimate(
        value=total / n,
        low=limits.low,
        high=limits.high,
        n=n,
        clusters=len(totals),
        unscored=sample.unscored,
        if_zero=total / rows if in_unit else None,
        if_one=(total + sample.missing) / rows if in_unit else None,
        method=limits.method,
        confidence=confidence,
        reason=limits.reason,
    )


def empty(unscored: Mapping[str, int], confidence: float) -> Estimate:
    """Return the estimate over no rows: null, never 0 and never 1."""
    return Estimate(value=None, unscored=unscored, method="none", confidence=confidence, reason="empty_denominator")


def nothing_clean(unscored: Mapping[str, int], confidence: float, *, n: int, clusters: int) -> Estimate:
    """Return the estimate of a drop relative to a clean score of 0: null, though all is scored."""
    return replace(empty(unscored, confidence), reason=NOTHING_CLEAN, n=n, clusters=clusters)


def conditional() -> Limits:
    """Return the absent limits of a hand-written list (spec 0.7, axis none)."""
    return Limits(method=CONDITIONAL, reason="no_sampling_plan")


def _limits(sample: Sample[float], totals: Sequence[tuple[float, int]], delta: float, *, graded: bool) -> Limits:
    binary = all(value in (0, 1) for value in sample.kinds)
    if binary and sample.single:
        passes, n = round(sum(top for top, _ in totals)), len(totals)
        method = "Clopper-Pearson"
        return Limits(low=pass_low(passes, n, delta), high=pass_high(passes, n, delta), method=method)
    in_unit = all(0 <= value <= 1 for value in sample.kinds)
    if graded and not binary:
        low, high = exact_limits(totals, sample.planned, delta)
        return Limits(low=low, high=high, method="KL and Bentkus bound on clusters")
    limits = bootstrap_t(totals, delta)
    if limits == STILL and in_unit:
        low, high = exact_limits(totals, sample.planned, delta)
        return Limits(low=low, high=high, method=STILL_METHOD)
    if in_unit:
        limits = bounded(limits, 0.0, lambda: exact_limits(totals, sample.planned, delta))
    if limits.low is None or limits.high is None or not binary:
        return limits
    value = sum(top for top, _ in totals) / sample.n
    below, above = event_margins(
        len(totals), [sum(top == size for top, size in totals), sum(top > 0 for top, _ in totals)], delta
    )
    low, high = max(0.0, min(limits.low, value - below)), min(1.0, max(limits.high, value + above))
    return Limits(low=low, high=high, method=f"{limits.method}, at least as wide as Clopper-Pearson on clusters")


def bounded(limits: Limits, least: float, exact: Callable[[], tuple[float, float]]) -> Limits:
    """Return ``limits`` of a value in [``least``, 1], with an ``exact`` one in place of each that is infinite. [OURS].

    Where few clusters differ from the rest, many resamples hold none of them, and the bootstrap tells no limit on one
    side: a system that is wrong nearly always would stay undecided against any threshold.
    """
    low, high = limits.low, limits.high
    if low is None or high is None:
        return limits
    if math.isfinite(low) and math.isfinite(high):
        return replace(limits, low=max(least, low), high=min(1.0, high))
    surest = exact()
    low, high = low if math.isfinite(low) else surest[0], high if math.isfinite(high) else surest[1]
    method = f"{limits.method}, an exact bound where that tells none"
    return replace(limits, low=max(least, low), high=min(1.0, high), method=method)


def exact_limits(totals: Sequence[tuple[float, float]], planned: int, delta: float) -> tuple[float, float]:
    """Return limits for the pooled mean of values in [0, 1] in independent clusters, given as for `unit_low`.

    They need no variation, and so stand in for a bootstrap that has nothing to draw: a system that never errs could
    not pass a gate on several conditions or replicates together, however many questions it is asked [OURS; the spec
    gives clusters that do not vary no interval, metrics 0.7]. What holds within a cluster does not matter. Hoeffding
    (1963, theorem 1): n independent values in [0, 1] whose expectations average m have a mean of x > m with
    probability at most exp(-n kl(x, m)); where all values are 1, `all_right_low` says the same of unequal clusters.
    """
    others = [(size - top, size) for top, size in totals]
    low, high = (
        all_right_low([size for _, size in given], planned, delta)
        if all(top == size for top, size in given)
        else unit_low(given, planned, delta)
        for given in (totals, others)
    )
    return low, 1 - high


def all_right_low(sizes: Sequence[float], planned: int, delta: float) -> float:
    """Return a lower limit for the pooled mean after clusters of these ``sizes``, all of whose values are 1. [OURS].

    If the mean is m, a cluster's mean over its ``planned`` places, of which those without a value hold m, is m in
    expectation. So the product over clusters of these means, each over m, is 1 in expectation, and reaches 1/delta
    with probability at most delta (Markov). Of n full clusters it is m^-n, and the limit delta^(1/n): that of
    Clopper-Pearson for "all of the cluster pass".
    """
    places = Counter(sizes)

    def reached(mean: float) -> bool:
        grown = sum(count * math.log1p(size / planned * (1 / mean - 1)) for size, count in places.items())
        return grown >= -math.log(delta)

    return bisect(reached, 0.0, 1.0)


def event_margins(clusters: int, counts: Iterable[int], delta: float) -> tuple[float, float]:
    """Return how far Clopper-Pearson reaches below and above the rates of cluster events, at most, over ``counts``.

    An interval for a mean over clusters must not be narrower than the one for "all of the cluster pass": with few
    failures the bootstrap sees less variation than there is (spec metrics 0.7). "Some of the cluster pass" is the
    mirror image, so that exchanging 0 and 1 mirrors the interval.
    """
    pairs = [(count / clusters, count) for count in counts]
    below = max(rate - pass_low(count, clusters, delta) for rate, count in pairs)
    above = max(pass_high(count, clusters, delta) - rate for rate, count in pairs)
    return below, above


def unit_low(totals: Sequence[tuple[float, float]], planned: int, delta: float) -> float:
    """Return an exact lower limit for the pooled mean of values in [0, 1] in independent clusters.

    ``totals`` holds (sum, number) per cluster. A cluster's mean over its ``planned`` places lies in [0, 1] once the
    places without a value hold the limit itself, and has a mean of at least the limit iff the pooled mean has: so the
    limit is where the bound of 9.2 on the filled means returns it. [OURS; with equal clusters it is the bound of 9.2]
    """
    n = len(totals)
    places = n * planned
    filled = sum(top for top, _ in totals) / places
    free = 1 - sum(size for _, size in totals) / places
    if free <= 0:
        return max(0.0, mean_low(filled, n, delta))

    def reached(limit: float) -> bool:
        return mean_low(min(filled + free * limit, 1.0), n, delta) >= limit

    return bisect(reached, 0.0, 1.0)
