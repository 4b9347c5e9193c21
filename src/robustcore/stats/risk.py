"""Summaries that look at the worst cases, of losses where higher is worse (spec metrics 9.6)."""

from __future__ import annotations

import math
from collections.abc import Sequence


def cvar(losses: Sequence[float], tail: float) -> float | None:
    """Return the mean of the m worst losses, m = max(1, floor(n tail + 1e-9)), ``tail`` in (0, 1]; None for none."""
    if not losses:
        return None
    worst = sorted(losses, reverse=True)[: max(1, math.floor(len(losses) * tail + 1e-9))]
    return math.fsum(worst) / len(worst)


def entropic(losses: Sequence[float], lam: float) -> float | None:
    """Return lam ln mean exp(loss / lam): the mean for large ``lam``, the worst loss for small; None for no losses."""
    if not losses:
        return None
    worst = max(losses)
    return worst + lam * math.log(math.fsum(math.exp((loss - worst) / lam) for loss in losses) / len(losses))
