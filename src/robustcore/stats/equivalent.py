"""Equivalence: an interval inside a margin, in place of "not significant" (spec metrics 6, drift.equivalence)."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

MARGIN = 0.03

Verdict: TypeAlias = Literal["equivalent", "equivalent_but_detectable", "shifted", "inconclusive"]
Equivalence: TypeAlias = Literal[Verdict, "beyond_margin"]
Interval: TypeAlias = tuple[float, float]


def paired_interval(up: int, down: int, pairs: int, confidence: float) -> Interval:
    """Return the two-sided adjusted Wald interval of Bonett and Price for a difference of paired shares. (STANDARD).

    ``up`` of ``pairs`` changed to favourable, ``down`` to unfavourable: a = (up+1)/(n+2), b = (down+1)/(n+2),
    (a-b) +- z sqrt((a+b-(a-b)^2)/(n+2)).
    """
    from scipy.special import ndtri

    a, b = (up + 1) / (pairs + 2), (down + 1) / (pairs + 2)
    reach = float(ndtri((1 + confidence) / 2)) * math.sqrt((a + b - (a - b) ** 2) / (pairs + 2))
    return a - b - reach, a - b + reach


def verdict_of(at90: Interval, at95: Interval, margin: float = MARGIN) -> Verdict:
    """Return what the two intervals of a difference say: equivalence is shown, a shift is shown, or neither. [OURS].

    The 90 % interval strictly inside the margin is equivalence (two one-sided tests at 5 %); "not significant" is none.
    """
    detectable = at95[0] > 0 or at95[1] < 0
    if -margin < at90[0] and at90[1] < margin:
        return "equivalent_but_detectable" if detectable else "equivalent"
    return "shifted" if detectable else "inconclusive"


def beyond_margin(at90: Interval, margin: float = MARGIN) -> bool:
    """Say whether the 90 % interval lies wholly outside the margin."""
    return at90[0] > margin or at90[1] < -margin


def equivalence(inner: Interval, outer: Interval, margin: float = MARGIN) -> Equivalence:
    """Return the verdict of a 90% interval (``inner``) and a 95% interval (``outer``) of a difference.

    It is `verdict_of`, with a difference that is shown to be larger than the margin told apart (Schuirmann 1987).
    """
    return "beyond_margin" if beyond_margin(inner, margin) else verdict_of(inner, outer, margin)
