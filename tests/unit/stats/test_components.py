"""Noise of replicates by hand: its two parts, the error of a re-run, and what decides a verdict."""

from __future__ import annotations

import math

import pytest
from scipy.stats import norm
from stat_rows import row

from robustcore.stats.rows import Estimate, Row
from robustcore.stats.variance import Components, components, flip_chance, replicates_decide, rerun_error


def cases(*values: tuple[float, ...], **fixed: object) -> list[Row]:
    return [row(i, v, replicate=r, **fixed) for i, own in enumerate(values) for r, v in enumerate(own)]  # type: ignore[arg-type]


def test_the_split_by_hand() -> None:
    found = components([*cases((1.0, 0.0), (1.0, 1.0), (0.0, 0.0, 0.0)), row("lost", None)])
    assert found is not None
    within = 0.5 / (1 + 1 + 2)
    replicates = 3 / (1 / 2 + 1 / 2 + 1 / 3)
    assert (found.within, found.cases, found.unstable) == (within, 3, 1 / 3)
    assert found.replicates == pytest.approx(replicates)
    assert found.between == pytest.approx(0.25 - within / replicates)  # the means 0.5, 1 and 0 have the variance 1 / 4
    assert found.reliability == pytest.approx(found.between / (found.between + within))


def test_questions_are_compared_within_a_condition_and_severity() -> None:
    given = [*cases((1.0, 1.0), (0.0, 0.0)), *cases((1.0, 0.0), severity=0.5), *cases((0.0, 1.0), condition="ocr")]
    found = components(given)
    assert found is not None
    assert found.within == pytest.approx(1.0 / 4)
    assert found.between == pytest.approx(0.5 - found.within / 2)  # only the first has two questions


def test_noise_that_explains_everything_leaves_nothing_between() -> None:
    found = components(cases((1.0, 0.0), (0.0, 1.0)))
    assert found is not None
    assert (found.between, found.within, found.reliability) == (0.0, 0.5, 0.0)
    single = components(cases((1.0, 0.0)))
    assert single is not None
    assert single.between == 0.0


def test_a_single_question_of_single_replicates_says_nothing() -> None:
    assert components([row("a", 1.0), row("a", None, replicate=1)]) is None
    assert rerun_error([row("a", 1.0), row("a", None, replicate=1)]) is None
    assert Components(between=0.0, within=0.0, replicates=2.0, cases=1, unstable=0.0).reliability is None


def test_the_error_of_a_rerun_pools_the_noise_of_all_cases() -> None:
    given = [*cases((1.0, 0.0), (1.0, 1.0, 1.0)), row("single", 0.0)]
    pooled = 0.5 / (1 + 2)
    assert rerun_error(given) == pytest.approx(math.sqrt(6 * pooled) / 6)
    apart = [*cases((1.0, 0.0)), *cases((1.0, 1.0), severity=0.5), *cases((1.0, 1.0), condition="ocr")]
    assert rerun_error(apart) == pytest.approx(math.sqrt(6 * 0.5 / 3) / 6)


@pytest.mark.parametrize(
    ("threshold", "at_least", "stays"),
    [
        (0.6, True, lambda sd: 1 - norm.cdf((0.7 - 0.8) / sd)),  # passed: stays while the value is above 0.6 + 0.1
        (0.8, True, lambda sd: norm.cdf((0.9 - 0.8) / sd) - norm.cdf((0.75 - 0.8) / sd)),  # open
        (0.95, True, lambda sd: norm.cdf((0.9 - 0.8) / sd)),  # failed: stays while below 0.95 - 0.05
        (0.95, False, lambda sd: norm.cdf((0.9 - 0.8) / sd)),
        (0.8, False, lambda sd: norm.cdf((0.9 - 0.8) / sd) - norm.cdf((0.75 - 0.8) / sd)),
        (0.6, False, lambda sd: 1 - norm.cdf((0.7 - 0.8) / sd)),
    ],
)
def test_the_chance_of_a_flip_is_that_of_leaving_where_the_verdict_is_the_same(
    threshold: float, at_least: bool, stays: object
) -> None:
    estimate = Estimate(value=0.8, low=0.7, high=0.85)
    found = flip_chance(estimate, 0.05, threshold, at_least=at_least)
    assert callable(stays)
    assert found == pytest.approx(1 - stays(0.05 * math.sqrt(2)))


def test_a_value_on_the_edge_of_passing_flips_every_other_time() -> None:
    assert flip_chance(Estimate(value=0.8, low=0.7, high=0.9), 0.01, 0.7, at_least=True) == pytest.approx(0.5)
    assert flip_chance(Estimate(value=0.8, low=0.7, high=0.9), 0.01, 0.9, at_least=True) == pytest.approx(0.5)


@pytest.mark.parametrize(("threshold", "at_least"), [(0.7, True), (0.9, False)])
def test_a_limit_on_the_threshold_passes_however_near_the_other_verdict_is(threshold: float, at_least: bool) -> None:
    """With noise as wide as the interval a failure is likely, too: undecided would flip more often."""
    assert flip_chance(Estimate(value=0.8, low=0.7, high=0.9), 0.2, threshold, at_least=at_least) == pytest.approx(0.5)


def test_without_noise_nothing_flips_and_without_limits_nothing_is_said() -> None:
    assert flip_chance(Estimate(value=0.8, low=0.7, high=0.9), 0.0, 0.75, at_least=True) == 0.0
    for estimate in (Estimate(value=None), Estimate(value=0.8, high=0.9), Estimate(value=0.8, low=0.7)):
        assert flip_chance(estimate, 0.1, 0.5, at_least=True) is None


PARTS = Components(between=0.04, within=0.12, replicates=3.0, cases=9, unstable=0.5)


def test_the_replicates_that_decide_solve_for_the_width() -> None:
    # the width is proportional to sqrt(0.04 + 0.12 / r): 0.08 at three, and at twelve
    half = math.sqrt(0.05 / 0.08)
    assert replicates_decide(PARTS, 0.9, 0.8, 0.9 - 0.1 * half) == 12
    assert replicates_decide(PARTS, 0.9, 0.8, 0.9 - 0.1 * half * 0.999) == 13
    assert replicates_decide(PARTS, 0.5, 0.6, 0.5 + 0.1 * half) == 12


@pytest.mark.parametrize(
    ("value", "limit", "target"),
    [
        (0.9, 0.8, 0.9),  # on its threshold
        (0.9, 0.8, 0.95),  # the limit lies on the other side
        (0.9, 0.9, 0.8),  # no width
        (0.9, 0.8, 0.9 - 0.1 * math.sqrt(0.5)),  # what lies between questions is left
        (0.9, 0.8, 0.9 - 0.1 * math.sqrt(0.5 + 1e-5)),  # more than ten thousand
    ],
)
def test_where_no_number_of_replicates_decides_none_is_said(value: float, limit: float, target: float) -> None:
    assert replicates_decide(PARTS, value, limit, target) is None
    still = Components(between=0.04, within=0.0, replicates=3.0, cases=9, unstable=0.0)
    assert replicates_decide(still, 0.9, 0.8, 0.85) is None
