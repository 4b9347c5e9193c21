"""How much a perturbation costs: absolute and relative drops over matched pairs (spec metrics 0.5, 0.11).

Positive is worse, and negative values stay: a perturbation can help. The exact limits are OURS. They split a drop into
what was lost, ``max(clean - perturbed, 0)``, and what was gained, and bound each part with a share of ``delta``: far
tighter near zero than one bound on the difference mapped to [0, 1].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from robustcore.stats.bootstrap import STILL, Limits, bootstrap_t
from robustcore.stats.exact import pass_high, pass_low
from robustcore.stats.means import (
    NOTHING,
    STILL_METHOD,
    bounded,
    conditional,
    empty,
    event_margins,
    exact_limits,
    nothing_clean,
)
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import Pair, Sample, pairs_of


def drop_abs(rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True, display: bool = False) -> Estimate:
    """Return the mean of clean - perturbed over the pairs where both are scored, in [-1, 1] for measures in [0, 1].

    Limits: 0/1 pairs, one per cluster: Clopper-Pearson on the share of pairs lost and on the share gained, at delta/2
    each. 0/1 pairs, several per cluster: cluster bootstrap-t, never narrower than Clopper-Pearson on the clusters with
    a loss or a gain. Other values: the bound of 9.2 on losses and on gains, or with ``display`` the bootstrap. From 20
    clusters on that do not vary: exact limits of losses and gains (`exact_limits`).
    """
    sample = pairs_of(rows)
    if not sample.clusters:
        return empty(sample.unscored, confidence)
    value = sum(_total(pairs, 0) for pairs in sample.clusters.values()) / sample.n
    limits = _abs_limits(sample, 1 - confidence, display=display) if sampled else conditional()
    return _estimate(sample, value, limits, confidence)


def drop_rel(rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True, display: bool = False) -> Estimate:
    """Return (mean clean - mean perturbed) / mean clean on the same pairs; null if the clean mean is 0.

    Limits: 0/1 pairs, one per cluster: Clopper-Pearson, at delta/2 each, on the share of clean passes that were lost
    and, conditionally on clean passes and gains, on the gains per clean pass. 0/1 pairs, several per cluster: cluster
    bootstrap-t on the linear form (clean - perturbed) - t clean. Other values, and clusters that do not vary as for
    `drop_abs`: the bound of 9.2 on losses, gains and clean, at delta/3 each.
    """
    sample = pairs_of(rows)
    if not sample.clusters:
        return empty(sample.unscored, confidence)
    clean = sum(pair[0] for pairs in sample.clusters.values() for pair in pairs)
    if clean <= NOTHING * sample.n:
        return nothing_clean(sample.unscored, confidence, n=sample.n, clusters=len(sample.clusters))
    value = sum(_total(pairs, 0) for pairs in sample.clusters.values()) / clean
    limits = _rel_limits(sample, 1 - confidence, display=display) if sampled else conditional()
    return _estimate(sample, value, limits, confidence)


def _estimate(sample: Sample[Pair], value: float, limits: Limits, confidence: float) -> Estimate:
    return Estimate(
        value=value,
        low=limits.low,
        high=limits.high,
        n=sample.n,
        clusters=len(sample.clusters),
        unscored=sample.unscored,
        method=limits.method,
        confidence=confidence,
        reason=limits.reason,
    )


def _abs_limits(sample: Sample[Pair], delta: float, *, display: bool) -> Limits:
    kinds = sample.kinds
    binary = _binary(kinds)
    if binary and sample.single:
        n, half = sample.n, delta / 2
        counts = Counter(chain.from_iterable(sample.clusters.values()))
        lost = sum(count for (c, p), count in counts.items() if c > p)
        gained = sum(count for (c, p), count in counts.items() if c < p)
        low = pass_low(lost, n, half) - pass_high(gained, n, half)
        high = pass_high(lost, n, half) - pass_low(gained, n, half)
        return Limits(low=low, high=high, method="Clopper-Pearson on pairs lost and gained")
    in_unit = _in_unit(kinds)
    if not binary and not display and in_unit:
        low, high = _exact_abs(sample, delta)
        return Limits(low=low, high=high, method="KL and Bentkus bound on losses and gains")
    totals = [(_total(cluster, 0), float(len(cluster))) for cluster in sample.clusters.values()]
    limits = _bootstrap(sample, totals, delta, scale=1.0, binary=binary)
    if limits == STILL and in_unit:
        low, high = _exact_abs(sample, delta)
        return Limits(low=low, high=high, method=f"losses and gains: {STILL_METHOD}")
    return bounded(limits, -1.0, lambda: _exact_abs(sample, delta)) if in_unit else limits


def _exact_abs(sample: Sample[Pair], delta: float) -> tuple[float, float]:
    lost_low, lost_high = _part(sample, 1, delta / 2)
    gained_low, gained_high = _part(sample, -1, delta / 2)
    return lost_low - gained_high, lost_high - gained_low


def _rel_limits(sample: Sample[Pair], delta: float, *, display: bool) -> Limits:
    pairs = [pair for cluster in sample.clusters.values() for pair in cluster]
    binary, in_unit = _binary(pairs), _in_unit(pairs)
    if binary and sample.single:
        return _conditional_rel(pairs, delta / 2)
    if not binary and not display and in_unit:
        low, high = _exact_rel(sample, delta)
        return Limits(low=low, high=high, method="KL and Bentkus bound on losses, gains and clean")
    totals = [(_total(cluster, 0), sum(c for c, _ in cluster)) for cluster in sample.clusters.values()]
    scale = len(pairs) / sum(c for c, _ in pairs)
    limits = _bootstrap(sample, totals, delta, scale=scale, binary=binary)
    if limits == STILL and in_unit:
        low, high = _exact_rel(sample, delta)
        return Limits(low=low, high=high, method=f"losses, gains and clean: {STILL_METHOD}")
    return bounded(limits, float("-inf"), lambda: _exact_rel(sample, delta)) if in_unit else limits


def _exact_rel(sample: Sample[Pair], delta: float) -> tuple[float, float]:
    lost_low, lost_high = _part(sample, 1, delta / 3)
    gained_low, gained_high = _part(sample, -1, delta / 3)
    clean = [(sum(c for c, _ in cluster), float(len(cluster))) for cluster in sample.clusters.values()]
    clean_low, clean_high = exact_limits(clean, sample.planned, delta / 3)
    low = _ratio(lost_low - gained_high, clean_low, clean_high, down=True)
    return low, _ratio(lost_high - gained_low, clean_low, clean_high, down=False)


def _conditional_rel(pairs: Sequence[Pair], half: float) -> Limits:
    """Return limits for lost/clean - gained/clean.

    Given the clean passes, the losses are binomial among them; given clean passes and gains together, so are the
    gains, and a share q of those is q / (1 - q) gains per clean pass.
    """
    passes = round(sum(c for c, _ in pairs))
    lost, gained = sum(c > p for c, p in pairs), sum(c < p for c, p in pairs)
    gained_low, gained_high = (_odds(limit(gained, passes + gained, half)) for limit in (pass_low, pass_high))
    low = pass_low(lost, passes, half) - gained_high
    high = pass_high(lost, passes, half) - gained_low
    return Limits(low=low, high=high, method="Clopper-Pearson on clean passes lost and on gains")


def _bootstrap(
    sample: Sample[Pair], totals: Sequence[tuple[float, float]], delta: float, *, scale: float, binary: bool
) -> Limits:
    limits = bootstrap_t(totals, delta)
    if limits.low is None or limits.high is None or not binary:
        return limits
    value = sum(top for top, _ in totals) / sum(bottom for _, bottom in totals)
    losing = sum(any(c > p for c, p in cluster) for cluster in sample.clusters.values())
    gaining = sum(any(c < p for c, p in cluster) for cluster in sample.clusters.values())
    clusters = len(totals)
    more_loss, less_gain = (event_margins(clusters, [count], delta) for count in (losing, gaining))
    low = min(limits.low, value - scale * max(more_loss[0], less_gain[1]))
    high = max(limits.high, value + scale * max(more_loss[1], less_gain[0]))
    return Limits(low=low, high=high, method=f"{limits.method}, at least as wide as Clopper-Pearson on clusters")


def _part(sample: Sample[Pair], sign: int, delta: float) -> tuple[float, float]:
    """Return limits for the mean of what was lost (``sign`` 1) or gained (-1)."""
    tops = [(_total(cluster, sign), float(len(cluster))) for cluster in sample.clusters.values()]
    return exact_limits(tops, sample.planned, delta)


def _total(pairs: Sequence[Pair], sign: int) -> float:
    """Return the sum of clean - perturbed: all of it (0), its positive (1) or its negative part (-1) as a magnitude."""
    if sign == 0:
        return sum(clean - perturbed for clean, perturbed in pairs)
    return sum(max(sign * (clean - perturbed), 0.0) for clean, perturbed in pairs)


def _ratio(top: float, bottom_low: float, bottom_high: float, *, down: bool) -> float:
    """Return the extreme of ``top`` over a denominator in [``bottom_low``, ``bottom_high``]; infinite over 0."""
    bottom = bottom_high if (top >= 0) == down else bottom_low
    return top / bottom if bottom > 0 else (float("-inf") if down else float("inf")) if top else 0.0


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else float("inf")


def _binary(pairs: Iterable[Pair]) -> bool:
    return all(clean in (0, 1) and perturbed in (0, 1) for clean, perturbed in pairs)


def _in_unit(pairs: Iterable[Pair]) -> bool:
    return all(0 <= clean <= 1 and 0 <= perturbed <= 1 for clean, perturbed in pairs)
