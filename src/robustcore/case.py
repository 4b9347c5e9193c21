"""Case: one question under one composed perturbation, with an id for people and a key for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from robustcore.corpus.records import Example
from robustcore.keys import canonical_json, key_of_json, seed_of_text
from robustcore.perturb.base import Operator, Preserves


@dataclass(frozen=True, slots=True)
class Step:
    """One operator with its full options: a link of a chain. Shared by all cases that use it.

    ``severity`` is the link's own, where a chain joins operators at different ones; None takes the condition's.
    """

    operator: Operator
    options: Mapping[str, Any]
    severity: float | None = None

    @property
    def identity(self) -> list[Any]:
        """Return the JSON value that identifies this step."""
        own = [] if self.severity is None else [self.severity]
        return [self.operator.name, self.operator.version, dict(self.options), *own]


@dataclass(frozen=True, slots=True)
class Condition:
    """An alternative at one severity: what a table row, a gate cell and a label in an id stand for.

    ``label`` is unique in its scenario ("qwerty_swap", "conflict-place=first"); no steps means clean. What follows
    from these is worked out once for all cases: ``name`` is ``label-s0.5``, or the label alone for a clean condition;
    ``family`` the operators' short names joined by ``+`` (the family of a union); ``removes_evidence`` says whether
    abstention becomes the right reply; ``flows`` whether an operator or its gate may make calls; ``identity``
    is canonical JSON of steps and severity, joined by a comma, ``identity_bytes`` the same in UTF-8.
    """

    label: str
    severity: float
    steps: tuple[Step, ...] = ()
    name: str = field(init=False, compare=False, repr=False)
    family: str = field(init=False, compare=False, repr=False)
    removes_evidence: bool = field(init=False, compare=False, repr=False)
    flows: bool = field(init=False, compare=False, repr=False)
    identity: str = field(init=False, compare=False, repr=False)
    identity_bytes: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Work out what every case of the condition asks for."""
        steps = self.steps
        removes = any(step.operator.preserves is Preserves.EVIDENCE_REMOVING for step in steps)
        what = canonical_json([step.identity for step in steps])
        object.__setattr__(self, "name", f"{self.label}-s{self.severity:g}" if steps else self.label)
        object.__setattr__(self, "family", "+".join(step.operator.short for step in steps) or "clean")
        object.__setattr__(self, "removes_evidence", removes)
        flows = any(step.operator.flow is not None or step.operator.gated for step in steps)
        object.__setattr__(self, "flows", flows)
        identity = f"{what},{canonical_json(self.severity)}"
        object.__setattr__(self, "identity", identity)
        object.__setattr__(self, "identity_bytes", identity.encode("utf-8", "surrogatepass"))

    @property
    def points(self) -> frozenset[str]:
        """Return the injection points the system must offer."""
        return frozenset(step.operator.inject for step in self.steps)

    @property
    def asks(self) -> frozenset[str]:
        """Return which `Models` its operators and their gates may ask."""
        return frozenset().union(*(step.operator.asks for step in self.steps))


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
        return seed_of_text(self.example.id, self.condition.identity_bytes, self.replicate)

    @property
    def key(self) -> str:
        """Return a content key: the same question, gold, steps, severity and replicate give the same key."""
        example = self.example
        gold: list[Any] = [example.answers, example.answerable, example.gold_doc_ids, example.wrong_answers]
        if example.choice is not None:
            gold.append(asdict(example.choice))
        own = canonical_json(example.id), canonical_json(example.question), canonical_json(gold)
        return key_of_json(*own, self.condition.identity, str(self.replicate))

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
