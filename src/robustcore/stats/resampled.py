"""Approximate limits for a statistic that is no mean: BCa bootstrap over clusters, by SciPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from robustcore.stats.bootstrap import DRAWS, MIN_CLUSTERS, ROUNDING, SEED
from robustcore.stats.rows import Estimate

Statistic = Callable[..., Any]


def resampled(
    samples: Sequence[Sequence[float]],
    statistic: Statistic,
    confidence: float,
    *,
    paired: bool = False,
    unscored: dict[str, int] | None = None,
) -> Estimate:
    """Return ``statistic`` of ``samples``, one value per cluster each, with one-sided limits at ``confidence``.

    ``statistic(*arrays, axis)`` is vectorised. ``paired`` samples belong to the same clusters, in order. No value:
    ``empty_denominator``; fewer than 20 clusters, or none that differ: no limits (Efron 1987; spec metrics 0.7).
    """
    import numpy as np
    from scipy.stats import bootstrap

    data = tuple(np.asarray(sample, float) for sample in samples)
    lost = dict(unscored or {})
    if not all(len(sample) for sample in data):
        return Estimate(value=None, unscored=lost, method="none", confidence=confidence, reason="empty_denominator")
    value = float(statistic(*data, axis=-1))
    clusters = len(data[0]) if paired else sum(map(len, data))
    common: dict[str, Any] = {"n": clusters, "clusters": clusters, "unscored": lost, "confidence": confidence}
    if not np.isfinite(value):
        return Estimate(value=None, method="none", reason="empty_denominator", **common)
    if min(map(len, data)) < MIN_CLUSTERS or all(map(_still, data)):
        reason = "too_few_clusters"
        return Estimate(
            value=value, method="no interval: too few clusters, or none that differ", reason=reason, **common
        )
    found = bootstrap(
        data,
        statistic,
        paired=paired,
        vectorized=True,
        confidence_level=2 * confidence - 1,
        n_resamples=DRAWS,
        batch=200,
        random_state=np.random.default_rng(SEED),
    ).confidence_interval
    low, high = float(found.low), float(found.high)
    if not (np.isfinite(low) and np.isfinite(high)):
        return Estimate(value=value, method="no interval: it degenerates", reason="too_few_clusters", **common)
    method = f"cluster bootstrap, BCa ({DRAWS} draws, seed {SEED}), approximate"
    return Estimate(value=value, low=low, high=high, method=method, **common)


def _still(sample: Any) -> bool:
    """Say whether the values of a sample are the same but for rounding: .3 and .1 + .2 are."""
    import numpy as np

    return bool(np.ptp(sample) <= ROUNDING * max(1.0, float(np.abs(sample).max())))


def variance_of(sample: Any, axis: int = -1) -> Any:
    """Return the population variance along ``axis``."""
    import numpy as np

    return np.var(sample, axis=axis)


def worst_mean_of(sample: Any, axis: int = -1) -> Any:
    """Return the mean of the worst quarter along ``axis``, at least one value of it."""
    import numpy as np

    size = sample.shape[axis]
    worst = np.sort(sample, axis=axis)
    return np.take(worst, range(max(1, int(size * 0.25 + 1e-9))), axis=axis).mean(axis=axis)


def change_of(reference: Any, shifted: Any, axis: int = -1) -> Any:
    """Return (mean shifted - mean reference) / mean reference along ``axis``; NaN over 0."""
    import numpy as np

    old, new = reference.mean(axis=axis), shifted.mean(axis=axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(old == 0, np.nan, (new - old) / old)
