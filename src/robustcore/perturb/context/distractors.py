"""Unhelpful passages put among the retrieved ones: unrelated, or on the topic of the question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from robustcore.corpus.records import Doc, Passage
from robustcore.keys import Draws
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import below, count_at, in_random_order
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import may_hold, whole
from robustcore.perturb.facts.lexical import index_of

_PLACES = {"place": ("top", "bottom", "interleaved", "random")}
_COUNTS = {"passages": (1, 10_000)}


@perturbation(
    "context.distractor_random", preserves=Preserves.ADDS_NOISE, main="passages", choices=_PLACES, ranges=_COUNTS
)
def distractor_random(context: Passages, at: At, *, passages: int = 10, place: str = "random") -> Edit[Passages]:
    """Add ``ceil(passages * severity)`` documents drawn from the corpus (random documents, arXiv 2601.07226).

    Pool: every document that is no gold document, not among the passages and without a gold answer in any shape.
    ``place`` says where they go: above, below, evenly between, or anywhere among the retrieved passages, whose order
    stays. Fewer are added if the pool is smaller; an empty pool is ``noop``.
    """
    pool = harmless(in_random_order(at.rng, tuple(at.corpus.docs.values())), context, at)
    return _add(context, pool, at, passages, place)


@perturbation(
    "context.distractor_same_topic", preserves=Preserves.ADDS_NOISE, main="passages", choices=_PLACES, ranges=_COUNTS
)
def distractor_same_topic(context: Passages, at: At, *, passages: int = 10, place: str = "top") -> Edit[Passages]:
    """Add ``ceil(passages * severity)`` documents on the topic of the question (our own recipe).

    First documents that share a tag with a gold document (for an unanswerable question: with the document of the best
    retrieved passage), in random order; where those are too few, the documents nearest to the question by BM25, then
    the nearest to that document. Pool, ``place`` and shortage otherwise as in `distractor_random`.
    """
    pool = harmless(_on_topic(context, at), context, at)
    return _add(context, pool, at, passages, place)


OPERATORS: tuple[Operator, ...] = (distractor_random, distractor_same_topic)


def _on_topic(context: Passages, at: At) -> Iterator[Doc]:
    """Yield documents on the topic of the question, the surest first, each once."""
    docs = at.corpus.docs
    gold = at.example.gold_doc_ids if at.example.answerable else tuple(passage.doc_id for passage in context[:1])
    anchors = [docs[doc_id] for doc_id in gold if doc_id in docs]
    tags = {tag for anchor in anchors for tag in anchor.tags}
    seen: set[str] = set()
    tagged = [doc for doc in docs.values() if not tags.isdisjoint(doc.tags)] if tags else []
    nearest = (doc for text in (at.example.question, *map(whole, anchors)) for doc in index_of(at.corpus).nearest(text))
    for doc in chain(in_random_order(at.rng, tagged), nearest):
        if doc.id not in seen:
            seen.add(doc.id)
            yield doc


def harmless(docs: Iterable[Doc], context: Passages, at: At) -> Iterator[Doc]:
    """Yield the documents that neither are nor hold evidence and are not among the passages yet."""
    golds = at.example.answers
    taken = {*at.example.gold_doc_ids, *(passage.doc_id for passage in context)}
    for doc in docs:
        if doc.id not in taken and not may_hold(doc, golds):
            yield doc


def _add(context: Passages, pool: Iterator[Doc], at: At, most: int, place: str) -> Edit[Passages]:
    wanted = count_at(most, at.severity)
    added = [Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in islice(pool, wanted)]
    if not added:
        return refused(context, "noop", "no document to add that is neither present nor evidence")
    note = "" if len(added) == wanted else f"only {len(added)} of {wanted} documents could be added"
    value = placed_among(context, added, place, at.rng)
    return Edit(value=value, edits=len(added), added=tuple(passage.doc_id for passage in added), note=note)


def placed_among(context: Passages, added: Sequence[Passage], place: str, rng: Draws) -> Passages:
    """Return the passages with ``added`` among them; the order within each of the two stays."""
    if place == "top":
        return (*added, *context)
    if place == "bottom":
        return (*context, *added)
    if place == "interleaved":
        gaps = [(index + 1) * len(context) // (len(added) + 1) for index in range(len(added))]
    else:
        gaps = sorted(below(rng, len(context) + 1) for _ in added)
    merged = list(context)
    for shift, (gap, passage) in enumerate(zip(gaps, added, strict=True)):
        merged.insert(gap + shift, passage)
    return tuple(merged)
