"""RARE-Met by case: was the reply correct, a refusal, and was gold retrieved? What the aggregates are folded from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from robustcore.measures.abstention import PHRASES, has_abstained
from robustcore.measures.answers import check_choice
from robustcore.measures.base import NO_GOLD, Score, Status, TextMeasure, not_applicable
from robustcore.measures.matching import MATCHERS, Matcher, is_correct
from robustcore.systems.trial import Trial

_UNANSWERABLE = not_applicable("RARE asks only what the corpus answers")


def _same_cell(trial: Trial) -> Score:
    return Score(value=None, reason="noop", note=f"nothing to change for {', '.join(trial.idle)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RareCorrect(TextMeasure):
    """1 iff the reply states a gold answer, whatever was expected of it (spec metrics 2). Up; {0, 1}.

    Unlike ``answer_correct`` it is scored where refusing would be right, too: there a correct reply shows knowledge,
    or a leak. Of the probe without documents it is K. Unscored: an unanswerable question (``not_applicable``), and a
    cell whose query variant is the question as it was (``noop``): it would count another cell twice.
    """

    base: ClassVar[str] = "rare_met.correct"
    status: ClassVar[Status] = "PAPER"
    matcher: Matcher = "robust_v1"

    def __post_init__(self) -> None:
        """Refuse a matcher that does not exist."""
        check_choice(self.base, "matcher", self.matcher, MATCHERS)

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if trial.idle:
            return _same_cell(trial)
        if not trial.case.example.answerable:
            return _UNANSWERABLE
        text = trial.answer.text if trial.answer else ""
        found = is_correct(text, trial.case.example.answers, matcher=self.matcher)
        return NO_GOLD if found is None else Score(value=float(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class RareRefusal(TextMeasure):
    """1 iff the reply declines, see `has_abstained`. {0, 1}; whether that is robust, the cell of the grid decides."""

    base: ClassVar[str] = "rare_met.refusal"
    descriptive: ClassVar[bool] = True
    status: ClassVar[Status] = "PAPER"
    phrases: str = "default_en_v1"

    def __post_init__(self) -> None:
        """Refuse a phrase list that does not exist."""
        check_choice(self.base, "phrases", self.phrases, tuple(PHRASES))

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if trial.idle:
            return _same_cell(trial)
        if not trial.case.example.answerable or trial.answer is None:
            return _UNANSWERABLE
        return Score(value=float(has_abstained(trial.answer, self.phrases)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RareGoldRetrieved(TextMeasure):
    """1 iff a gold document is among what was retrieved with the question as it was asked. Up; {0, 1}.

    Unscored: no gold document is named (``no_oracle``); a system that does not show its ranking (``not_applicable``).
    """

    base: ClassVar[str] = "rare_met.gold_retrieved"
    descriptive: ClassVar[bool] = True
    status: ClassVar[Status] = "PAPER"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        gold = trial.case.example.gold_doc_ids
        if trial.ranking is None:
            return not_applicable("the system does not show what it retrieved")
        if not gold:
            return Score(value=None, reason="no_oracle", note="no gold document is named")
        return Score(value=float(any(passage.doc_id in gold for passage in trial.ranking)))
