"""``failsafe.*``: compliance by kind, R, G and LLMC as suites (spec metrics 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from robustcore.errors import InputError, Problem
from robustcore.measures.answers import check_choice
from robustcore.measures.failsafe import Rating, RuleCompliance
from robustcore.measures.failsafe_rubrics import HIGH, LOW
from robustcore.measures.suite import Suite, check_selector
from robustcore.stats.failsafe import (
    ANSWERABLE,
    BETA,
    KINDS,
    THRESHOLD,
    UNANSWERABLE,
    compliant_rows,
    grounding,
    kind_of,
    llmc_estimate,
    of_kinds,
    robust_rows,
    robustness,
)
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import count_raises

JUDGE, RULES = "judge", "rules"


@dataclass(frozen=True, kw_only=True)
class FailSafe(Suite):
    """An aggregate of FailSafeQA. Up; [0, 1]. [PAPER for ratings, OURS for rules].

    A reply complies if its rating reaches ``threshold`` (``scored_by=judge``), or by ``failsafe.rule_compliance``
    (``scored_by=rules``); the two are never compared. ``robustness`` R: share of items that comply under all five
    answerable kinds; ``grounding`` G: share of compliant rows without context or with an irrelevant one; ``llmc``: both
    in one, with ``beta`` 0.5; ``mean_compliance``: mean over answerable kinds, or over those in brackets, which is not
    R; ``compliant[kind]``. Null: R and LLMC where no item has all five kinds, G without both of its kinds.
    """

    scored_by: str = JUDGE
    threshold: int = THRESHOLD
    beta: float = BETA

    def __post_init__(self) -> None:
        """Refuse options and selectors that do not exist."""
        check_choice(self.base, "scored_by", self.scored_by, (JUDGE, RULES))
        if not LOW < self.threshold <= HIGH:
            raise InputError(Problem(what=f"{self.base}: threshold must be {LOW + 1} to {HIGH}, not {self.threshold}"))
        if self.beta <= 0:
            raise InputError(Problem(what=f"{self.base}: beta must be above 0, not {self.beta:g}"))
        if self.part == "compliant":
            check_selector(self, (KINDS,), least=1, most=1)
        else:
            check_selector(self, (ANSWERABLE,), least=0, most=len(ANSWERABLE) if self.part == "mean_compliance" else 0)

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that this aggregate depends on."""
        kept = {"scored_by", "tag", *(("beta",) if self.part == "llmc" else ())}
        kept |= {"threshold"} if self.scored_by == JUDGE else set()
        aggregate = {"aggregate": "min"} if self.part in ("robustness", "llmc") else {}
        return {key: value for key, value in super().options.items() if key in kept} | aggregate

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measure that scores single replies."""
        return (Rating().name if self.scored_by == JUDGE else RuleCompliance().name,)

    @property
    def is_mean(self) -> bool:
        """Say no to LLMC, which weighs two of them."""
        return self.part != "llmc"

    def reads(self, family: str) -> bool:
        """Say whether a condition is of a kind that enters."""
        return kind_of(family) in self.kinds

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds that enter."""
        if self.selector:
            return self.selector
        return {"grounding": UNANSWERABLE, "llmc": KINDS}.get(self.part, ANSWERABLE)

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return a compliance row per case of the kinds that enter; for ``robustness`` one row per item."""
        complied = self._complied(rows)
        return robust_rows(complied) if self.part == "robustness" else complied

    def parts(self) -> tuple[str, ...]:
        """Return the kinds, or for ``robustness`` the five of them together."""
        return ("+".join(ANSWERABLE),) if self.part == "robustness" else self.kinds

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the aggregate with limits over clusters."""
        match self.part:
            case "robustness":
                return robustness(self._complied(rows), confidence, sampled=sampled)
            case "grounding":
                return grounding(self._complied(rows), confidence, sampled=sampled)
            case "llmc":
                return llmc_estimate(self._complied(rows), confidence, beta=self.beta, sampled=sampled)
            case _:
                return super().estimate(rows, confidence, sampled=sampled)

    def _complied(self, rows: Iterable[Row]) -> list[Row]:
        (measure,) = self.measures
        by_judge = self.scored_by == JUDGE
        own = [row for row in self.tagged(rows) if row.measure == measure]
        raised = count_raises(own, float(LOW) if by_judge else 0.0)
        return of_kinds(compliant_rows(raised, self.threshold if by_judge else 1.0), self.kinds)
