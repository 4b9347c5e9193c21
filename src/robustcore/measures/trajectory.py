"""The way an agent took, against the way of its clean run: distance, extra steps, loops, limits, changed answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from robustcore.errors import InputError, Problem
from robustcore.keys import canonical_json
from robustcore.measures.abstention import has_abstained
from robustcore.measures.agents import AgentMeasure
from robustcore.measures.base import Score, TextMeasure, not_applicable
from robustcore.measures.matching import is_correct
from robustcore.systems.base import Answer
from robustcore.systems.trace import ToolUse, Trace
from robustcore.systems.trial import Trial

_CLEAN = not_applicable("the clean run is what others are compared with")
_NO_TWIN = not_applicable("there is no clean run to compare with")


def way_of(trace: Trace) -> list[str]:
    """Return the calls of a run as texts that are equal for equal calls: tool and normalised arguments."""
    return [call_of(use) for use in trace.uses]


def call_of(use: ToolUse) -> str:
    """Return one call as a text: letter case and white space of text arguments make no difference."""
    return f"{use.tool} {canonical_json(_folded(dict(use.arguments)))}"


def distance(one: Trace, other: Trace) -> float:
    """Return the edit distance of the sequences of (tool, normalised arguments), over the longer one; in [0, 1]."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(way_of(one), way_of(other)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstTwin(AgentMeasure):
    """Base of measures that compare a perturbed run with the clean run of the same task."""

    higher_is_better: ClassVar[bool] = False

    def of_run(self, trial: Trial, answer: Answer, trace: Trace) -> Score:
        """Return the score of a run."""
        if not trial.case.condition.steps:
            return _CLEAN
        if trial.twin is None or trial.twin.trace is None:
            return _NO_TWIN
        return Score(value=self.compared(trace, trial.twin.trace))

    def compared(self, trace: Trace, clean: Trace) -> float:
        """Return the value of a run against its clean one."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to compare")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryDistance(AgainstTwin):
    """Normalised edit distance between the calls of the clean and the perturbed run (spec metrics 1, ours). [0, 1].

    Calls are (tool, normalised arguments). Down; a retry is a step away from the clean run and no fault by itself.
    """

    base: ClassVar[str] = "trajectory.distance"
    binary: ClassVar[bool] = False

    def compared(self, trace: Trace, clean: Trace) -> float:
        """Return the distance."""
        return distance(trace, clean)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraSteps(AgainstTwin):
    """Calls of tools in the perturbed run less those in the clean one (spec metrics 1, ours). Down; may be negative."""

    base: ClassVar[str] = "trajectory.extra_steps"
    binary: ClassVar[bool] = False

    def compared(self, trace: Trace, clean: Trace) -> float:
        """Return the difference."""
        return float(len(trace.uses) - len(clean.uses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(AgentMeasure):
    """1 iff the same call (tool and normalised arguments) was made ``times`` times or more in a run (ours). Down."""

    base: ClassVar[str] = "trajectory.loop"
    higher_is_better: ClassVar[bool] = False
    times: int = 4

    def __post_init__(self) -> None:
        """Refuse a number of calls that is no loop."""
        if self.times < 2:
            raise InputError(Problem(what=f"trajectory.loop: times must be 2 or more, not {self.times}"))

    def of_run(self, trial: Trial, answer: Answer, trace: Trace) -> Score:
        """Return the score of a run."""
        del trial, answer
        return Score(value=float(max(Counter(way_of(trace)).values(), default=0) >= self.times))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLimitHit(AgentMeasure):
    """1 iff the run was ended by its step limit (spec metrics 1, ours). Down."""

    base: ClassVar[str] = "step_limit_hit"
    higher_is_better: ClassVar[bool] = False

    def of_run(self, trial: Trial, answer: Answer, trace: Trace) -> Score:
        """Return the score of a run."""
        return Score(value=float(trace.ended == "step_limit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimitHit(AgentMeasure):
    """1 iff the run was ended by its time limit (ours). Down. What models and tools take counts, waiting does not."""

    base: ClassVar[str] = "time_limit_hit"
    higher_is_better: ClassVar[bool] = False

    def of_run(self, trial: Trial, answer: Answer, trace: Trace) -> Score:
        """Return the score of a run."""
        return Score(value=float(trace.ended == "time_limit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolHung(AgentMeasure):
    """1 iff a tool really gave no result within its limit, without a fault of ours (ours). Down."""

    base: ClassVar[str] = "tool_hung"
    higher_is_better: ClassVar[bool] = False

    def of_run(self, trial: Trial, answer: Answer, trace: Trace) -> Score:
        """Return the score of a run."""
        return Score(value=float(any(use.status == "timeout" and use.fault != "timeout" for use in trace.uses)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChanged(TextMeasure):
    """1 iff the reply is another one than that of the clean run, whichever is right (ours). Down.

    The same: both decline, both state the same gold answer, or one states the other (`matching.is_correct`).
    Only systems with a trace keep their clean reply; all others, and clean cases, are ``not_applicable``.
    """

    base: ClassVar[str] = "answer_changed"
    higher_is_better: ClassVar[bool] = False

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        if not trial.case.condition.steps:
            return _CLEAN
        if trial.twin is None or trial.answer is None:
            return _NO_TWIN
        return Score(value=float(not _same(trial.answer, trial.twin, trial.case.example.answers)))


def _same(one: Answer, other: Answer, golds: tuple[str, ...]) -> bool:
    if has_abstained(one) or has_abstained(other):
        return has_abstained(one) and has_abstained(other)
    if any(is_correct(one.text, [gold]) and is_correct(other.text, [gold]) for gold in golds):
        return True
    if not one.text.strip() or not other.text.strip():
        return one.text.strip() == other.text.strip()
    return bool(is_correct(one.text, [other.text])) or bool(is_correct(other.text, [one.text]))


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, dict):
        return {key: _folded(item) for key, item in value.items()}
    return [_folded(item) for item in value] if isinstance(value, list) else value
