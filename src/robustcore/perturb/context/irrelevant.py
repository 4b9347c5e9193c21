"""Passages replaced by the context of something else: irrelevant, and without the answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from robustcore.corpus.records import Doc, Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.distractors import harmless
from robustcore.perturb.context.ending import documents
from robustcore.perturb.draw import in_random_order
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import whole
from robustcore.perturb.facts.lexical import index_of


@perturbation("context.swap_irrelevant", preserves=Preserves.EVIDENCE_REMOVING, levels=(1.0,))
def swap_irrelevant(context: Passages, at: At) -> Edit[Passages]:
    """Put the context of something else in place of the passages (irrelevant context, FailSafeQA, arXiv 2502.06329).

    It is what would be retrieved for another item: a random document that shares no tag with a gold document (any
    other one where all do), and the documents nearest to it by BM25, as many as there were passages. No document that
    is gold, was among the passages or holds a gold answer in any shape is taken.

    ``not_applicable`` to an unanswerable question, ``no_oracle`` without gold answers (nobody could tell whether the
    new context holds them), ``noop`` if nothing was retrieved or the corpus has no such document.
    """
    example = at.example
    if not example.answerable:
        return refused(context, "not_applicable", "the question has no evidence that could be missing")
    if not example.answers:
        return refused(context, "no_oracle", "without gold answers nobody can tell whether another context holds them")
    docs = list(islice(harmless(_elsewhere(at), context, at), len(context)))
    if not docs:
        return refused(context, "noop", "no passage to swap, or no document that is neither present nor evidence")
    value = tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)
    note = "" if len(value) == len(context) else f"only {len(value)} documents for {len(context)} passages"
    return Edit(value=value, edits=len(value), added=documents(value), removed=documents(context), note=note)


OPERATORS: tuple[Operator, ...] = (swap_irrelevant,)


def _elsewhere(at: At) -> Iterator[Doc]:
    """Yield documents as another item's retrieval would, from another topic where there is one; then all others."""
    docs, gold = at.corpus.docs, at.example.gold_doc_ids
    tags = {tag for doc_id in gold if doc_id in docs for tag in docs[doc_id].tags}
    others = [doc for doc in docs.values() if doc.id not in gold]
    anchors = [doc for doc in others if tags.isdisjoint(doc.tags)] or others
    seen: set[str] = set()
    for anchor in in_random_order(at.rng, anchors):
        for doc in chain((anchor,), _like(anchor, at, tags)):
            if doc.id not in seen:
                seen.add(doc.id)
                yield doc


def _like(anchor: Doc, at: At, tags: set[str]) -> Iterator[Doc]:
    nearest = index_of(at.corpus).nearest(whole(anchor))
    return (doc for doc in nearest if tags.isdisjoint(doc.tags) or not tags.isdisjoint(anchor.tags))
