"""Outcome of a reply in one word, and the rates built on it (spec metrics 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from robustcore.corpus.normalise import tokens
from robustcore.measures.abstention import has_abstained
from robustcore.measures.matching import is_correct
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
    correct = not trial.case.expects_abstention and bool(is_correct(trial.answer.text, trial.case.example.answers))
    if has_abstained(trial.answer):
        return Outcome.HEDGED if correct else Outcome.ABSTAINED
    if not tokens(trial.answer.text):
        return Outcome.EMPTY
    return Outcome.ANSWERED_CORRECT if correct else Outcome.ANSWERED_WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRates:
    """Rates over outcomes, None where there is nothing to divide by.

    ``coverage`` = answered / scored; ``selective_accuracy`` = answered_correct / answered; ``over_refusal`` = share
    abstained where an answer exists (down); ``unsupported_answer`` = 1 - share abstained where none does (down).
    """

    coverage: float | None
    selective_accuracy: float | None
    over_refusal: float | None
    unsupported_answer: float | None


def outcome_rates(trials: Iterable[Trial]) -> OutcomeRates:
    """Return the rates over the trials that have a reply."""
    counts: Counter[tuple[bool, Outcome]] = Counter()
    for trial in trials:
        found = outcome(trial)
        if found is not None:
            counts[trial.case.expects_abstention, found] += 1
    right = sum(counts[e, Outcome.ANSWERED_CORRECT] for e in (False, True))
    answered = right + sum(counts[e, Outcome.ANSWERED_WRONG] for e in (False, True))
    scored = {expects: sum(n for (e, _), n in counts.items() if e is expects) for expects in (False, True)}
    refused = {e: counts[e, Outcome.ABSTAINED] + counts[e, Outcome.HEDGED] for e in (False, True)}
    kept = _share(refused[True], scored[True])
    return OutcomeRates(
        coverage=_share(answered, sum(scored.values())),
        selective_accuracy=_share(right, answered),
        over_refusal=_share(refused[False], scored[False]),
        unsupported_answer=None if kept is None else 1 - kept,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
