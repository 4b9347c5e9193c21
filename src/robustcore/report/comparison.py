"""What a comparison of two runs found, as plain values: cases by what became of them, and one test per gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from robustcore.stats.rows import Estimate

TestStatus: TypeAlias = Literal["regressed", "improved", "unchanged", "new", "error"]
KINDS = ("broken", "fixed", "still_failing", "new_failing", "new_passing", "gone", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanges:
    """The cases of a scenario by what became of them, as ids.

    ``broken`` passed before and fails now, ``fixed`` the other way round; ``lost`` has no verdict now and had one;
    ``still_passing`` is a number: nobody needs to read those.
    """

    broken: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    new_failing: tuple[str, ...] = ()
    new_passing: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    still_passing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What one gate measures, now against the baseline, on the cases that both have.

    ``before`` and ``after`` are means over those; ``worse`` estimates how much worse it got (positive is worse) with
    one-sided limits; ``down`` and ``up`` count the values that got worse and better; ``p`` is one-sided (worse than
    chance explains) and ``adjusted`` Holm's over all comparisons; ``equivalence`` a verdict within ``MARGIN``.
    """

    scenario: str
    measure: str
    cell: Mapping[str, str]
    status: TestStatus
    sentence: str
    before: float | None = None
    after: float | None = None
    worse: Estimate = field(default_factory=lambda: Estimate(value=None))
    down: int = 0
    up: int = 0
    p: float | None = None
    adjusted: float | None = None
    test: str = ""
    equivalence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineReport:
    """A comparison with a baseline: ``source`` names it, ``regressed`` says whether any comparison did."""

    source: str
    alpha: float
    comparisons: tuple[Comparison, ...]
    cases: Mapping[str, CaseChanges]

    @property
    def regressed(self) -> bool:
        """Say whether something got worse by more than chance explains."""
        return any(one.status == "regressed" for one in self.comparisons)
