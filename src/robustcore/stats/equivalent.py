"""Equivalence: an interval inside a margin, in place of "not significant" (spec metrics 6, drift.equivalence)."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

MARGIN = 0.03
Z90, Z95 = 1.6448536269514722, 1.959963984540054

Equivalence: TypeAlias = Literal["equivalent", "equivalent_but_detectable", "shifted", "beyond_margin", "inconclusive"]


def paired_interval(up: int, down: int, n: int, z: float) -> tuple[float, float]:
    """Return the adjusted Wald interval of (up - down) / n over ``n`` pairs (Agresti and Min 2005; spec metrics 6)."""
    a, b = (up + 1) / (n + 2), (down + 1) / (n + 2)
    reach = z * math.sqrt((a + b - (a - b) ** 2) / (n + 2))
    return a - b - reach, a - b + reach


def equivalence(inner: tuple[float, float], outer: tuple[float, float], margin: float = MARGIN) -> Equivalence:
    """Return the verdict of a 90% interval (``inner``) and a 95% interval (``outer``) of a difference.

    Two one-sided tests at 5% (Schuirmann 1987): equivalent iff the 90% interval lies strictly inside the margin.
    """
    detectable = not outer[0] <= 0 <= outer[1]
    if -margin < inner[0] and inner[1] < margin:
        return "equivalent_but_detectable" if detectable else "equivalent"
    if inner[0] > margin or inner[1] < -margin:
        return "beyond_margin"
    return "shifted" if detectable else "inconclusive"
