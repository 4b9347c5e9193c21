"""``noisy.*``: the aggregates of NoisyBench as suites (spec metrics 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from robustcore.errors import InputError, Problem
from robustcore.measures.answers import check_choice
from robustcore.measures.base import Status
from robustcore.measures.suite import Suite, check_selector
from robustcore.measures.tasks import TaskCorrect
from robustcore.stats.drops import drop_abs, drop_rel
from robustcore.stats.means import mean_estimate
from robustcore.stats.noisy import (
    CLEAN,
    CONDITIONS,
    Average,
    averages,
    condition_of,
    dataset_of,
    drop_estimate,
    pass_at_k,
    pass_hat_k,
    score_estimate,
)
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import count_raises


@dataclass(frozen=True, kw_only=True)
class Noisy(Suite):
    """An aggregate of NoisyBench over data sets. [REPORTED arXiv 2601.07226].

    ``score[X]``: the average over data sets of the mean score under condition X (ND, RD, RC, HN), of one data set with
    ``score[X,name]``. ``drop_rel[X]`` = (S(ND) - S(X)) / S(ND) and ``drop_abs[X]``, of the averages (average first),
    on items scored under both; down, never clamped. ``pass_at_k[X]`` and ``pass_hat_k[X]`` (all ``k`` succeed) from
    the replicates of an item. ``average`` is harmonic or arithmetic. Null: S(ND) = 0, fewer than ``k`` replicates. A
    data set that scores 0 makes a harmonic mean 0, and is named in place of an interval.
    """

    status: ClassVar[Status] = "REPORTED"
    average: str = "harmonic"
    k: int = 1

    def __post_init__(self) -> None:
        """Refuse options and selectors that do not exist."""
        check_choice(self.base, "average", self.average, ("harmonic", "arithmetic"))
        if self.k < 1:
            raise InputError(Problem(what=f"{self.base}: k must be at least 1, not {self.k}"))
        check_selector(self, (CONDITIONS, ()), least=1, most=2)
        if self.part.startswith("drop") and self.selector[0] == CLEAN:
            what = f"{self.base}: {CLEAN} is what the others are compared with"
            raise InputError(Problem(what=what, choices=CONDITIONS[1:]))

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that this aggregate depends on, and what the definition fixes."""
        kept = {"average", "tag", *(("k",) if self.part.startswith("pass") else ())}
        fixed = {"order": "average, then drop"} if self.part.startswith("drop") else {}
        return {key: value for key, value in super().options.items() if key in kept} | fixed

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measure that grades single replies."""
        return (TaskCorrect().name,)

    @property
    def is_mean(self) -> bool:
        """Say whether it is a score of one data set: an average over several weighs them, and a drop is no mean."""
        return len(self.selector) > 1 and not self.part.startswith("drop")

    def reads(self, family: str) -> bool:
        """Say whether a condition is one that is compared."""
        return condition_of(family) in self.parts()

    def parts(self) -> tuple[str, ...]:
        """Return the conditions that enter."""
        return (CLEAN, self.selector[0]) if self.part.startswith("drop") else (self.selector[0],)

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return a row per item and condition that enters: its replicates as one score."""
        name = self.measures[0]
        groups: dict[tuple[str, str], list[Row]] = {}
        for row in count_raises((row for row in self.tagged(rows) if row.measure == name), 0.0):
            condition = condition_of(row.family)
            chosen = len(self.selector) < 2 or dataset_of(row) == self.selector[1]
            if condition in self.parts() and chosen:
                groups.setdefault((condition or "", row.item), []).append(row)
        return [self._one(condition, group) for (condition, _), group in groups.items()]

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the aggregate with limits over clusters."""
        folded = self.fold(rows)
        average = cast("Average", self.average)
        single = len({dataset_of(row) for row in folded if row.value is not None}) == 1  # whose average is a plain mean
        if not self.part.startswith("drop"):
            if single:
                return mean_estimate(folded, confidence, sampled=sampled)
            return score_estimate(averages(folded), average, confidence, sampled=sampled)
        relative, matched = self.part == "drop_rel", _matched(folded)
        if single:
            exact = drop_rel if relative else drop_abs
            return exact(matched, confidence, sampled=sampled)
        return drop_estimate(averages(matched), average, confidence, relative=relative, sampled=sampled)

    def _one(self, condition: str, group: list[Row]) -> Row:
        scored = [row.value for row in group if row.value is not None]
        first = replace(group[0], condition=condition, clean=None, clean_reason="")
        if len(scored) < len(group) or (self.part.startswith("pass") and len(scored) < self.k):
            lost = next((row.reason for row in group if row.value is None), "not_applicable")
            return replace(first, value=None, reason=lost)
        if self.part.startswith("pass"):
            chance = pass_at_k if self.part == "pass_at_k" else pass_hat_k
            right = sum(value == 1 for value in scored)
            return replace(first, value=chance(len(scored), right, self.k), reason="")
        return replace(first, value=sum(scored) / len(scored), reason="")


def _matched(folded: Iterable[Row]) -> list[Row]:
    """Return the rows of the noisy condition, each with the score of its item without noise as ``clean``."""
    clean: dict[str, Row] = {}
    noisy: list[Row] = []
    for row in folded:
        if row.condition == CLEAN:
            clean[row.item] = row
        else:
            noisy.append(row)
    matched = []
    for row in noisy:
        twin = clean.get(row.item)
        reason = "not_run" if twin is None else twin.reason
        matched.append(replace(row, clean=twin.value if twin else None, clean_reason=reason))
    return matched
