"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb.base import Operator


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    return ()
