"""Drive one case through one system: perturb, retrieve, edit the context, read. A flow; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias, cast

from robustcore.calls.flows import FlowError
from robustcore.calls.types import CallError, Flow
from robustcore.case import Case, Step
from robustcore.corpus.records import Corpus, Example, Origin, Passage
from robustcore.keys import rng_of
from robustcore.perturb.base import NO_MODELS, At, CorpusEdit, Edit, Models, Preserves, Talk
from robustcore.perturb.tool_faults import NO_FAULTS
from robustcore.systems.agents.aim import Donors, aim, not_met, planted_in
from robustcore.systems.agents.talking import conversed
from robustcore.systems.base import AgentSystem, Answer, OpaqueSystem, ProbedSystem, Task, TransparentSystem
from robustcore.systems.changes import changed_passages, edit_share
from robustcore.systems.gate import Verdict, judged
from robustcore.systems.trial import Trial

AnySystem: TypeAlias = OpaqueSystem | TransparentSystem | AgentSystem
NO_CORPUS_EDIT = CorpusEdit()
NOTHING: frozenset[str] = frozenset()


class _Edits:
    """What the steps of one case have done so far. ``skip`` is set by the first step that makes the case unusable."""

    def __init__(self, case: Case, corpus: Corpus, models: Models) -> None:
        self._steps = case.condition.steps
        self._flows = case.condition.flows
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
                        edit = replace(edit, value=value, status=self.verdict.status, note=self.verdict.note)
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


def drive(
    case: Case,
    system: AnySystem,
    corpus: Corpus,
    models: Models = NO_MODELS,
    shows: frozenset[str] = NOTHING,
    *,
    others: Sequence[Example] = (),
) -> Flow[Trial]:
    """Return the flow that puts ``case`` to ``system``: perturbed, and judged where an operator is gated.

    The system must offer the points of the case's condition. ``models`` are what operators may ask; ``others`` the
    examples whose results an agent may be given in place of its own. A call without a
    response ends in a trial with its error; an operator that finds nothing to change, no oracle or no safe edit, and a
    verdict that the case is no valid one, end in a trial with a ``skip`` reason; the calls behind it are never made.
    ``shows`` names what measures want to see besides: ``before``, ``certificate``, ``style`` (see `Trial`).
    """
    edits = _Edits(case, corpus, models)
    seen: dict[str, Any] = {}
    question = case.example.question
    try:
        if edits.flows:
            question = yield from edits.flow("question", question)
            hidden = yield from edits.flow("corpus", NO_CORPUS_EDIT)
        else:
            question = edits.apply("question", question)
            hidden = edits.apply("corpus", NO_CORPUS_EDIT)
        if not edits.skip and hidden.add and not getattr(system, "adds", False):
            edits.skip, edits.note = "not_applicable", "no document can be added to what this system has indexed"
        if not edits.skip:
            yield from _put(case, system, question, hidden, edits, seen, others)
        if not edits.skip and shows:
            yield from _show(case, system, question, hidden, shows, seen)
    except FlowError as error:
        seen["error"] = error.error
    return _trial(case, question, edits, seen)


def _put(
    case: Case,
    system: AnySystem,
    question: str,
    hidden: CorpusEdit,
    edits: _Edits,
    seen: dict[str, Any],
    others: Sequence[Example],
) -> Flow[None]:
    """Return the flow that asks the system and notes in ``seen`` what it shows, as soon as it does."""
    if hasattr(system, "perform"):
        yield from _perform(case, cast("AgentSystem", system), question, edits, seen, others)
        return
    if hasattr(system, "retrieve"):  # isinstance on a protocol takes as long as all the rest of a case
        reader = cast("TransparentSystem", system)
        ranking = seen["ranking"] = yield from reader.retrieve(question, corpus=hidden, replicate=case.replicate)
        if getattr(system, "only_retrieves", False):
            seen["unread"] = True
            return
        passages: tuple[Passage, ...]
        passages = (yield from edits.flow("context", ranking)) if edits.flows else edits.apply("context", ranking)
        if not edits.skip:
            seen["answer"] = yield from _read(reader, question, passages, case, probe=edits.probe)
            before = ranking if edits.set is None else edits.set
            if passages is not before:
                seen["change"] = changed_passages(before, passages)
    else:
        answer: Answer = yield from system.answer(question, corpus=hidden, replicate=case.replicate)
        seen.update(answer=answer, ranking=answer.passages)


def _perform(
    case: Case, system: AgentSystem, question: str, edits: _Edits, seen: dict[str, Any], others: Sequence[Example]
) -> Flow[None]:
    """Return the flow that runs an agent: undisturbed first, since its clean way tells where faults can strike.

    The clean run makes the calls of the clean twin, which are made once.
    """
    talk = edits.apply("history", Talk())
    faults = NO_FAULTS if edits.skip else edits.apply("tools", NO_FAULTS)
    if edits.skip:
        return
    if case.condition.steps:
        try:
            seen["twin"] = yield from system.perform(Task(question=case.example.question), replicate=case.replicate)
        except FlowError:
            seen["twin"] = None  # said by the clean case itself
    twin = seen.get("twin")
    if faults and twin is not None:
        faults = yield from aim(faults, case, twin, Donors(system, others, case.replicate))
    answer = yield from conversed(system, question, faults, talk, replicate=case.replicate)
    seen.update(answer=answer, ranking=answer.passages)
    edits.skip, edits.note = not_met(faults, answer.trace)
    seen["planted"] = planted_in(answer.trace)


def _show(
    case: Case, system: Any, question: str, hidden: CorpusEdit, shows: frozenset[str], seen: dict[str, Any]
) -> Flow[None]:
    """Return the flow that notes what measures want to see besides; a clean ranking is the clean twin's own call."""
    original = case.example.question
    if "before" in shows and hasattr(system, "retrieve"):
        clean = yield from system.retrieve(original, corpus=NO_CORPUS_EDIT, replicate=case.replicate)
        seen["before"] = tuple(dict.fromkeys(passage.doc_id for passage in clean))
    if "certificate" in shows and hasattr(system, "certify") and hidden == NO_CORPUS_EDIT:
        seen["certificate"] = yield from system.certify(question, original, case.example.gold_doc_ids)
    if "style" in shows and hasattr(system, "style") and not case.condition.steps:
        seen["style"] = yield from system.style(case.example.id)


def _read(
    reader: TransparentSystem, question: str, passages: tuple[Passage, ...], case: Case, *, probe: bool
) -> Flow[Answer]:
    """Return the flow that reads ``passages``; a ``probe`` asks without any where the system has a way to."""
    if probe and not passages and isinstance(reader, ProbedSystem):
        return (yield from reader.probe(question, replicate=case.replicate))
    return (yield from reader.read(question, passages, replicate=case.replicate))


def guarded(
    case: Case,
    system: AnySystem,
    corpus: Corpus,
    models: Models = NO_MODELS,
    shows: frozenset[str] = NOTHING,
    *,
    others: Sequence[Example] = (),
) -> Flow[Trial]:
    """Return `drive` with a net: an exception in our own or an operator's code costs one case, not the session."""
    try:
        return (yield from drive(case, system, corpus, models, shows, others=others))
    except Exception as error:  # becomes a value; the message says what broke
        kind = type(error).__name__
        broken = CallError(kind="infra_error", message=f"while driving the case: {kind}: {error}", exception=kind)
        return Trial(case=case, question=case.example.question, error=broken)


def _trial(case: Case, question: str, edits: _Edits, seen: dict[str, Any]) -> Trial:
    if not edits.done:
        seen.pop("planted", "")
        return Trial(case=case, question=question, skip=edits.skip, note=edits.note, **_judged(edits), **seen)
    if question is not case.example.question:
        seen["change"] = max(seen.get("change", 0.0), edit_share(case.example.question, question))
    planted = seen.pop("planted", "") or next((edit.planted for edit in edits.done if edit.planted), "")
    return Trial(
        case=case,
        question=question,
        skip=edits.skip,
        note=edits.note,
        planted=planted,
        added=tuple(doc for edit in edits.done for doc in edit.added),
        removed=tuple(doc for edit in edits.done for doc in edit.removed),
        edits=sum(edit.edits for edit in edits.done),
        idle=tuple(edits.idle),
        remarks=edits.remarks,
        similarity=min((edit.similarity for edit in edits.done if edit.similarity is not None), default=None),
        below_gate=any(edit.below_gate for edit in edits.done),
        **_judged(edits),
        **seen,
    )


def _judged(edits: _Edits) -> dict[str, Any]:
    return {"verdict": edits.verdict, "rejected": edits.rejected, "origins": edits.origins}
