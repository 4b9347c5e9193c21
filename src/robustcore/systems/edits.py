"""The edits of one case: each step at its injection point, in order, until one makes the case unusable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from robustcore.calls.types import Flow
from robustcore.case import Case, Step
from robustcore.corpus.records import Corpus, Origin, Passage
from robustcore.keys import rng_of
from robustcore.perturb.base import Preserves
from robustcore.perturb.edit import At, Edit, Models
from robustcore.systems.gate import Verdict, judged


class Edits:
    """What the steps of one case have done so far. ``skip`` is set by the first step that makes the case unusable."""

    def __init__(self, case: Case, corpus: Corpus, models: Models) -> None:
        self._steps = case.condition.steps
        self._flows = case.condition.flows
        self.corpus = corpus
        self.documents = len(corpus)
        seed = case.seed if self._steps else 0
        severity, example, replicate = case.condition.severity, case.example, case.replicate
        self._at = [
            At(
                severity=severity if step.severity is None else step.severity,
                rng=rng_of(seed + i),
                example=example,
                corpus=corpus,
                models=models,
                replicate=replicate,
            )
            for i, step in enumerate(self._steps)
        ]
        self._perturbing = self._untouched = sum(not step.operator.setting for step in self._steps)
        self.done: list[Edit[Any]] = []
        self.idle: list[str] = []
        self.set: Any = None  # the passages as the settings of the chain left them: what its perturbations start from
        self.skip = ""
        self.note = ""
        self.verdict: Verdict | None = None
        self.rejected: Any = None
        self.origins: tuple[tuple[str, Origin], ...] = ()
        self.remarks: tuple[tuple[str, str], ...] = ()

    def search(self, search: Callable[[tuple[str, ...]], Flow[tuple[Passage, ...]]]) -> None:
        """Let operators that ask retrieve as the system does."""
        asks = [step.operator.flow is not None for step in self._steps]
        self._at = [at._replace(search=search) if ask else at for at, ask in zip(self._at, asks, strict=True)]

    @property
    def flows(self) -> bool:
        """Say whether `flow` is needed: `apply` does the same for operators that make no calls, and faster."""
        return self._flows

    @property
    def probe(self) -> bool:
        """Say whether the system is to be asked as one asks without documents."""
        return any(edit.probe for edit in self.done)

    def apply(self, point: str, value: Any) -> Any:
        """Return ``value`` after every step of that injection point, in order."""
        for step, at in zip(self._steps, self._at, strict=True):
            if step.operator.inject == point:
                value = self._taken(step, step.operator.apply(value, at, **step.options), value)
                if self.skip:
                    return value
        self._check_untouched()
        return value

    def flow(self, point: str, value: Any) -> Flow[Any]:
        """Return the flow that does what `apply` does where operators ask models."""
        for step, at in zip(self._steps, self._at, strict=True):
            if step.operator.inject == point:
                edit = yield from _edit(step, value, at)
                if edit.origin is not None:
                    self.origins += ((step.operator.name, edit.origin),)
                if step.operator.gated and edit.status == "applied" and at.severity > 0:
                    self.verdict = yield from judged(step.operator.preserves, value, edit, at)
                    if self.verdict.status != "applied":
                        self.rejected = edit.value
                        edit = edit._replace(value=value, status=self.verdict.status, note=self.verdict.note)
                value = self._taken(step, edit, value)
                if self.skip:
                    return value
        self._check_untouched()
        return value

    def _taken(self, step: Step, edit: Edit[Any], value: Any) -> Any:
        """Return the edited value; where the edit makes the case unusable, note why and return ``value``.

        Evidence that was to be removed and was not leaves nothing to refuse for, whatever else the chain does.
        """
        kept = edit.status == "noop" and step.operator.preserves is Preserves.EVIDENCE_REMOVING
        if kept or edit.status not in ("applied", "noop"):
            self.skip, self.note = edit.status, edit.note
            return value
        if step.operator.setting:
            self.set = edit.value if step.operator.inject == "context" else self.set
        elif edit.status == "applied":
            self._untouched -= 1
            if edit.note:
                self.remarks += ((step.operator.name, edit.note),)
        else:
            self.idle.append(step.operator.name)
        self.done.append(edit)
        return edit.value

    def _check_untouched(self) -> None:
        all_done = len(self.done) == len(self._steps)
        if all_done and self._perturbing and self._untouched == self._perturbing and self._at[0].severity > 0:
            self.skip, self.note = "noop", next((edit.note for edit in self.done if edit.note), "nothing was changed")


def _edit(step: Step, value: Any, at: At) -> Flow[Edit[Any]]:
    operator = step.operator
    if operator.flow is None:
        return operator.apply(value, at, **step.options)
    return (yield from operator.flow(value, at, **step.options))
