"""DeR2 by case: does a reply pass the item's grader, and what does a judge say of it (spec metrics 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

from robustcore.calls.types import Endpoint, Flow
from robustcore.measures.answers import check_choice
from robustcore.measures.base import NO_GOLD, Score, Status, TextMeasure, not_applicable, unscored
from robustcore.measures.der2_rubric import REMINDER, RUBRIC, WANTED, Judged, judged_of, messages, prompt_hash
from robustcore.measures.graders import passes
from robustcore.measures.judging import NEEDS_JUDGE, Judge, judge_options, verdict
from robustcore.stats.der2 import LABELS
from robustcore.systems.trial import Trial

S = TypeVar("S", bound="OfJudge")

COUNTS: tuple[str, ...] = ("used", "missed", "other")
DEFAULT_GRADER: Mapping[str, Any] = {"kind": "final_answer"}
_NO_CONCEPTS = not_applicable("DeR2 asks what an item's own concepts solve, and this one names none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade(TextMeasure):
    """1 iff the reply passes the item's own grader; without one, iff its final answer is a gold answer. Up. [OURS].

    The final answer is what follows the last "Answer:", else the last line. Unscored: an item without concepts
    (``not_applicable``), no gold with content (``no_oracle``). Never compared with the levels of a judge.
    """

    base: ClassVar[str] = "der2.grade"

    def score(self, trial: Trial) -> Score:
        """Return the score of a trial that has an answer."""
        example = trial.case.example
        if not example.concepts or trial.answer is None:
            return _NO_CONCEPTS
        found = passes(trial.answer.text, example.grader or DEFAULT_GRADER, example.answers)
        if found is None:
            return NO_GOLD
        return Score(value=float(found))


@dataclass(frozen=True, kw_only=True)
class OfJudge(TextMeasure):
    """Base of what is read in the one verdict of a judge on a reply, see `der2_rubric`; it is asked for once.

    A verdict that cannot be read, or is off the scale, is asked for once more and is a ``judge_error`` after that.
    Without a judge the case is ``not_applicable``.
    """

    binary: ClassVar[bool] = False
    status: ClassVar[Status] = "PAPER"
    rubric: str = RUBRIC
    max_tokens: int = 800
    judge: Judge | None = field(default=None, metadata={"option": False})

    @property
    def options(self) -> dict[str, Any]:
        """Return every option with its value, the judge, its decoding and the hash of its prompt."""
        return {**super().options, "temperature": 0, "prompt": prompt_hash(), **judge_options(self.judge)}

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the judge, if there is one."""
        return {self.judge.name: self.judge.endpoint} if self.judge else {}

    def judged_by(self: S, judge: Judge) -> S:
        """Return this measure with ``judge`` as its judge."""
        return replace(self, judge=judge)

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that has ``trial`` judged: one call, or two where the first verdict cannot be read."""
        missing = unscored(trial)
        example = trial.case.example
        if missing is not None or trial.answer is None:
            return missing or not_applicable("no answer")
        if not example.concepts:
            return _NO_CONCEPTS
        if self.judge is None:
            return not_applicable(NEEDS_JUDGE)
        found = yield from verdict(
            self.judge,
            messages(example, trial.answer),
            lambda said: judged_of(said, len(example.concepts)),
            reminder=REMINDER,
            wanted=WANTED,
            max_tokens=self.max_tokens,
        )
        return found if isinstance(found, Score) else self.of(found, len(example.concepts))

    def of(self, judged: Judged, concepts: int) -> Score:
        """Return the score that this measure reads in a verdict on a reply to an item of so many concepts."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it reads")


@dataclass(frozen=True, kw_only=True)
class Rating(OfJudge):
    """The judge's score of a reply: 0, 0.25, 0.5, 0.75 or 1 (arXiv 2601.21937). Up. [PAPER, the wording OURS]."""

    base: ClassVar[str] = "der2.rating"

    def of(self, judged: Judged, concepts: int) -> Score:
        """Return the level."""
        return Score(value=judged.score, note=", ".join(judged.errors))


@dataclass(frozen=True, kw_only=True)
class Concepts(OfJudge):
    """How many concepts of the item a reply relies on (``count=used``), lacks (``missed``), or adds (``other``).

    They are the TP, FN and FP of concept precision and recall (arXiv 2601.21937). [PAPER]
    """

    base: ClassVar[str] = "der2.concepts"
    descriptive: ClassVar[bool] = True
    count: str = "used"

    def __post_init__(self) -> None:
        """Refuse a count that does not exist."""
        check_choice(self.base, "count", self.count, COUNTS)

    def of(self, judged: Judged, concepts: int) -> Score:
        """Return the count."""
        found = {"used": len(judged.used), "missed": concepts - len(judged.used), "other": judged.other}
        return Score(value=float(found[self.count]))


@dataclass(frozen=True, kw_only=True)
class Error(OfJudge):
    """1 iff the judge gives a reply the error ``label``: MC missing, UC misused concept, R reasoning, NF number, form.

    A reply has at most two labels, a right one none (arXiv 2601.21937). Down; {0, 1}. [PAPER]
    """

    base: ClassVar[str] = "der2.error"
    binary: ClassVar[bool] = True
    higher_is_better: ClassVar[bool] = False
    descriptive: ClassVar[bool] = True
    label: str = "MC"

    def __post_init__(self) -> None:
        """Refuse a label that does not exist."""
        check_choice(self.base, "label", self.label, LABELS)

    def of(self, judged: Judged, concepts: int) -> Score:
        """Return whether the label is there."""
        return Score(value=float(self.label in judged.errors))
