"""The cluster bootstrap-t: where it has no limits, what its draws are, and its large-sample twin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from robustcore.stats.bootstrap import DRAWS, SEED, STILL, Limits, bootstrap_t, positive_share

EQUAL = [(float(i % 3), 2.0) for i in range(60)]
METHOD = f"cluster bootstrap-t ({DRAWS} draws, seed {SEED}), approximate"


def linearised(totals: list[tuple[float, float]]) -> tuple[float, float]:
    tops, bottoms = (np.array(one) for one in zip(*totals, strict=True))
    ratio = tops.sum() / bottoms.sum()
    n = len(totals)
    error = math.sqrt(((tops - ratio * bottoms) ** 2).sum() * n / (n - 1)) / bottoms.sum()
    return float(ratio), error


def test_fewer_than_twenty_clusters_and_clusters_that_do_not_vary_have_none() -> None:
    few = Limits(reason="too_few_clusters", method="no interval: fewer than 20 clusters")
    assert bootstrap_t(EQUAL[:19], 0.05) == few
    assert bootstrap_t(EQUAL[:20], 0.05).low is not None
    still = Limits(reason="too_few_clusters", method="no interval: the clusters do not vary")
    assert bootstrap_t([(1.0, 2.0)] * 30, 0.05) == still
    assert bootstrap_t([(1.0, 2.0), (2.0, 4.0)] * 15, 0.05) == still


@pytest.mark.parametrize("sizes", [(1.0,), (1.0, 2.0, 3.0)])
@pytest.mark.parametrize("clusters", [20, 25, 100, 333])
def test_what_rounding_leaves_of_a_variance_is_no_variation(clusters: int, sizes: tuple[float, ...]) -> None:
    """A third of these had limits of no width before: a gate took 20 questions for certainty."""
    for value in np.arange(1, 60) / 60:
        found = bootstrap_t([(float(value) * (size := sizes[i % len(sizes)]), size) for i in range(clusters)], 0.05)
        assert found == STILL


def test_a_small_variation_is_one() -> None:
    found = bootstrap_t([(0.3 + 1e-5 * (i % 3), 1.0) for i in range(30)], 0.05)
    assert found.low is not None
    assert found.high is not None
    assert 0.3 < found.low < 0.30001 < found.high < 0.30002


def test_the_limits_invert_the_studentised_draws() -> None:
    """An independent bootstrap of the same clusters, drawn one by one, has the same limits up to chance."""
    ratio, error = linearised(EQUAL)
    rng = np.random.default_rng(1)
    pivots = []
    for _ in range(4000):
        drawn, own = linearised([EQUAL[i] for i in rng.integers(0, 60, 60)])
        pivots.append((drawn - ratio) / own)
    found = bootstrap_t(EQUAL, 0.05)
    assert found.method == METHOD
    assert found.low == pytest.approx(ratio - float(np.quantile(pivots, 0.95)) * error, abs=0.15 * error)
    assert found.high == pytest.approx(ratio - float(np.quantile(pivots, 0.05)) * error, abs=0.15 * error)


def test_drawing_kinds_and_drawing_clusters_agree() -> None:
    unequal = [(top + 1e-7 * i, 2.0) for i, (top, _) in enumerate(EQUAL)]
    by_kind, by_cluster = bootstrap_t(EQUAL, 0.05, draws=20_000), bootstrap_t(unequal, 0.05, draws=20_000)
    _, error = linearised(EQUAL)
    assert by_kind.low != by_cluster.low
    assert by_kind.low == pytest.approx(by_cluster.low, abs=0.08 * error)
    assert by_kind.high == pytest.approx(by_cluster.high, abs=0.08 * error)


def test_the_seed_fixes_the_draws_and_the_order_of_clusters_does_not_matter() -> None:
    unequal = [(top + 0.01 * i, 1.0 + i % 4) for i, (top, _) in enumerate(EQUAL)]
    found = bootstrap_t(unequal, 0.05)
    assert bootstrap_t(unequal[::-1], 0.05) == found
    assert bootstrap_t(unequal, 0.05, seed=SEED + 1).low != found.low
    assert "1000 draws, seed 7" in bootstrap_t(unequal, 0.05, draws=1000, seed=7).method
    wider = bootstrap_t(unequal, 0.01)
    assert (wider.low or 0.0) < (found.low or 0.0) < (found.high or 0.0) < (wider.high or 0.0)


def test_resamples_without_a_denominator_leave_no_limits() -> None:
    sparse = [(0.0, 0.0)] * 28 + [(1.0, 1.0), (0.0, 1.0)]
    found = bootstrap_t(sparse, 0.05)
    none = Limits(reason="too_few_clusters", method="no interval: resamples without a denominator")
    assert found == none


def test_many_clusters_that_all_differ_have_normal_limits() -> None:
    rng = np.random.default_rng(2)
    many = [(float(value), 1.0) for value in rng.random(5001)]
    ratio, error = linearised(many)
    found = bootstrap_t(many, 0.05)
    assert found.method == "normal limits over clusters, approximate"
    assert found.low == pytest.approx(ratio - norm.ppf(0.95) * error)
    assert found.high == pytest.approx(ratio + norm.ppf(0.95) * error)
    assert bootstrap_t(many[:5000], 0.05, draws=50).method.startswith("cluster bootstrap-t")
    assert bootstrap_t([(float(i % 2), 1.0) for i in range(5001)], 0.05).method == METHOD


def test_the_share_of_positive_draws() -> None:
    assert positive_share([1.0] * 30)[0] == 1.0
    assert positive_share([-1.0] * 30)[0] == 0.0
    assert positive_share([0.0] * 30)[0] == 0.0
    share, method = positive_share([1.0] * 12 + [-1.0] * 12, draws=4000, seed=3)
    ties = math.comb(24, 12) / 2**24
    assert share == pytest.approx((1 - ties) / 2, abs=0.025)
    assert method == "cluster bootstrap (4000 draws, seed 3)"
    assert positive_share([1.0, 2.0])[1] == f"cluster bootstrap ({DRAWS} draws, seed {SEED})"
