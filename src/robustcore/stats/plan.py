"""How many questions a statement needs, before and after they were asked (spec metrics 0.10, 9.2)."""

from __future__ import annotations

import math
from collections.abc import Callable

MOST = 10**7
"""No answer above this is worth printing."""


def sample_size(target: float, delta: float, failures: int = 0) -> int:
    """Return the smallest n whose lower Clopper-Pearson limit reaches ``target`` with ``failures`` failures.

    With none it is ln(delta) / ln(target), rounded up. ``target`` and ``delta`` lie strictly between 0 and 1.
    """
    if not (0 < target < 1 and 0 < delta < 1 and failures >= 0):
        raise ValueError(f"no sample size for target {target}, delta {delta} and {failures} failures")
    if failures == 0:
        return max(1, math.ceil(math.log(delta) / math.log(target) - 1e-9))
    from scipy.special import bdtr

    found = _first(lambda n: float(bdtr(failures, n, 1 - target)) <= delta, failures + 1)
    if found is None:
        raise ValueError(f"more than {MOST} cases for target {target}")
    return found


def rate_decides(rate: float, target: float, delta: float) -> int | None:
    """Return about how many cases let Clopper-Pearson tell ``rate``, if it stays, from ``target``; None if none do."""
    if rate == target or not 0 <= rate <= 1 or not 0 <= target <= 1:
        return None
    if rate < target:
        rate, target = 1 - rate, 1 - target
    if target <= 0:
        return 1
    if rate >= 1:
        return sample_size(target, delta)
    from scipy.special import betaincinv

    # the limit for a fractional number of passes: smooth in n, so that the search has one answer
    return _first(lambda n: float(betaincinv(rate * n, n * (1 - rate) + 1, delta)) >= target, 1)


def scaled(n: int, value: float, limit: float, target: float) -> int | None:
    """Return about how many cases move ``limit`` to ``target`` if ``value`` stays: widths shrink as 1 / sqrt(n)."""
    gap = target - value
    if gap == 0 or (limit - value) * gap <= 0:
        return None
    needed = n * ((limit - value) / gap) ** 2
    return math.ceil(needed) if needed <= MOST else None


def _first(holds: Callable[[int], bool], low: int) -> int | None:
    """Return the smallest n >= ``low`` where ``holds``, which turns true once; None past `MOST`."""
    high = low
    while not holds(high):
        low, high = high + 1, high * 2
        if low > MOST:
            return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
