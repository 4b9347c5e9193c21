"""The two-phase validation of DeR2 (arXiv 2601.21937): an item has to need its concepts, and not be easy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from robustcore.calls.flows import gather
from robustcore.calls.types import Call, CallError, Flow
from robustcore.corpus.records import Corpus, Example, Passage
from robustcore.endpoints.generation import CHAT, Generation
from robustcore.measures.base import Score
from robustcore.measures.der2 import DEFAULT_GRADER
from robustcore.measures.der2_rubric import REMINDER, WANTED, judged_of, messages
from robustcore.measures.graders import passes
from robustcore.measures.judging import Judge, verdict
from robustcore.perturb.context.regimes import cut
from robustcore.systems.base import Answer
from robustcore.systems.model_prompt import read_reply, work_messages
from robustcore.systems.model_rag import CONTEXT_CHARS

Status: TypeAlias = Literal["kept", "dropped", "undecided"]
Phase: TypeAlias = Literal["alone", "concepts", "documents"]

TRIALS: Final = 3
TEMPERATURE, TOP_P, MAX_TOKENS = 1.0, 0.7, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Who tries an item: the names that calls use for the trial ``models``, ``each`` so many times in a phase.

    ``judge`` decides what is right where there is one (its level 1), else the item's own grader.
    """

    models: tuple[str, ...]
    each: int = TRIALS
    judge: Judge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVerdict:
    """What became of an item, ``why`` in words, and by phase how many trials were right, of how many."""

    status: Status
    why: str
    solved: dict[Phase, tuple[int, int]]


def validated(example: Example, library: Corpus, trials: Trials) -> Flow[ItemVerdict]:
    """Return the flow that validates one item in two phases.

    First the instruction alone: one right trial drops the item, which can be solved without its concepts. Then with the
    concepts: an item that is right in some trials and wrong in some is kept, one that is never right is dropped. One
    that is always right is tried again with its related documents in place of the concepts, and dropped if that is
    always right, too. A trial without a reply, or without a verdict of the judge, leaves the item undecided.
    """
    solved: dict[Phase, tuple[int, int]] = {}
    if not example.concepts:
        return ItemVerdict(status="dropped", why="it names no concepts", solved=solved)
    stated = tuple(Passage(doc_id=f"concept:{n}", text=text) for n, text in enumerate(example.concepts, 1))
    phases: tuple[tuple[Phase, tuple[Passage, ...] | None], ...]
    phases = ("alone", ()), ("concepts", stated), ("documents", _documents(example, library))
    for phase, passages in phases:
        if passages is None:
            return ItemVerdict(status="undecided", why="always solved, and its documents are not there", solved=solved)
        right = yield from _tried(example, passages, trials)
        lost = sum(one is None for one in right)
        solved[phase] = sum(one is True for one in right), len(right)
        if lost:
            return ItemVerdict(status="undecided", why=f"{lost} trials without a verdict ({phase})", solved=solved)
        found = _decided(phase, solved[phase])
        if found is not None:
            return ItemVerdict(status=found[0], why=found[1], solved=solved)
    raise AssertionError("the last phase decides")


def _decided(phase: Phase, solved: tuple[int, int]) -> tuple[Status, str] | None:
    """Return what the trials of a phase decide, None if the next one has to."""
    right, asked = solved
    if phase == "alone":
        return ("dropped", "solved without its concepts") if right else None
    if phase == "concepts":
        if not right:
            return "dropped", "never solved with its concepts"
        return ("kept", "solved at times") if right < asked else None
    if right == asked:
        return "dropped", "always solved, from documents too"
    return "kept", "always solved with its concepts, not always from documents"


def _documents(example: Example, library: Corpus) -> tuple[Passage, ...] | None:
    docs = [library.docs.get(doc_id) for doc_id in example.gold_doc_ids]
    if not docs or None in docs:
        return None
    return tuple(Passage(doc_id=doc.id, text=cut(doc.text), title=doc.title) for doc in docs if doc is not None)


def _tried(example: Example, passages: tuple[Passage, ...], trials: Trials) -> Flow[list[bool | None]]:
    """Return the flow of whether each trial is right, None where that cannot be said."""
    asked = work_messages(example.question, passages, budget=CONTEXT_CHARS)
    settings = {"max_tokens": MAX_TOKENS, "temperature": TEMPERATURE, "top_p": TOP_P}
    replies = yield [
        Call(
            endpoint=model,
            op=CHAT,
            payload={"messages": asked},
            settings=settings,
            replicate=number,
            length=sum(len(message["content"]) for message in asked),
        )
        for model in trials.models
        for number in range(trials.each)
    ]
    answers = [
        None if isinstance(reply, CallError) else read_reply(Generation.from_json(reply.value).text, passages)
        for reply in replies
    ]
    return (yield from gather([_right(example, answer, trials.judge) for answer in answers]))


def _right(example: Example, answer: Answer | None, judge: Judge | None) -> Flow[bool | None]:
    if answer is None:
        return None
    if judge is None:
        return passes(answer.text, example.grader or DEFAULT_GRADER, example.answers)
    said = yield from verdict(
        judge,
        messages(example, answer),
        lambda text: judged_of(text, len(example.concepts)),
        reminder=REMINDER,
        wanted=WANTED,
        max_tokens=MAX_TOKENS,
    )
    return None if isinstance(said, Score) else said.score == 1


def counts_of(verdicts: Sequence[ItemVerdict]) -> dict[str, int]:
    """Return how many items were kept, dropped and undecided, by reason."""
    found: dict[str, int] = {}
    for one in verdicts:
        name = one.status if one.status == "kept" else f"{one.status}: {one.why}"
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))
