"""``der2.*``: S by regime, gaps between regimes, the mode switch, concepts and errors as suites (spec metrics 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from robustcore.errors import InputError, Problem
from robustcore.measures.answers import check_choice
from robustcore.measures.der2 import Concepts, Error, Grade, Rating
from robustcore.measures.suite import Suite, check_selector
from robustcore.stats import der2
from robustcore.stats.der2 import FULL, GAPS, INSTRUCTION, LABELS, REGIMES, RELATED
from robustcore.stats.means import mean_estimate
from robustcore.stats.rows import Estimate, Row

JUDGE, GRADER = "judge", "grader"
SCALES: Final = (1, 100)
_USED, _MISSED, _OTHER = (Concepts(count=count).name for count in ("used", "missed", "other"))
_SWITCH: Final = (INSTRUCTION, FULL)


@dataclass(frozen=True, kw_only=True)
class Der2(Suite):
    """An aggregate of DeR2 (arXiv 2601.21937). [PAPER; limits, ``grader`` and ``load_loss`` OURS].

    ``score[regime]`` S: mean over items of the mean of their runs, by the levels of a judge (``scored_by=judge``) or by
    the items' own graders (``grader``); the two are never compared. Gaps, down, in [-1, 1] and never clamped, over the
    items scored in both regimes: ``rloss`` S(concepts) - S(full), ``doc_to_concept_loss`` S(concepts) - S(related),
    ``noise_loss`` S(related) - S(full), ``knowledge_loss`` S(concepts) - S(instruction), ``load_loss[share]``
    S(related) - S(full set with that share of its noise). ``identity`` is rloss less the two gaps it is made of.
    ``mode_switch_fragile`` 1 if S(full) < S(instruction), ``mode_switch_share`` the share of bootstrap draws that say
    so, too. By the judge: ``concept_precision[regime]`` TP/(TP+FP), ``concept_recall[regime]`` TP/(TP+FN) and
    ``error_rate[label,regime]``. ``scale=100`` gives scores and gaps in points. Null where no item is scored (for gaps:
    in both regimes).
    """

    scored_by: str = JUDGE
    scale: int = 1

    def __post_init__(self) -> None:
        """Refuse options and selectors that do not exist."""
        check_choice(self.base, "scored_by", self.scored_by, (JUDGE, GRADER))
        if self.scale not in SCALES:
            raise InputError(Problem(what=f"{self.base}: scale must be 1 or 100, not {self.scale}"))
        if self.part == "load_loss":
            check_selector(self, ((),), least=1, most=1)
            self._check_share()
        else:
            choices = ((LABELS, REGIMES) if self.part == "error_rate" else (REGIMES,)) if self._most else ((),)
            check_selector(self, choices, least=self._most, most=self._most)

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that this aggregate depends on, and what the definition fixes."""
        kept = {"tag"} if self._of_judge else {"tag", "scored_by", *({"scale"} if self._scaled else set())}
        return {**{key: value for key, value in super().options.items() if key in kept}, "runs": "averaged by item"}

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measures that score single replies."""
        if self.part in ("concept_precision", "concept_recall"):
            return _USED, _OTHER if self.part == "concept_precision" else _MISSED
        if self.part == "error_rate":
            return (Error(label=self.selector[0]).name,)
        return (Rating().name if self.scored_by == JUDGE else Grade().name,)

    @property
    def span(self) -> tuple[float, float]:
        """Return the least and the greatest value there can be."""
        most = float(self.scale) if self._scaled else 1.0
        return (-most if self.part in (*GAPS, "load_loss", "identity") else 0.0), most

    @property
    def is_mean(self) -> bool:
        """Say whether it is a mean of items or of their gaps, and not told in points."""
        return self.part in ("score", "error_rate", "load_loss", *GAPS) and (self.scale == 1 or not self._scaled)

    @property
    def foreseen(self) -> bool:
        """Say whether the questions a gate needs can be told beforehand: not for a yes or no over two means."""
        return not self.part.startswith("mode_switch") and self.part != "identity"

    def reads(self, family: str) -> bool:
        """Say whether a condition is a regime that enters."""
        return any(place.partition("@")[0] == family for place in self._places)

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return a row per item and part: its mean, or the gap between its means; of what a judge counts, per reply."""
        own = self._own(rows)
        if self._of_judge:
            regime = self.selector[-1]
            return [replace(row, condition=regime) for row in own if row.family == regime and row.severity == 1]
        if self.part == "score":
            return der2.item_rows(own, self._places)
        return [row for pair in self._pairs for row in der2.gap_rows(own, *pair)]

    def parts(self) -> tuple[str, ...]:
        """Return the regime, or the pairs of regimes."""
        if self._of_judge or self.part == "score":
            return (self.selector[-1],)
        return tuple("-".join(pair) for pair in self._pairs)

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the aggregate with limits over clusters: paired ones for gaps."""
        own = self._own(rows)
        match self.part:
            case "mode_switch_fragile":
                return der2.mode_switch(own, confidence, sampled=sampled)
            case "mode_switch_share":
                return der2.switch_share(own, confidence)
            case "identity":
                return self._in_points(der2.identity(own, confidence))
            case "concept_precision" | "concept_recall":
                top, beside = ([row for row in self.fold(own) if row.measure == one] for one in self.measures)
                return der2.ratio(top, beside, confidence, sampled=sampled)
            case "score" | "error_rate":
                return self._in_points(mean_estimate(self.fold(own), confidence, sampled=sampled))
            case _:
                return self._in_points(der2.gap(own, *self._pairs[0], confidence, sampled=sampled))

    @property
    def _most(self) -> int:
        """How many names belong in brackets."""
        return {"score": 1, "concept_precision": 1, "concept_recall": 1, "error_rate": 2}.get(self.part, 0)

    @property
    def _of_judge(self) -> bool:
        return self.part in ("concept_precision", "concept_recall", "error_rate")

    @property
    def _scaled(self) -> bool:
        return self.part in ("score", "load_loss", "identity", *GAPS)

    @property
    def _pairs(self) -> tuple[tuple[str, str], ...]:
        if self.part == "load_loss":
            return ((RELATED, f"{FULL}@{float(self.selector[0]):g}"),)
        if self.part == "identity":
            return GAPS["rloss"], GAPS["doc_to_concept_loss"], GAPS["noise_loss"]
        return (GAPS.get(self.part, _SWITCH),)

    @property
    def _places(self) -> tuple[str, ...]:
        if self._most:
            return (self.selector[-1],)
        return tuple(dict.fromkeys(place for pair in self._pairs for place in pair))

    def _own(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in self.tagged(rows) if row.measure in self.measures]

    def _in_points(self, found: Estimate) -> Estimate:
        if self.scale == 1 or not self._scaled:
            return found
        named = ("value", "low", "high", "if_zero", "if_one")
        changed = {name: self.scale * value for name in named if (value := getattr(found, name)) is not None}
        return replace(found, **changed)

    def _check_share(self) -> None:
        try:
            share = float(self.selector[0])
        except ValueError:
            share = 0.0
        if not 0 < share < 1:
            what = f"{self.base}: {self.selector[0]!r} is no share of the noise between 0 and 1"
            raise InputError(Problem(what=what, fix=f"write {self.base}[0.5]; all of it is der2.noise_loss"))
