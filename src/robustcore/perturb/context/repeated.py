"""Near-duplicates, contradictions with a source named on both sides, and a context that grows in length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from robustcore.corpus.pools import document_pool
from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.conflict import PLACES, placed
from robustcore.perturb.context.distractors import harmless, placed_among
from robustcore.perturb.context.ending import documents, evidence_in
from robustcore.perturb.draw import below, count_at, in_random_order, pick
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds, may_hold
from robustcore.perturb.facts.falsehood import Falsehood, falsehood
from robustcore.perturb.language.sentences import sentence_spans

_AMONG: Final = {"place": ("top", "bottom", "interleaved", "random")}
_OPENINGS: Final = ("As was said, ", "In brief: ", "To repeat it: ", "Once more: ")
_CREDIBLE: Final = (
    "Source: official register, reviewed and signed. ",
    "Source: published record, checked by two editors. ",
)
_DOUBTFUL: Final = ("Source: anonymous post in a forum. ", "Source: hearsay, nobody has checked it. ")


@perturbation(
    "context.near_duplicate",
    preserves=Preserves.ADDS_NOISE,
    main="copies",
    choices={"of": ("distractor", "evidence")},
    ranges={"copies": (1, 10_000)},
)
def near_duplicate(context: Passages, at: At, *, copies: int = 5, of: str = "distractor") -> Edit[Passages]:
    """Repeat a passage in ``ceil(copies * severity)`` slightly different versions, right behind it (ours).

    Each version has its sentences in another order, one of them left out where there are more than two, or an opening
    phrase where there is one sentence. ``of: evidence`` repeats the best passage that states the answer, and each
    version states it, too; ``distractor`` one that states none. Ids are ``near:``, its id and a number. ``noop`` if
    there is no such passage.
    """
    ranks = evidence_in(context, at.example)
    idle = [
        rank
        for rank, passage in enumerate(context)
        if passage.doc_id not in at.example.gold_doc_ids and not may_hold(passage, at.example.answers)
    ]
    if not (ranks if of == "evidence" else idle):
        return refused(context, "noop", f"no {of} among the passages that could be repeated")
    rank = ranks[0] if of == "evidence" else pick(at.rng, idle)
    source = context[rank]
    answers = at.example.answers if of == "evidence" else ()
    added = [
        replace(source, doc_id=f"near:{source.doc_id}#{number}", text=_version(source, answers, at), score=None)
        for number in range(1, count_at(copies, at.severity) + 1)
    ]
    value = (*context[: rank + 1], *added, *context[rank + 1 :])
    return Edit(value=value, edits=len(added), added=documents(added))


@perturbation(
    "context.conflict_source",
    preserves=Preserves.CONTESTED,
    levels=(1.0,),
    main="credible",
    choices={"credible": ("gold", "false"), "place": PLACES},
    gated=True,
)
def conflict_source(context: Passages, at: At, *, credible: str = "gold", place: str = "first") -> Edit[Passages]:
    """Contradict the evidence, with a source named on both sides: one credible, the other not (ours).

    Under ``gold`` the evidence is the official record and the false passage hearsay, so that the sources resolve the
    conflict; under ``false`` it is the other way round, where naming both values or caution is right: gate ``misled``
    under ``gold``, and look at `source_preference` under ``false``. Statuses as in ``context.conflict``.
    """
    found = falsehood(context, at)
    if isinstance(found, Edit):
        return found
    named = [pick(at.rng, _CREDIBLE), pick(at.rng, _DOUBTFUL)]
    true, false = named if credible == "gold" else named[::-1]
    return _sourced(context, found, true, false, place, at)


@perturbation(
    "context.load",
    preserves=Preserves.ADDS_NOISE,
    main="words",
    choices=_AMONG,
    ranges={"words": (1, 1_000_000)},
)
def load(context: Passages, at: At, *, words: int = 4000, place: str = "random") -> Edit[Passages]:
    """Lengthen the context by ``words * severity`` words of unrelated documents: a curve over its length (ours).

    They are drawn from the corpus, gold documents and whatever may state the answer left out, then from the shipped
    pool; the last one may exceed the number. ``noop`` if there is none.
    """
    wanted = count_at(words, at.severity)
    added: list[Passage] = []
    total = 0
    for passage in _unrelated(context, at):
        if total >= wanted:
            break
        added.append(passage)
        total += len(passage.text.split())
    if not added:
        return refused(context, "noop", "no unrelated document to lengthen the context with")
    note = "" if total >= wanted else f"only {total} of {wanted} words could be added"
    value = placed_among(context, added, place, at.rng)
    return Edit(value=value, edits=len(added), added=documents(added), note=note)


@perturbation(
    "context.distractor_unrelated",
    preserves=Preserves.ADDS_NOISE,
    main="passages",
    choices=_AMONG,
    ranges={"passages": (1, 60)},
)
def distractor_unrelated(context: Passages, at: At, *, passages: int = 10, place: str = "random") -> Edit[Passages]:
    """Add ``ceil(passages * severity)`` documents of the shipped pool (random documents, arXiv 2601.07226).

    The pool (``noisy/1``, 62 documents of this project's own) is about things that no shipped corpus speaks of; a
    document that may state the answer is passed over. `distractor_random` draws from the user's corpus instead.
    """
    wanted = count_at(passages, at.severity)
    pool = harmless(in_random_order(at.rng, document_pool()), context, at)
    added = [
        Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc, _ in zip(pool, range(wanted), strict=False)
    ]
    if not added:
        return refused(context, "noop", "every document of the pool may state the answer")
    value = placed_among(context, added, place, at.rng)
    return Edit(value=value, edits=len(added), added=documents(added))


OPERATORS: tuple[Operator, ...] = (near_duplicate, conflict_source, load, distractor_unrelated)


def _version(source: Passage, answers: tuple[str, ...], at: At) -> str:
    """Return another version of a passage that still states one of ``answers``, if it has to."""
    sentences = [source.text[start:end] for start, end in sentence_spans(source.text)]
    if len(sentences) < 2:
        return f"{pick(at.rng, _OPENINGS)}{source.text}"
    order = list(in_random_order(at.rng, sentences))
    if len(order) > 2:
        gone = below(at.rng, len(order))
        left = [text for index, text in enumerate(order) if index != gone]
        if not answers or holds(replace(source, text=" ".join(left)), answers):
            order = left
    text = " ".join(order)
    return text if text != source.text else f"{pick(at.rng, _OPENINGS)}{text}"


def _sourced(context: Passages, found: Falsehood, true: str, false: str, place: str, at: At) -> Edit[Passages]:
    evidence = evidence_in(context, at.example)
    marked = tuple(
        replace(passage, text=f"{true}{passage.text}") if rank in evidence else passage
        for rank, passage in enumerate(context)
    )
    title = found.title(at.example.answers)
    copy = Passage(doc_id=f"conflict:{found.origin}", text=f"{false}{found.text}", title=title)
    value = placed(marked, [copy], place, at)
    return Edit(value=value, edits=1 + len(evidence), planted=found.value, added=(copy.doc_id,))


def _unrelated(context: Passages, at: At) -> Iterator[Passage]:
    own = tuple(at.corpus.docs.values())
    ordered = chain(in_random_order(at.rng, own), in_random_order(at.rng, document_pool()))
    for doc in harmless(ordered, context, at):
        yield Passage(doc_id=doc.id, text=doc.text, title=doc.title)
