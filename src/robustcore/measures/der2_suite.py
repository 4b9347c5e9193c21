"""``der2.*``: scores by regime, the gaps between them, and mode-switch fragility as suites (spec metrics 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from robustcore.measures.answers import check_choice
from robustcore.measures.der2 import Rating, RuleCorrect
from robustcore.measures.suite import Suite, check_selector
from robustcore.stats.der2 import GAPS, REGIMES, fragile_estimate, gap_estimate, gap_rows, item_rows, regime_of
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import count_raises

JUDGE, RULES = "judge", "rules"


@dataclass(frozen=True, kw_only=True)
class DeR2(Suite):
    """An aggregate of DeR2 (arXiv 2601.21937). Runs are averaged per item first; gaps are down and never clamped.

    ``score[regime]``: S(x), the mean over items. ``rloss`` = S(concepts) - S(full), ``doc_to_concept_loss`` =
    S(concepts) - S(related), ``noise_loss`` = S(related) - S(full), ``knowledge_loss`` = S(concepts) - S(instruction):
    on items scored in both regimes, with paired limits. ``mode_switch_fragile`` is 1 iff S(full) < S(instruction).
    Replies are scored on five levels by a judge (``scored_by=judge``) or by rule (``rules``), never compared.
    """

    scored_by: str = JUDGE

    def __post_init__(self) -> None:
        """Refuse options and selectors that do not exist."""
        check_choice(self.base, "scored_by", self.scored_by, (JUDGE, RULES))
        asked = int(self.part == "score")
        check_selector(self, (REGIMES,), least=asked, most=asked)

    @property
    def options(self) -> dict[str, object]:
        """Return every option with its value, and what the definition fixes."""
        return {**super().options, "scale": "0-1", "runs": "averaged per item"}

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measure that scores single replies."""
        return (Rating().name if self.scored_by == JUDGE else RuleCorrect().name,)

    @property
    def regimes(self) -> tuple[str, ...]:
        """Return the regimes that enter."""
        return (self.selector[0],) if self.part == "score" else GAPS[self.part]

    def reads(self, family: str) -> bool:
        """Say whether a condition is a regime that enters."""
        return regime_of(family) in self.regimes

    def parts(self) -> tuple[str, ...]:
        """Return the regime, or the two that are compared."""
        return ("-".join(self.regimes),)

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return one row per item; for a gap the first regime is ``clean``."""
        (name,) = self.measures
        own = count_raises((row for row in self.tagged(rows) if row.measure == name), 0.0)
        return item_rows(own, self.regimes) if self.part == "score" else gap_rows(own, self.part)

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the aggregate with limits over clusters."""
        if self.part == "score":
            return super().estimate(rows, confidence, sampled=sampled)
        (name,) = self.measures
        own = count_raises((row for row in self.tagged(rows) if row.measure == name), 0.0)
        if self.part == "mode_switch_fragile":
            return fragile_estimate(own, confidence, sampled=sampled)
        return gap_estimate(own, self.part, confidence, sampled=sampled)
