"""Case: one question under one composed perturbation, with an id for people and a key for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robustcore.corpus.records import Example
from robustcore.keys import content_key, seed_of
from robustcore.perturb.base import Operator, Preserves


@dataclass(frozen=True, slots=True)
class Step:
    """One operator with its full options: a link of a chain. Shared by all cases that use it."""

    operator: Operator
    options: Mapping[str, Any]

    @property
    def identity(self) -> list[Any]:
        """Return the JSON value that identifies this step."""
        return [self.operator.name, self.operator.version, dict(self.options)]


@dataclass(frozen=True, slots=True)
class Condition:
    """An alternative at one severity: what a table row, a gate cell and a label in an id stand for.

    ``label`` is unique in its scenario ("qwerty_swap", "conflict-place=first"); no steps means clean.
    """

    label: str
    severity: float
    steps: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """Return ``label-s0.5``, or the label alone for a clean condition."""
        return f"{self.label}-s{self.severity:g}" if self.steps else self.label

    @property
    def points(self) -> frozenset[str]:
        """Return the injection points the system must offer."""
        return frozenset(step.operator.inject for step in self.steps)

    @property
    def removes_evidence(self) -> bool:
        """Say whether abstention becomes the right reply."""
        return any(step.operator.preserves is Preserves.EVIDENCE_REMOVING for step in self.steps)

    @property
    def family(self) -> str:
        """Return the operators' short names joined by ``+`` (the family of a union)."""
        return "+".join(step.operator.short for step in self.steps) or "clean"


CLEAN = Condition(label="clean", severity=0.0)


@dataclass(frozen=True, slots=True)
class Case:
    """A question under a condition, for the ``replicate``-th time.

    ``id`` reads well and is unique in the scenario ("typos-s0.5-q017"); everything else follows from content.
    """

    id: str
    example: Example
    condition: Condition
    replicate: int = 0

    @property
    def seed(self) -> int:
        """Return the seed of spec perturbations 1: item, operators, severity, variant; selection never changes it."""
        steps = [step.identity for step in self.condition.steps]
        return seed_of(self.example.id, steps, self.condition.severity, self.replicate)

    @property
    def key(self) -> str:
        """Return a content key: the same question, gold, steps, severity and replicate give the same key."""
        example = self.example
        gold = [example.answers, example.answerable, example.gold_doc_ids, example.wrong_answers]
        steps = [step.identity for step in self.condition.steps]
        return content_key(example.id, example.question, gold, steps, self.condition.severity, self.replicate)

    @property
    def cluster(self) -> str:
        """Return the unit of statistics: the original question unless the data says otherwise."""
        return self.example.cluster or self.example.id

    @property
    def expects_abstention(self) -> bool:
        """Say whether refusing is right: unanswerable, or the evidence was removed."""
        return not self.example.answerable or self.condition.removes_evidence

    def clean(self) -> Case:
        """Return the clean twin: the same question and replicate, nothing perturbed."""
        rest = self.id.removeprefix(f"{self.condition.name}-")  # the question and the replicate, as ids spell them
        asked = self.example.id if rest == self.id else rest
        return Case(f"{CLEAN.label}-{asked}", self.example, CLEAN, self.replicate)
