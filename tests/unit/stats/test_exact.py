"""Exact limits at the ends of their range, against the equations that define them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from scipy.stats import binom

from robustcore.stats.exact import (
    bentkus_high,
    bisect,
    hoeffding_high,
    kl_high,
    mean_high,
    mean_low,
    pass_high,
    pass_low,
)


@pytest.mark.parametrize(("passes", "n"), [(1, 1), (1, 5), (4, 5), (17, 40), (39, 40)])
def test_clopper_pearson_solves_its_equation(passes: int, n: int) -> None:
    assert binom.sf(passes - 1, n, pass_low(passes, n, 0.05)) == pytest.approx(0.05)
    failed = n - passes
    assert binom.cdf(failed, n, pass_high(failed, n, 0.05)) == pytest.approx(0.05)


def test_no_pass_and_no_failure_are_the_ends() -> None:
    assert pass_low(0, 7, 0.05) == 0.0
    assert pass_high(7, 7, 0.05) == 1.0
    assert pass_low(7, 7, 0.05) == pytest.approx(0.05 ** (1 / 7))


@pytest.mark.parametrize("limit", [pass_low, pass_high])
def test_a_count_outside_its_trials_is_refused(limit: Callable[[int, int, float], float]) -> None:
    for passes in (-1, 6):
        with pytest.raises(ValueError, match=r"-?\d passes of 5"):
            limit(passes, 5, 0.05)


@pytest.mark.parametrize("limit", [kl_high, bentkus_high, hoeffding_high, mean_low])
@pytest.mark.parametrize(("n", "delta"), [(0, 0.05), (5, 0.0), (5, 1.0)])
def test_a_limit_needs_a_value_and_a_level(limit: Callable[[float, int, float], float], n: int, delta: float) -> None:
    with pytest.raises(ValueError, match=f"not n = {n} and delta = {delta}"):
        limit(0.5, n, delta)
    with pytest.raises(ValueError, match="a limit needs n >= 1 and 0 < delta < 1"):
        pass_low(0, n, delta)


def test_the_bound_on_a_mean_of_nothing_is_that_of_no_pass() -> None:
    assert kl_high(0.0, 30, 0.05) == pytest.approx(1 - 0.05 ** (1 / 30))
    assert bentkus_high(0.0, 30, 0.05) == pytest.approx(1 - (0.05 / math.e) ** (1 / 30))
    assert kl_high(1.0, 30, 0.05) == bentkus_high(1.0, 30, 0.05) == 1.0
    assert kl_high(-1e-17, 30, 0.05) == kl_high(0.0, 30, 0.05)


@pytest.mark.parametrize(("mean", "n"), [(0.1, 30), (0.5, 30), (0.95, 30), (0.3, 1)])
def test_each_bound_solves_its_equation(mean: float, n: int) -> None:
    a = kl_high(mean, n, 0.05)
    kl = mean * math.log(mean / a) + (1 - mean) * math.log((1 - mean) / (1 - a))
    assert n * kl == pytest.approx(math.log(20))
    count = math.ceil(n * mean)
    if count < n:
        assert math.e * binom.cdf(count, n, bentkus_high(mean, n, 0.05)) == pytest.approx(0.05)
    assert hoeffding_high(mean, n, 0.05) == pytest.approx(mean + math.sqrt(math.log(20) / (2 * n)))
    assert mean_high(mean, n, 0.05) == min(a, bentkus_high(mean, n, 0.05))
    assert mean_low(mean, n, 0.05) == 1 - mean_high(1 - mean, n, 0.05)


def test_a_mean_that_is_a_whole_count_but_for_rounding_is_one() -> None:
    assert bentkus_high(0.1 + 0.2, 10, 0.05) == bentkus_high(0.3, 10, 0.05)
    assert bentkus_high(0.31, 10, 0.05) == bentkus_high(0.4, 10, 0.05)


def test_the_largest_point_where_something_holds_is_found() -> None:
    assert bisect(lambda x: x <= 0.3, 0.0, 1.0) == pytest.approx(0.3, abs=1e-15)
    assert bisect(lambda x: True, 0.0, 0.7) == 0.7
    assert bisect(lambda x: x <= 0.2, 0.2, 5.0) == 0.2
