"""Passages that look useful for a question and are no help: stored, mined with the system's retriever, or written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from robustcore.calls.flows import values
from robustcore.calls.types import Call, Flow
from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.distractors import harmless, placed_among
from robustcore.perturb.context.ending import documents
from robustcore.perturb.draw import count_at
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import may_hold
from robustcore.perturb.facts.lexical import index_of
from robustcore.perturb.writing import NEEDS_WRITER, cleaned, origin_of

STORED: Final = "context.hard_negative"
ROUNDS: Final = 4  # how often the retriever is asked for what lies behind the passages that were no use
PROMPT: Final = (
    "You write a distracting passage for a test of question answering. You get a question and its answer. Write one "
    "factual paragraph of three to five sentences on the very topic of the question, with names, dates or figures of "
    "the kind that is asked for, but of something else. It must not state the answer, contradict it, hint at it, or "
    "say how to find it. Reply with the paragraph alone."
)
FILTER: Final = (
    "You check a passage that is meant to look useful for a question and to be of no help. Does the passage state the "
    "answer, contradict it, hint at it, or say how to find it? Reply with one word: yes or no."
)
_PLACES: Final = ("top", "bottom", "interleaved", "random")


@perturbation(
    "context.hard_negative",
    preserves=Preserves.ADDS_NOISE,
    main="passages",
    choices={"source": ("auto", "stored", "mined"), "place": _PLACES},
    ranges={"passages": (1, 10_000)},
    gated=True,
)
def hard_negative(
    context: Passages, at: At, *, passages: int = 1, source: str = "auto", place: str = "top"
) -> Flow[Edit[Passages]]:
    """Add ``ceil(passages * severity)`` passages that look useful and give no help (hard negatives, arXiv 2601.07226).

    ``stored``: the one that the data holds for the question. ``mined``: what the system's own retriever finds next,
    behind the gold documents and the passages, free of a gold answer in any shape; a system without the point
    ``corpus`` is searched by words (BM25). ``auto``: the stored one first, then mined ones. Fewer are added if there
    are no more; none at all is ``not_applicable``.
    """
    wanted = count_at(passages, at.severity)
    found: list[Passage] = []
    if source != "mined" and (text := at.example.passages.get(STORED)):
        found.append(Passage(doc_id=f"hard:{at.example.id}", text=text))
    if source != "stored" and len(found) < wanted:
        found += yield from mined(context, at, wanted - len(found))
    return _added(context, found[:wanted], wanted, at, place)


@perturbation(
    "context.hard_negative_written",
    preserves=Preserves.ADDS_NOISE,
    levels=(1.0,),
    main="place",
    choices={"place": _PLACES},
    gated=True,
    needs=("writer",),
)
def hard_negative_written(context: Passages, at: At, *, place: str = "top") -> Flow[Edit[Passages]]:
    """Add a hard negative that the writer makes for the question (arXiv 2601.07226; the wording is ours).

    Two filters: by rule no gold answer may stand in it in any shape, and the judge, where there is one, is asked
    whether it leaks, contradicts or helps. What fails either is ``invalid_case``: the rejection rate is counted. A
    judge that says neither yes nor no leaves the case undecided.
    """
    if not at.models.writer:
        return refused(context, "not_applicable", NEEDS_WRITER)
    asked = f"Question: {at.example.question}\nAnswer: {' | '.join(at.example.answers) or '(none)'}"
    (reply,) = yield from values([_chat(at.models.writer, PROMPT, asked, tokens=400, draw=at.replicate)])
    passage = Passage(doc_id=f"hard:{at.example.id}", text=cleaned(reply["text"], lines=9))
    if not passage.text:
        return refused(context, "invalid_case", "the writer wrote nothing")
    if may_hold(passage, (*at.example.answers, *at.example.wrong_answers)):
        return refused(context, "invalid_case", "the passage states the answer or a wrong one")
    if at.models.judge:
        (said,) = yield from values([_chat(at.models.judge, FILTER, f"{asked}\nPassage: {passage.text}", tokens=64)])
        verdict = _yes_or_no(said["text"])
        if verdict == "yes":
            return refused(context, "invalid_case", "the judge finds that the passage helps or leaks")
        if not verdict:
            return refused(context, "undecided_case", "the judge says neither yes nor no")
    edit = _added(context, [passage], 1, at, place)
    return edit._replace(source="model", origin=origin_of([PROMPT], at))


OPERATORS: tuple[Operator, ...] = (hard_negative, hard_negative_written)


def mined(context: Passages, at: At, wanted: int) -> Flow[list[Passage]]:
    """Return the flow of up to ``wanted`` passages that the retriever finds behind the evidence and the context."""
    if at.search is None:
        return list(islice(_by_words(context, at), wanted))
    hidden = dict.fromkeys((*at.example.gold_doc_ids, *documents(context)))
    found: list[Passage] = []
    for _ in range(ROUNDS):
        ranked = yield from at.search(tuple(hidden))
        new = [passage for passage in ranked if passage.doc_id not in hidden]
        found += [passage for passage in new if not may_hold(passage, at.example.answers)]
        hidden.update(dict.fromkeys(documents(new)))
        if not new or len(found) >= wanted:
            break
    return [replace(passage, score=None) for passage in found[:wanted]]


def _by_words(context: Passages, at: At) -> Iterator[Passage]:
    for doc in harmless(index_of(at.corpus).nearest(at.example.question), context, at):
        yield Passage(doc_id=doc.id, text=doc.text, title=doc.title)


def _added(context: Passages, found: Sequence[Passage], wanted: int, at: At, place: str) -> Edit[Passages]:
    if not found:
        return refused(context, "not_applicable", "no passage is both near the question and free of its answer")
    note = "" if len(found) == wanted else f"only {len(found)} of {wanted} passages could be added"
    value = placed_among(context, found, place, at.rng)
    return Edit(value=value, edits=len(found), added=documents(found), note=note)


def _yes_or_no(said: str) -> str:
    """Return the first "yes" or "no" behind the model's thoughts; "" where there is none."""
    words = re.findall(r"[a-z]+", said.lower().rpartition("</think>")[2])
    return next((word for word in words if word in ("yes", "no")), "")


def _chat(model: str, system: str, user: str, *, tokens: int, draw: int = 0) -> Call:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    settings = {"max_tokens": tokens, "temperature": 0.0}
    return Call(
        endpoint=model,
        op="chat",
        payload={"messages": messages},
        settings=settings,
        replicate=draw,
        length=len(system) + len(user),
    )
