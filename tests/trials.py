"""Trials for tests of measures, from the parts a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from robustcore.calls.types import Call, CallError, Endpoint, Flow, Reply
from robustcore.case import CLEAN, Case, Condition, Step
from robustcore.corpus.records import Example, Passage
from robustcore.measures.base import Measure, Score
from robustcore.perturb.base import Operator, Preserves
from robustcore.perturb.edit import At, Edit
from robustcore.systems.base import Answer, Citation
from robustcore.systems.trial import Trial


def _unchanged(value: Any, at: At) -> Edit[Any]:
    return Edit(value=value)


def condition(preserves: Preserves, inject: Any = "context") -> Condition:
    """Return a condition of one operator that keeps ``preserves``."""
    operator = Operator(name=f"{inject}.x", inject=inject, preserves=preserves, version=1, apply=_unchanged)
    return Condition("x", 1.0, (Step(operator, {}),))


REMOVED = condition(Preserves.EVIDENCE_REMOVING)
WITHDRAWN = condition(Preserves.ADDS_NOISE, "corpus")


def passages(*texts: str, title: str = "") -> tuple[Passage, ...]:
    """Return passages of documents d0, d1, ..."""
    return tuple(Passage(doc_id=f"d{i}", text=text, title=title) for i, text in enumerate(texts))


def trial(
    reply: str | None,
    *golds: str,
    question: str = "What is the capital of France?",
    answerable: bool = True,
    under: Condition = CLEAN,
    abstained: bool | None = None,
    given: Sequence[Passage] | None = None,
    cites: Sequence[tuple[str, str]] = (),
    gold_docs: tuple[str, ...] = (),
    grades: tuple[tuple[str, int], ...] = (),
    **seen: Any,
) -> Trial:
    """Return a trial that got ``reply`` (None: no answer) for a question with gold answers ``golds``."""
    example = Example(
        id="q", question=question, answers=golds, answerable=answerable, gold_doc_ids=gold_docs, grades=grades
    )
    answer = None
    if reply is not None:
        answer = Answer(
            text=reply,
            abstained=abstained,
            citations=tuple(Citation(doc_id=doc, text=text) for doc, text in cites),
            passages=None if given is None else tuple(given),
        )
    return Trial(case=Case("x-q", example, under), question=question, answer=answer, **seen)


def lost(kind: Any = "infra_error") -> Trial:
    """Return a trial whose reply was lost."""
    return trial(None, "Paris", error=CallError(kind=kind, message="connection reset"))


def score(measure: Measure, seen: Trial) -> Score:
    """Return the score of one trial; calls go to the measure's own endpoints, batch by batch."""
    return run(measure.flow(seen), dict(measure.endpoints))


def run(flow: Flow[Score], endpoints: dict[str, Endpoint]) -> Score:
    """Drive one flow to its end."""
    try:
        calls = next(flow)
        while True:
            calls = flow.send([_reply(call, endpoints) for call in calls])
    except StopIteration as stop:
        value: Score = stop.value
        return value


def _reply(call: Call, endpoints: dict[str, Endpoint]) -> Reply:
    return dict(endpoints[call.endpoint].run([call]))[0]
