"""Whether a reply does what its item asks, by the grader that the item names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from robustcore.measures.base import DECLINE, Score, TextMeasure
from robustcore.measures.graders import passes
from robustcore.systems.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCorrect(TextMeasure):
    """1 iff the reply passes the item's grader: a stated answer, a final answer, or rules. Up; {0, 1}. [OURS].

    An item without a grader is judged by its answers, as ``answer_correct`` does. Unscored: no gold with content
    (``no_oracle``), abstention expected (``not_applicable``).
    """

    base: ClassVar[str] = "noisy.correct"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        example = trial.case.example
        if trial.case.expects_abstention:
            return DECLINE
        text = trial.answer.text if trial.answer else ""
        found = passes(text, example.grader or {"kind": "answer_correct"}, example.answers)
        return (
            Score(value=None, reason="no_oracle", note="no gold answer") if found is None else Score(value=float(found))
        )
