"""The mean of a measure with the interval that its values allow (spec metrics 0.2, 0.3, 0.6, 0.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from robustcore.stats.bootstrap import MIN_CLUSTERS, Limits, bootstrap_t
from robustcore.stats.exact import bisect, mean_low, pass_high, pass_low
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import Sample, values_of

CONDITIONAL = "conditional on these questions, no interval"
NOTHING = 2.0**-53  # a mean below it is 0 beside values of 1: nothing can be said relative to it


def mean_estimate(
    rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True, display: bool = False
) -> Estimate:
    """Return the pooled mean of ``rows``, which belong to one measure.

    Limits are one-sided at ``confidence``. 0/1 values, one per cluster: Clopper-Pearson. 0/1 values, several per
    cluster: cluster bootstrap-t, never narrower than Clopper-Pearson on cluster events. Other values in [0, 1]: the KL
    and Bentkus bound of 9.2 on clusters, or with ``display`` the (approximate, tighter) cluster bootstrap-t. Not
    ``sampled`` (a hand-written list): the value alone. No scored row: value None, ``empty_denominator``.
    """
    return estimate(values_of(rows), confidence, sampled=sampled, display=display)


def suite_estimate(rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return `mean_estimate`, with limits also where every scored value is 1, or every one 0. [OURS].

    Clusters of several values that do not vary at all have no bootstrap, and a suite cannot be split as a gate on a
    measure can: a system that never errs could not pass it. The mean is at least the probability that all of a cluster
    pass, which each cluster then shows, so that Clopper-Pearson's limit for that event holds for the mean, too.
    """
    found = mean_estimate(rows, confidence, sampled=sampled)
    if found.reason != "too_few_clusters" or found.clusters < MIN_CLUSTERS or found.value not in (0.0, 1.0):
        return found
    passes, delta = round(found.value * found.clusters), 1 - confidence
    return replace(
        found,
        low=pass_low(passes, found.clusters, delta),
        high=pass_high(passes, found.clusters, delta),
        method="Clopper-Pearson on clusters, which do not vary",
        reason="",
    )


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


def conditional() -> Limits:
    """Return the absent limits of a hand-written list (spec 0.7, axis none)."""
    return Limits(method=CONDITIONAL, reason="no_sampling_plan")


def _limits(sample: Sample[float], totals: Sequence[tuple[float, int]], delta: float, *, graded: bool) -> Limits:
    binary = all(value in (0, 1) for value in sample.kinds)
    if binary and sample.single:
        passes, n = round(sum(top for top, _ in totals)), len(totals)
        method = "Clopper-Pearson"
        return Limits(low=pass_low(passes, n, delta), high=pass_high(passes, n, delta), method=method)
    if graded and not binary:
        low = unit_low(totals, sample.planned, delta)
        high = 1 - unit_low([(size - top, size) for top, size in totals], sample.planned, delta)
        return Limits(low=low, high=high, method="KL and Bentkus bound on clusters")
    limits = bootstrap_t(totals, delta)
    if limits.low is None or limits.high is None:
        return limits
    if not binary:
        in_unit = all(0 <= value <= 1 for value in sample.kinds)  # few distinct values: a limit may be infinite
        return replace(limits, low=max(0.0, limits.low), high=min(1.0, limits.high)) if in_unit else limits
    value = sum(top for top, _ in totals) / sample.n
    below, above = event_margins(
        len(totals), [sum(top == size for top, size in totals), sum(top > 0 for top, _ in totals)], delta
    )
    low, high = max(0.0, min(limits.low, value - below)), min(1.0, max(limits.high, value + above))
    return Limits(low=low, high=high, method=f"{limits.method}, at least as wide as Clopper-Pearson on clusters")


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
