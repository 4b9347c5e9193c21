"""Where a ladder breaks: the monotone fit, the crossing, and an interval that covers."""

from __future__ import annotations

import numpy as np
import pytest
from stat_rows import row

from robustcore.stats.dose import Ladder, breaking_point, isotonic, ladder_of
from robustcore.stats.rows import Row


def ladder(sums: list[float], severities: tuple[float, ...] = (0.0, 0.5, 1.0), questions: int = 1) -> Ladder:
    counts = np.ones((questions, len(severities)))
    return Ladder(severities=severities, sums=np.array([sums] * questions), counts=counts)


def test_the_fit_is_the_least_squares_monotone_one() -> None:
    means, weights = np.array([[0.9, 0.5, 0.7, 0.2]]), np.array([[1.0, 1.0, 3.0, 1.0]])
    assert isotonic(means, weights)[0] == pytest.approx([0.9, 0.65, 0.65, 0.2])


def test_pools_against_an_independent_implementation() -> None:
    from scipy.optimize import isotonic_regression

    rng = np.random.default_rng(3)
    for _ in range(50):
        means, weights = rng.random(7), rng.integers(1, 9, 7).astype(float)
        theirs = isotonic_regression(means, weights=weights, increasing=False).x
        assert isotonic(means[None, :], weights[None, :])[0] == pytest.approx(theirs)


def test_a_level_of_which_nothing_is_known_takes_the_fit_before_it() -> None:
    weights = np.array([[5.0, 5.0, 5.0, 0.0], [5.0, 0.0, 5.0, 5.0], [0.0, 5.0, 5.0, 5.0]])
    fitted = isotonic(np.array([[1.0, 0.5, 0.75, 0.0], [1.0, 0.0, 0.5, 0.25], [0.0, 0.75, 0.5, 0.25]]), weights)
    assert fitted == pytest.approx(
        np.array([[1.0, 0.625, 0.625, 0.625], [1.0, 1.0, 0.5, 0.25], [0.75, 0.75, 0.5, 0.25]])
    )


def test_resamples_without_the_last_severity_do_not_break_before_it() -> None:
    """Three of forty questions were asked at severity 1: a resample in twenty holds none of them."""
    sums, counts = np.ones((40, 3)), np.ones((40, 3))
    sums[3:, 2] = counts[3:, 2] = 0
    found = breaking_point(Ladder(severities=(0.0, 0.5, 1.0), sums=sums, counts=counts), 0.9, confidence=0.99)
    assert (found.value, found.low, found.high) == (None, None, None)


def test_resamples_without_any_value_say_nothing() -> None:
    """One of five questions has values: a resample in three holds none. They counted as broken from the start on."""
    sums, counts = np.ones((5, 3)), np.ones((5, 3))
    sums[1:] = counts[1:] = 0
    found = breaking_point(Ladder(severities=(0.0, 0.5, 1.0), sums=sums, counts=counts), 0.9)
    assert (found.value, found.low, found.high) == (None, None, None)


def test_it_breaks_on_the_line_between_two_levels() -> None:
    found = breaking_point(ladder([1.0, 0.8, 0.4], questions=30), 0.6)
    assert found.reached
    assert found.value == pytest.approx(0.75)


def test_not_reached_is_a_value_of_its_own() -> None:
    found = breaking_point(ladder([1.0, 1.0, 0.95], questions=30))
    assert (found.level, found.value, found.reached, found.high) == (0.9, None, False, None)


def test_a_clean_value_below_the_level_breaks_at_once() -> None:
    assert breaking_point(ladder([0.5, 0.4, 0.3], questions=30), 0.6).value == 0.0


def test_a_measure_where_lower_is_better_breaks_by_rising() -> None:
    found = breaking_point(ladder([0.0, 0.2, 0.6], questions=30), 0.4, higher_is_better=False)
    assert found.value == pytest.approx(0.75)
    assert breaking_point(ladder([0.0, 0.2, 0.6]), higher_is_better=False).level == pytest.approx(0.1)


def test_the_clean_twin_is_the_ladder_at_severity_0_and_counts_once_per_question() -> None:
    rows = [row(i, 0.5, clean=float(i % 2), severity=s) for i in range(4) for s in (0.25, 0.5, 1.0)]
    found = ladder_of(rows)
    assert found is not None
    assert found.severities == (0.0, 0.25, 0.5, 1.0)
    assert found.counts.sum(axis=0).tolist() == [4, 4, 4, 4]
    assert found.means.tolist() == [0.5, 0.5, 0.5, 0.5]


def test_fewer_than_three_levels_have_none() -> None:
    assert ladder_of([row(i, 1.0, clean=1.0, severity=1.0) for i in range(9)]) is None


def test_the_interval_covers_the_true_breaking_point() -> None:
    """Ability per question, so that the values of one question move together; truth: 0.9 at s = 0, falling to 0.3."""
    severities, level = (0.25, 0.5, 0.75, 1.0), 0.6
    truth = 0.5  # 0.9 - 0.6 s
    rng = np.random.default_rng(5)
    low = high = 0
    times = 150
    for _ in range(times):
        luck = rng.random(60)
        rows: list[Row] = [
            row(i, float(luck[i] < 0.9 - 0.6 * s), clean=float(luck[i] < 0.9), severity=s)
            for i in range(60)
            for s in severities
        ]
        ladder_ = ladder_of(rows)
        assert ladder_ is not None
        found = breaking_point(ladder_, level)
        low += found.low is not None and found.low > truth
        high += found.high is not None and found.high < truth
    assert low / times <= 0.05 + 3 * (0.05 * 0.95 / times) ** 0.5 + 0.02
    assert high / times <= 0.05 + 3 * (0.05 * 0.95 / times) ** 0.5 + 0.02


def test_the_default_level_is_nine_tenths_of_the_clean_value() -> None:
    found = breaking_point(ladder([0.8, 0.76, 0.4], questions=30))
    assert found.level == pytest.approx(0.72)
    assert found.value == pytest.approx(0.5 + 0.5 * (0.76 - 0.72) / 0.36)
    assert breaking_point(ladder([0.2, 0.2, 0.6]), higher_is_better=False).level == pytest.approx(0.28)


def test_equal_questions_have_an_interval_of_no_width_and_the_method_is_told() -> None:
    found = breaking_point(ladder([1.0, 0.8, 0.4], questions=30), 0.6, confidence=0.9, seed=7)
    assert found.low == pytest.approx(0.75)
    assert found.high == pytest.approx(0.75)
    assert (found.confidence, found.reason) == (0.9, "")
    assert found.method == "isotonic fit, 1000 resamples of questions, seed 7"
    assert "seed 20250607" in breaking_point(ladder([1.0, 0.8, 0.4]), 0.6).method
    many = breaking_point(ladder([1.0, 0.8, 0.4], questions=5001), 0.6)
    assert many.method.startswith("isotonic fit, 300 resamples")
    assert breaking_point(ladder([1.0, 0.8, 0.4], questions=5000), 0.6).method.startswith("isotonic fit, 1000")


def test_the_limits_are_one_sided_quantiles_over_questions() -> None:
    sums = np.array([[1.0, 1.0, float(i % 4 > 0)] for i in range(40)])
    mixed = Ladder(severities=(0.0, 0.5, 1.0), sums=sums, counts=np.ones((40, 3)))
    found = breaking_point(mixed, 0.8)  # the last mean is 0.75: the line falls below 0.8 at 0.9
    assert found.value == pytest.approx(0.9)
    assert found.low is not None
    assert 0.7 < found.low < 0.9
    assert found.high is None  # in a quarter of the resamples the last mean is 0.8 or more
    sure = breaking_point(mixed, 0.8, confidence=0.6)
    assert sure.low is not None
    assert found.low < sure.low < 0.9
    assert sure.high is not None


def test_a_level_that_is_met_is_not_broken() -> None:
    assert breaking_point(ladder([1.0, 0.8, 0.6], questions=30), 0.6).reached is False
    assert breaking_point(ladder([0.6, 0.6, 0.6], questions=30), 0.6).value is None
    flat = breaking_point(ladder([1.0, 0.5, 0.5], questions=30), 0.5)
    assert (flat.value, flat.low) == (None, None)


def test_severities_come_in_order_and_unscored_rows_count_for_none() -> None:
    rows = [row(i, 1.0, clean=1.0, severity=s, cluster=f"k{i // 2}") for i in range(4) for s in (1.0, 0.5)]
    found = ladder_of([*rows, row("lost", None, severity=0.75), row("lost", 0.0, severity=0.5, cluster="k9")])
    assert found is not None
    assert found.severities == (0.0, 0.5, 1.0)
    assert found.sums.tolist() == [[2, 2, 2], [2, 2, 2], [0, 0, 0], [0, 0, 0]]
    assert found.counts.tolist() == [[2, 2, 2], [2, 2, 2], [0, 0, 0], [0, 1, 0]]
    assert ladder_of([row(i, 1.0, severity=s) for i in range(4) for s in (1.0, 0.5)]) is None  # nothing is clean
    replicates = [row("a", 1.0, clean=1.0, severity=s, replicate=r) for s in (1.0, 0.5) for r in range(3)]
    several = ladder_of(replicates)
    assert several is not None
    assert several.counts.tolist() == [[3, 3, 3]]
