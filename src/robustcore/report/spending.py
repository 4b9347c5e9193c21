"""What a budget was spent on, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetReport:
    """A budgeted run: trials are cases and their clean twins, a twin that several cases share counted once.

    ``random`` and ``hunted`` are the trials of each slice, ``found_random`` and ``found_hunted`` the cases that broke:
    their clean twin passes and they do not. ``questions`` is the size of the random slice, on which all rates and gates
    rest. ``weighted`` estimates from the hunted draws what share of the pool they came from breaks, approximately and
    for comparison only (None: not enough draws). ``breakable`` are the cases of both slices that could break at all
    (None: not told).
    """

    asked: str
    budget: int
    total: int
    random: int
    hunted: int
    questions: int
    cases_random: int
    cases_hunted: int
    found_random: int
    found_hunted: int
    weighted: float | None
    share: float
    eps: float
    seed: int
    warm: int = 0
    breakable: int | None = None


def budget_lines(one: BudgetReport) -> Iterator[str]:
    """Yield what a budget bought, in words."""
    yield (
        f"budget {one.asked}: {one.random + one.hunted} of {one.total} trials; rates and gates rest on "
        f"{one.questions} questions drawn at random alone"
    )
    warm = f", {one.warm} questions remembered from the baseline" if one.warm else ""
    hunted = f"{one.found_hunted} of {one.cases_hunted} cases that were hunted{warm}"
    yield f"  broke under stress: {one.found_random} of {one.cases_random} cases at random, {hunted}"
    if one.breakable == 0:
        yield "  none of them could break: no clean question passes what `each` under expect says of single cases"
