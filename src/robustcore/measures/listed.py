"""An aggregate over a hand-written list of questions: its value alone, since nothing was sampled (spec 0.7)."""

from __future__ import annotations

from dataclasses import replace

from robustcore.stats.means import conditional
from robustcore.stats.rows import Estimate


def unless_listed(found: Estimate, *, sampled: bool) -> Estimate:
    """Return ``found`` as it is, or without limits where its questions are a list and no sample of anything."""
    if sampled or found.value is None:
        return found
    none = conditional()
    return replace(found, low=None, high=None, method=none.method, reason=none.reason)
