"""How many cases a statement needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from robustcore.stats.exact import pass_low
from robustcore.stats.plan import rate_decides, sample_size, scaled


@pytest.mark.parametrize(("target", "failures"), [(0.9, 0), (0.9, 3), (0.5, 1), (0.99, 2)])
def test_the_planned_size_reaches_the_target_and_one_less_does_not(target: float, failures: int) -> None:
    n = sample_size(target, 0.05, failures)
    assert pass_low(n - failures, n, 0.05) >= target
    assert pass_low(n - 1 - failures, n - 1, 0.05) < target


def test_a_target_of_one_has_no_sample_size() -> None:
    with pytest.raises(ValueError, match="no sample size"):
        sample_size(1.0, 0.05)


@pytest.mark.parametrize(("rate", "target"), [(0.9, 0.85), (0.8, 0.85), (1.0, 0.9), (0.05, 0.1)])
def test_as_many_cases_as_promised_do_decide(rate: float, target: float) -> None:
    n = rate_decides(rate, target, 0.05)
    assert n is not None
    passes = round(rate * n)
    above = pass_low(passes, n, 0.04) >= target - 0.01
    below = 1 - pass_low(n - passes, n, 0.04) <= target + 0.01
    assert above if rate > target else below


def test_a_rate_on_its_threshold_is_never_decided() -> None:
    assert rate_decides(0.9, 0.9, 0.05) is None


def test_four_times_the_cases_halve_the_distance_of_a_limit() -> None:
    assert scaled(50, 0.1, 0.3, 0.2) == 200
    assert scaled(50, 0.1, 0.3, 0.1) is None
    assert scaled(50, 0.1, 0.3, 0.05) is None


def test_counting_without_failures_imports_no_scipy_and_bounds_never_import_scipy_stats() -> None:
    code = (
        "import sys; from robustcore.stats.plan import sample_size; from robustcore.stats import means, drops, suites;"
        "assert sample_size(0.95, 0.05) == 59; assert 'scipy' not in sys.modules and 'numpy' not in sys.modules;"
        "from robustcore.stats.exact import pass_low; pass_low(3, 5, 0.05); assert 'scipy.stats' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_number_of_cases_nobody_has_is_refused_and_none_is_told() -> None:
    with pytest.raises(ValueError, match=r"^more than 10000000 cases for target 0\.9999999$"):
        sample_size(0.9999999, 0.05, 3)
    with pytest.raises(ValueError, match=r"^no sample size for target 0\.5, delta 0\.05 and -1 failures$"):
        sample_size(0.5, 0.05, -1)
    for target, delta in ((0.0, 0.05), (1.0, 0.05), (0.5, 0.0), (0.5, 1.0)):
        with pytest.raises(ValueError, match="no sample size"):
            sample_size(target, delta)
    assert rate_decides(0.5, 0.5 + 1e-5, 0.05) is None
    assert (rate_decides(1.1, 0.5, 0.05), rate_decides(0.5, -0.1, 0.05)) == (None, None)
    assert (rate_decides(0.5, 0.0, 0.05), rate_decides(0.5, 1.0, 0.05)) == (1, 1)
    assert (rate_decides(1.0, 0.9, 0.05), rate_decides(0.0, 0.1, 0.05)) == (29, 29)
    assert sample_size(0.9, 0.05) == 29
    assert sample_size(0.01, 0.5) == 1


def test_a_limit_on_the_wrong_side_is_never_moved_to_its_threshold() -> None:
    assert scaled(100, 0.9, 0.8, 0.9) is None
    assert scaled(100, 0.9, 0.8, 0.95) is None
    assert scaled(100, 0.9, 0.9, 0.8) is None
    assert scaled(100, 0.9, 0.8, 0.85) == 400
    assert scaled(100, 0.9, 0.8, 0.87) == 1112
    assert scaled(100, 0.5, 0.9, 0.501) is None
