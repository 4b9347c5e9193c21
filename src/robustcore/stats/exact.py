"""Limits that hold for every sample size: Clopper-Pearson for 0/1 values, KL and Bentkus for values in [0, 1].

Every limit is one-sided and misses with probability at most ``delta``. SciPy is imported only where a quantile of the
beta distribution is needed (``scipy.special``; ``scipy.stats`` takes three times as long to import).
"""

from __future__ import annotations

import math
from collections.abc import Callable

_HALVINGS = 60  # of an interval inside [0, 1]: past the precision of a float


def pass_low(passes: int, n: int, delta: float) -> float:
    """Return the lower Clopper-Pearson limit of a rate after ``passes`` of ``n`` (spec metrics 9.2)."""
    _check(n, delta)
    if not 0 <= passes <= n:
        raise ValueError(f"{passes} passes of {n}")
    if passes == 0:
        return 0.0
    if passes == n:
        return math.exp(math.log(delta) / n)
    from scipy.special import betaincinv

    return float(betaincinv(passes, n - passes + 1, delta))


def pass_high(passes: int, n: int, delta: float) -> float:
    """Return the upper Clopper-Pearson limit of a rate after ``passes`` of ``n``."""
    return 1.0 - pass_low(n - passes, n, delta)


def kl_high(mean: float, n: int, delta: float) -> float:
    """Return the largest ``a`` with ``exp(-n kl(min(mean, a), a)) >= delta`` for ``n`` values in [0, 1]."""
    _check(n, delta)
    budget = -math.log(delta) / n
    if mean <= 0:  # kl(0, a) = -ln(1 - a)
        return -math.expm1(-budget)
    return bisect(lambda a: _kl(mean, a) <= budget, mean, 1.0) if mean < 1 else 1.0


def bentkus_high(mean: float, n: int, delta: float) -> float:
    """Return the largest ``a`` with ``e P(Bin(n, a) <= ceil(n mean)) >= delta`` for ``n`` values in [0, 1]."""
    _check(n, delta)
    count = max(math.ceil(n * mean - 1e-12), 0)
    if count >= n:
        return 1.0
    if count == 0:
        return -math.expm1((math.log(delta) - 1) / n)
    from scipy.special import betaincinv

    return float(betaincinv(count + 1, n - count, 1 - delta / math.e))


def mean_high(mean: float, n: int, delta: float) -> float:
    """Return the upper limit of the mean of ``n`` independent values in [0, 1]: the smaller of KL and Bentkus (9.2)."""
    return min(kl_high(mean, n, delta), bentkus_high(mean, n, delta))


def mean_low(mean: float, n: int, delta: float) -> float:
    """Return the lower limit of the mean of ``n`` independent values in [0, 1]."""
    return 1.0 - mean_high(1.0 - mean, n, delta)


def hoeffding_high(mean: float, n: int, delta: float) -> float:
    """Return Hoeffding's upper limit, ``mean + sqrt(ln(1/delta) / 2n)``: the yardstick the others are held against."""
    _check(n, delta)
    return mean + math.sqrt(-math.log(delta) / (2 * n))


def bisect(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return the largest point of [``low``, ``high``] where ``holds``: true at ``low``, and false once it turns."""
    if holds(high):
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _kl(p: float, q: float) -> float:
    """Return the divergence of Bernoulli(p) from Bernoulli(q) in nats, for p in (0, 1)."""
    if q >= 1:
        return math.inf
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


def _check(n: int, delta: float) -> None:
    if n < 1 or not 0 < delta < 1:
        raise ValueError(f"a limit needs n >= 1 and 0 < delta < 1, not n = {n} and delta = {delta}")
