"""Statistics that are no means: their limits are SciPy's BCa, and where there can be none the reason is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from robustcore.stats.bootstrap import DRAWS, SEED
from robustcore.stats.resampled import change_of, resampled, variance_of, worst_mean_of

DRAWN = np.random.default_rng(3).random(40)


def test_the_limits_are_those_of_scipy_at_the_one_sided_confidence() -> None:
    found = resampled([DRAWN.tolist()], variance_of, 0.95, unscored={"noop": 2})
    wanted = bootstrap(
        (DRAWN,),
        variance_of,
        confidence_level=0.9,
        n_resamples=DRAWS,
        batch=200,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    assert found.value == pytest.approx(DRAWN.var())
    assert found.low == pytest.approx(wanted.low, abs=2e-4)
    assert found.high == pytest.approx(wanted.high, abs=2e-4)
    assert (found.n, found.clusters, found.unscored, found.confidence) == (40, 40, {"noop": 2}, 0.95)
    assert found.method == f"cluster bootstrap, BCa ({DRAWS} draws, seed {SEED}), approximate"
    assert found.reason == ""


def test_paired_samples_are_one_set_of_clusters_and_others_are_two() -> None:
    old, new = DRAWN.tolist(), (DRAWN * 0.5 + 0.1).tolist()
    paired, apart = (resampled([old, new], change_of, 0.9, paired=paired) for paired in (True, False))
    assert (paired.clusters, apart.clusters) == (40, 80)
    assert paired.value == apart.value == pytest.approx((np.mean(new) - np.mean(old)) / np.mean(old))
    widths = [(one.high or 0.0) - (one.low or 0.0) for one in (paired, apart)]
    assert 0 < widths[0] < widths[1]


def test_nothing_scored_is_no_value() -> None:
    found = resampled([[], [1.0]], change_of, 0.9, unscored={"noop": 1})
    assert (found.value, found.method, found.reason) == (None, "none", "empty_denominator")
    assert (found.unscored, found.confidence) == ({"noop": 1}, 0.9)
    over_zero = resampled([[0.0] * 30, [1.0] * 30], change_of, 0.9, unscored={"noop": 1})
    assert (over_zero.value, over_zero.method, over_zero.reason) == (None, "none", "empty_denominator")
    assert (over_zero.n, over_zero.confidence, over_zero.unscored) == (60, 0.9, {"noop": 1})


@pytest.mark.parametrize(
    "samples",
    [[DRAWN[:19].tolist()], [[0.5] * 30], [[0.3, 0.1 + 0.2] * 15], [DRAWN.tolist(), DRAWN[:19].tolist()]],
)
def test_few_clusters_or_none_that_differ_have_no_limits(samples: list[list[float]]) -> None:
    found = resampled(samples, variance_of if len(samples) == 1 else change_of, 0.9)
    assert found.value is not None
    assert (found.low, found.high, found.reason) == (None, None, "too_few_clusters")
    assert found.method == "no interval: too few clusters, or none that differ"
    assert resampled([DRAWN[:20].tolist()], variance_of, 0.9).low is not None


def test_the_statistics_work_along_an_axis() -> None:
    table = np.array([[4.0, 1.0, 3.0, 2.0], [1.0, 1.0, 1.0, 5.0]])
    assert variance_of(table).tolist() == [1.25, 3.0]
    assert variance_of(table, axis=0).tolist() == [2.25, 0.0, 1.0, 2.25]
    assert worst_mean_of(table).tolist() == [1.0, 1.0]
    assert worst_mean_of(np.arange(8.0)) == 0.5
    assert worst_mean_of(np.array([3.0, 2.0])) == 2.0
    assert change_of(np.array([1.0, 3.0]), np.array([1.0, 2.0])) == -0.25
    drawn = change_of(np.array([[1.0, 3.0], [2.0, 2.0]]), np.array([[1.0, 2.0], [4.0, 4.0]]))
    assert drawn.tolist() == [-0.25, 1.0]
    assert np.isnan(change_of(np.array([0.0, 0.0]), np.array([1.0, 2.0])))
