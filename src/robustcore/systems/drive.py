"""Drive one case through one system: perturb, retrieve, edit the context, read. A flow; nothing here does I/O."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from robustcore.calls.types import CallError, Flow
from robustcore.case import Case
from robustcore.corpus.records import Corpus, Passage
from robustcore.keys import rng_of
from robustcore.perturb.base import At, CorpusEdit, Edit
from robustcore.systems.base import Answer, FlowError, OpaqueSystem, ProbedSystem, TransparentSystem
from robustcore.systems.trial import Trial

AnySystem: TypeAlias = OpaqueSystem | TransparentSystem
NO_CORPUS_EDIT = CorpusEdit()


class _Edits:
    """What the steps of one case have done so far. ``skip`` is set by the first step that makes the case unusable."""

    def __init__(self, case: Case, corpus: Corpus) -> None:
        self._steps = case.condition.steps
        seed = case.seed if self._steps else 0
        self._at = [
            At(severity=case.condition.severity, rng=rng_of(seed + i), example=case.example, corpus=corpus)
            for i in range(len(self._steps))
        ]
        self._untouched = len(self._steps)
        self.done: list[Edit[Any]] = []
        self.skip = ""
        self.note = ""

    @property
    def probe(self) -> bool:
        """Say whether the system is to be asked as one asks without documents."""
        return any(edit.probe for edit in self.done)

    def apply(self, point: str, value: Any) -> Any:
        """Return ``value`` after every step of that injection point, in order."""
        for step, at in zip(self._steps, self._at, strict=True):
            if step.operator.inject != point:
                continue
            edit = step.operator.apply(value, at, **step.options)
            if edit.status not in ("applied", "noop"):
                self.skip, self.note = edit.status, edit.note
                return value
            self._untouched -= edit.status == "applied"
            self.done.append(edit)
            value = edit.value
        all_done = len(self.done) == len(self._steps)
        if all_done and self._steps and self._untouched == len(self._steps) and self._at[0].severity > 0:
            self.skip, self.note = "noop", next((edit.note for edit in self.done if edit.note), "nothing was changed")
        return value


def drive(case: Case, system: AnySystem, corpus: Corpus) -> Flow[Trial]:
    """Return the flow that puts ``case`` to ``system``. The system must offer the points of the case's condition.

    A call without a response ends in a trial with its error; an operator that finds nothing to change, no oracle or
    no safe edit ends in a trial with a ``skip`` reason, and the calls behind it are never made.
    """
    edits = _Edits(case, corpus)
    question = edits.apply("question", case.example.question)
    hidden = edits.apply("corpus", NO_CORPUS_EDIT)
    seen: dict[str, Any] = {}
    if edits.skip:
        return _trial(case, question, edits, seen)
    try:
        if hasattr(system, "retrieve"):  # isinstance on a protocol takes as long as all the rest of a case
            reader = cast("TransparentSystem", system)
            seen["ranking"] = yield from reader.retrieve(question, corpus=hidden, replicate=case.replicate)
            passages: tuple[Passage, ...] = edits.apply("context", seen["ranking"])
            if not edits.skip:
                seen["answer"] = yield from _read(reader, question, passages, case, probe=edits.probe)
        else:
            answer: Answer = yield from system.answer(question, corpus=hidden, replicate=case.replicate)
            seen.update(answer=answer, ranking=answer.passages)
    except FlowError as error:
        seen["error"] = error.error
    return _trial(case, question, edits, seen)


def _read(
    reader: TransparentSystem, question: str, passages: tuple[Passage, ...], case: Case, *, probe: bool
) -> Flow[Answer]:
    """Return the flow that reads ``passages``; a ``probe`` asks without any where the system has a way to."""
    if probe and not passages and isinstance(reader, ProbedSystem):
        return (yield from reader.probe(question, replicate=case.replicate))
    return (yield from reader.read(question, passages, replicate=case.replicate))


def guarded(case: Case, system: AnySystem, corpus: Corpus) -> Flow[Trial]:
    """Return `drive` with a net: an exception in our own or an operator's code costs one case, not the session."""
    try:
        return (yield from drive(case, system, corpus))
    except Exception as error:  # becomes a value; the message says what broke
        kind = type(error).__name__
        broken = CallError(kind="infra_error", message=f"while driving the case: {kind}: {error}", exception=kind)
        return Trial(case=case, question=case.example.question, error=broken)


def _trial(case: Case, question: str, edits: _Edits, seen: dict[str, Any]) -> Trial:
    if not edits.done:
        return Trial(case=case, question=question, skip=edits.skip, note=edits.note, **seen)
    return Trial(
        case=case,
        question=question,
        skip=edits.skip,
        note=edits.note,
        planted=next((edit.planted for edit in edits.done if edit.planted), ""),
        added=tuple(doc for edit in edits.done for doc in edit.added),
        removed=tuple(doc for edit in edits.done for doc in edit.removed),
        edits=sum(edit.edits for edit in edits.done),
        **seen,
    )
