"""Outcome of a reply in one word, and the rates built on it (spec metrics 1, [STANDARD])."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from robustcore.corpus.normalise import tokens
from robustcore.measures.abstention import has_abstained
from robustcore.measures.answers import AnswerCorrect
from robustcore.measures.base import DECLINE, Score, Status, TextMeasure, not_applicable
from robustcore.systems.trial import Trial


class Outcome(StrEnum):
    """What a reply was. ``hedged`` abstains and is correct; ``empty`` is neither correct nor abstained."""

    ANSWERED_CORRECT = "answered_correct"
    ANSWERED_WRONG = "answered_wrong"
    ABSTAINED = "abstained"
    HEDGED = "hedged"
    EMPTY = "empty"


def outcome(trial: Trial) -> Outcome | None:
    """Return the outcome of a trial, None if it has no reply. Without gold an answer is wrong: none was to be had."""
    if trial.reason or trial.answer is None:
        return None
    correct = AnswerCorrect().score(trial).value == 1
    if has_abstained(trial.answer):
        return Outcome.HEDGED if correct else Outcome.ABSTAINED
    if not tokens(trial.answer.text):
        return Outcome.EMPTY
    return Outcome.ANSWERED_CORRECT if correct else Outcome.ANSWERED_WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(TextMeasure):
    """1 iff the reply is an answer, right or wrong: neither an abstention nor empty. Up; {0, 1}.

    Read it beside `SelectiveAccuracy`: a system that refuses what it does not know loses the one and gains the other.
    """

    base: ClassVar[str] = "coverage"
    status: ClassVar[Status] = "STANDARD"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        return Score(value=float(outcome(trial) in _ANSWERED))


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectiveAccuracy(TextMeasure):
    """1 iff the answer is correct, of the replies that are one: answered_correct / answered. Up; {0, 1}.

    Unscored: an abstention or an empty reply (``not_applicable``). An answer where none is to be had is wrong.
    """

    base: ClassVar[str] = "selective_accuracy"
    status: ClassVar[Status] = "STANDARD"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        found = outcome(trial)
        return Score(value=float(found is _CORRECT)) if found in _ANSWERED else not_applicable("it did not answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverRefusal(TextMeasure):
    """1 iff the system declines although an answer is to be had. Down; {0, 1}.

    Unscored: cases in which declining is right (``not_applicable``: `UnsupportedAnswer` scores those).
    """

    base: ClassVar[str] = "over_refusal"
    higher_is_better: ClassVar[bool] = False
    status: ClassVar[Status] = "STANDARD"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        return DECLINE if trial.case.expects_abstention else Score(value=float(outcome(trial) in _DECLINED))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedAnswer(TextMeasure):
    """1 iff the system does not decline although no answer is to be had. Down; {0, 1}.

    Unscored: cases that have an answer (``not_applicable``: `OverRefusal` scores those).
    """

    base: ClassVar[str] = "unsupported_answer"
    higher_is_better: ClassVar[bool] = False
    status: ClassVar[Status] = "STANDARD"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if not trial.case.expects_abstention:
            return not_applicable("an answer is to be had, see over_refusal")
        return Score(value=float(outcome(trial) not in _DECLINED))


_CORRECT = Outcome.ANSWERED_CORRECT
_ANSWERED = frozenset({_CORRECT, Outcome.ANSWERED_WRONG})
_DECLINED = frozenset({Outcome.ABSTAINED, Outcome.HEDGED})
