"""Drive one case through one system: perturb, retrieve, edit the context, read. A flow; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from robustcore.calls.flows import FlowError
from robustcore.calls.types import CallError, Flow
from robustcore.case import Case
from robustcore.corpus.records import Corpus, Example, Passage
from robustcore.perturb.edit import NO_MODELS, CorpusEdit, Framing, Models, Talk
from robustcore.perturb.tools.faults import NO_FAULTS
from robustcore.systems.again import Again
from robustcore.systems.agents.aim import Donors, aim, not_met, planted_in
from robustcore.systems.agents.talking import conversed
from robustcore.systems.asking import asked_of, conversation
from robustcore.systems.base import (
    ActingSystem,
    AgentSystem,
    Answer,
    ChoosingSystem,
    OpaqueSystem,
    ProbedSystem,
    Task,
    TransparentSystem,
    WorkingSystem,
)
from robustcore.systems.changes import changed_passages, edit_share
from robustcore.systems.edits import Edits
from robustcore.systems.trial import Trial

AnySystem: TypeAlias = OpaqueSystem | TransparentSystem | AgentSystem
NO_CORPUS_EDIT = CorpusEdit()
NEEDS_AGENT = "not run: needs an agent with the tools of the item"
NEEDS_MODEL = "not run: needs a language model (--robust-model) or a system of your own that works on a task"
NO_FRAMING = Framing()
NO_TALK = Talk()
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """What a system is asked: the bare ``question`` to retrieve with, its ``framing``, the ``talk`` around it."""

    question: str
    hidden: CorpusEdit
    framing: Framing
    talk: Talk


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
    edits = Edits(case, corpus, models)
    seen: dict[str, Any] = {}
    question = case.example.question
    try:
        made: list[Any] = []
        for point, value in (
            ("question", question), ("corpus", NO_CORPUS_EDIT), ("framing", NO_FRAMING), ("history", NO_TALK),
        ):  # fmt: skip
            made.append((yield from edits.flow(point, value)) if edits.flows else edits.apply(point, value))
            if edits.skip:
                break
        question = made[0]
        if not edits.skip and made[1].add and not getattr(system, "adds", False):
            edits.skip, edits.note = "not_applicable", "no document can be added to what this system has indexed"
        if not edits.skip:
            edits.skip, edits.note = _unfit(case, system)
        if not edits.skip:
            message = _Message(question=made[0], hidden=made[1], framing=made[2], talk=made[3])
            question = message.framing.around(question)
            yield from _put(case, system, message, edits, seen, others)
        if not edits.skip and shows:
            yield from _show(case, system, made[0], made[1], shows, seen)
    except FlowError as error:
        seen["error"] = error.error
    return _trial(case, question, edits, seen)


def _put(
    case: Case, system: AnySystem, message: _Message, edits: Edits, seen: dict[str, Any], others: Sequence[Example]
) -> Flow[None]:
    """Return the flow that asks the system and notes in ``seen`` what it shows, as soon as it does."""
    example, replicate, hidden = case.example, case.replicate, message.hidden
    if hasattr(system, "perform"):
        yield from _perform(case, cast("AgentSystem", system), message, edits, seen, others)
        return
    if hasattr(system, "retrieve"):  # isinstance on a protocol takes as long as all the rest of a case
        reader = cast("TransparentSystem", system)
        chooses = example.choice is not None and hasattr(system, "choose")
        asked = asked_of(example, message.question, message.framing, told=chooses)
        again = seen["again"] = Again(
            system=reader,
            question=message.question,
            asked=asked,
            edit=hidden,
            replicate=replicate,
            corpus=edits.corpus,
            history=message.talk.before,
        )
        ranking: tuple[Passage, ...] = ()
        if example.choice is None or edits.documents:  # a closed question may do without documents
            ranking = yield from reader.retrieve(message.question, corpus=hidden, replicate=replicate)
        seen["ranking"] = ranking
        if getattr(system, "only_retrieves", False):
            seen["unread"] = True
            return
        if edits.flows and again.withdraws:
            edits.search(again.retrieve)
        passages: tuple[Passage, ...]
        passages = (yield from edits.flow("context", ranking)) if edits.flows else edits.apply("context", ranking)
        if not edits.skip:
            seen["answer"] = yield from _read(reader, asked, passages, case, message.talk, probe=edits.probe)
            before = ranking if edits.set is None else edits.set
            if passages is not before:
                seen["change"] = changed_passages(before, passages)
    else:
        asked = asked_of(example, message.question, message.framing, told=False)

        def answers(text: str, **earlier: Any) -> Flow[Answer]:
            return system.answer(text, corpus=hidden, replicate=replicate, **earlier)

        answer = yield from conversation(answers, asked, message.talk)
        seen.update(answer=answer, ranking=answer.passages)


def _unfit(case: Case, system: AnySystem) -> tuple[str, str]:
    """Return why ``system`` cannot be put to the task of ``case``, and "" twice if it can."""
    example = case.example
    if example.tools:
        able = hasattr(system, "perform") or _acts(case, system)
        return ("", "") if able else ("not_applicable", NEEDS_AGENT)
    return ("not_applicable", NEEDS_MODEL) if example.task and not getattr(system, "works", True) else ("", "")


def _acts(case: Case, system: object) -> bool:
    """Say whether a transparent system has the tools that the task takes."""
    tools = case.example.tools
    return bool(tools) and frozenset(tools) <= getattr(system, "tools", NOTHING)


def _perform(
    case: Case, system: AgentSystem, message: _Message, edits: Edits, seen: dict[str, Any], others: Sequence[Example]
) -> Flow[None]:
    """Return the flow that runs an agent: undisturbed first, since its clean way tells where faults can strike.

    The clean run makes the calls of the clean twin, which are made once.
    """
    faults = edits.apply("tools", NO_FAULTS)
    if edits.skip:
        return
    if case.condition.steps:
        try:
            clean = asked_of(case.example, case.example.question, NO_FRAMING, told=False)
            seen["twin"] = yield from system.perform(Task(question=clean), replicate=case.replicate)
        except FlowError:
            seen["twin"] = None  # said by the clean case itself
    twin = seen.get("twin")
    if faults and twin is not None:
        faults = yield from aim(faults, case, twin, Donors(system, others, case.replicate))
    asked = asked_of(case.example, message.question, message.framing, told=False)
    answer = yield from conversed(system, asked, faults, message.talk, replicate=case.replicate)
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
    reader: TransparentSystem, asked: str, passages: tuple[Passage, ...], case: Case, talk: Talk, *, probe: bool
) -> Flow[Answer]:
    """Return the flow that reads ``passages``; a ``probe`` asks without any where the system has a way to."""
    if probe and not passages and isinstance(reader, ProbedSystem):
        return (yield from reader.probe(asked, replicate=case.replicate))
    ask: Callable[..., Flow[Answer]] = reader.read
    if case.example.choice is not None and isinstance(reader, ChoosingSystem):
        ask = reader.choose
    elif _acts(case, reader):
        ask = cast("ActingSystem", reader).act
    elif case.example.task and isinstance(reader, WorkingSystem):
        ask = reader.work

    def reads(text: str, **earlier: Any) -> Flow[Answer]:
        return ask(text, passages, replicate=case.replicate, **earlier)

    return (yield from conversation(reads, asked, talk))


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


def _trial(case: Case, question: str, edits: Edits, seen: dict[str, Any]) -> Trial:
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


def _judged(edits: Edits) -> dict[str, Any]:
    return {"verdict": edits.verdict, "rejected": edits.rejected, "origins": edits.origins}
