"""Numbers as a report prints them."""

from __future__ import annotations

from robustcore.stats.rows import Estimate


def interval(estimate: Estimate, *, signed: bool = False) -> str:
    """Return ``.71 [.66, .76]``; the value alone where there is no interval, a dash where there is no value."""
    value = number(estimate.value, signed=signed)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} \\[{number(estimate.low, signed=signed)}, {number(estimate.high, signed=signed)}]"


def plain(estimate: Estimate, *, signed: bool = False) -> str:
    """Return what `interval` does, without the escape that rich needs."""
    return interval(estimate, signed=signed).replace("\\[", "[")


def number(value: float | None, *, signed: bool = False) -> str:
    """Return a value with two decimals; unscored is a dash, never a zero."""
    if value is None:
        return "–"
    return f"{value:+.2f}" if signed else f"{value:.2f}"
