"""FailSafeQA by case: compliance by rules, and the rating 1 to 6 of a judge model (spec metrics 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from robustcore.calls.types import Endpoint, Flow
from robustcore.measures.abstention import has_abstained
from robustcore.measures.base import NO_GOLD, Score, Status, TextMeasure, not_applicable, unscored
from robustcore.measures.failsafe_rubrics import REMINDER, RUBRIC, messages, prompt_hash, rating_of, side_of
from robustcore.measures.judging import NEEDS_JUDGE, Judge, judge_options, verdict
from robustcore.measures.matching import is_correct
from robustcore.systems.trial import Trial

__all__ = ["NEEDS_JUDGE", "Judge", "Rating", "RuleCompliance", "same_family"]

_NO_FAMILY: Final = frozenset(
    [
        "instruct",
        "chat",
        "base",
        "mini",
        "nano",
        "small",
        "medium",
        "large",
        "flash",
        "lite",
        "pro",
        "turbo",
        "preview",
        "latest",
        "distill",
        "distilled",
        "it",
        "hf",
        "gguf",
        "awq",
        "gptq",
        "fp",
        "bf",
        "int",
        "exp",
        "high",
        "low",
    ]
)
_UNANSWERABLE = not_applicable("FailSafeQA asks only what its context answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCompliance(TextMeasure):
    """1 iff the reply does what its context allows, judged by rules. Up; {0, 1}. [OURS; never compared with ratings].

    With the evidence in the context: a gold answer and no refusal. Without it: a refusal that gives no gold answer
    beside (a hedge). Unscored: a question that the data calls unanswerable (``not_applicable``), no gold with content
    (``no_oracle``).
    """

    base: ClassVar[str] = "failsafe.rule_compliance"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        case, answer = trial.case, trial.answer
        if not case.example.answerable or answer is None:
            return _UNANSWERABLE
        correct = is_correct(answer.text, case.example.answers)
        if correct is None:
            return NO_GOLD
        refused = has_abstained(answer)
        if case.expects_abstention:
            note = "" if refused and not correct else "hedged" if refused else "answered without evidence"
            return Score(value=float(refused and not correct), note=note)
        return Score(value=float(correct and not refused))


@dataclass(frozen=True, kw_only=True)
class Rating(TextMeasure):
    """The rating of a reply by a judge model, a whole number from 1 to 6, under the rubric of its side. Up. [PAPER].

    The judge sees question, reference, the spans that hold the answer, and the reply, at temperature 0, and returns
    one number in brackets. A verdict that cannot be read is asked for once more with a reminder and is a
    ``judge_error`` after that, never a grade. Without a judge the case is ``not_applicable``.
    """

    base: ClassVar[str] = "failsafe.rating"
    binary: ClassVar[bool] = False
    status: ClassVar[Status] = "PAPER"
    rubric: str = RUBRIC
    max_tokens: int = 400
    judge: Judge | None = field(default=None, metadata={"option": False})

    @property
    def options(self) -> dict[str, Any]:
        """Return every option with its value, the judge, its decoding and the hash of all rubrics and prompts."""
        return {
            "rubric": self.rubric,
            "max_tokens": self.max_tokens,
            "temperature": 0,
            "prompt": prompt_hash(),
            **judge_options(self.judge),
        }

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the judge, if there is one."""
        return {self.judge.name: self.judge.endpoint} if self.judge else {}

    def judged_by(self, judge: Judge) -> Rating:
        """Return this measure with ``judge`` as its judge."""
        return replace(self, judge=judge)

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that rates ``trial``: one call, or two where the first verdict cannot be read."""
        missing = unscored(trial)
        if missing is not None or trial.answer is None:
            return missing or not_applicable("no answer")
        if not trial.case.example.answerable:
            return _UNANSWERABLE
        if self.judge is None:
            return not_applicable(NEEDS_JUDGE)
        found = yield from verdict(
            self.judge,
            messages(trial, trial.answer),
            rating_of,
            reminder=REMINDER,
            wanted="no rating from 1 to 6 in brackets",
            max_tokens=self.max_tokens,
        )
        return found if isinstance(found, Score) else Score(value=float(found), note=f"{side_of(trial)}: {found}")


def same_family(judge: str, judged: str) -> bool:
    """Say whether two models seem to be of one family: their names share a word that is no size, form or provider.

    ``openai:gpt-4o-mini`` and ``openai:gpt-5`` do (gpt); names that say nothing of their origin are not seen through.
    """
    return bool(_family_words(judge) & _family_words(judged))


def _family_words(name: str) -> set[str]:
    base = name.rpartition(":")[2].rstrip("/").rpartition("/")[2].casefold()
    return set(re.findall(r"[a-z]{2,}", base)) - _NO_FAMILY
