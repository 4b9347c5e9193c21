"""Passages replaced whole: by the context of something else, or by a rewording that keeps the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from robustcore.corpus.records import Doc, Passage
from robustcore.perturb.base import At, Edit, Operator, Preserves, perturbation
from robustcore.perturb.context import Passages
from robustcore.perturb.distractors import harmless
from robustcore.perturb.draw import in_random_order
from robustcore.perturb.evidence import whole
from robustcore.perturb.lexical import index_of
from robustcore.perturb.passages import documents, evidence_survives
from robustcore.perturb.question import refused

BACK_TRANSLATION: Final = "context.back_translation"
NO_WRITER: Final = "not run: needs a chat model (--robust-writer) or a stored variant"


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


@perturbation(BACK_TRANSLATION, preserves=Preserves.MEANING, levels=(1.0,), gated=True)
def back_translation(context: Passages, at: At) -> Edit[Passages]:
    """Put a document's stored back-translation in place of its passages (RARE: the answer is kept, arXiv 2506.00789).

    A document's ``variants`` hold the text (English to a pivot language and back); it stands where the best passage
    of the document stood, and the document's other passages go. Documents without one keep their text.
    ``not_applicable`` if a gold document among the passages has none, or no document has; ``invalid_case`` if no
    passage of the evidence states the answer afterwards.
    """
    docs = {doc_id: at.corpus.docs[doc_id] for doc_id in documents(context) if doc_id in at.corpus.docs}
    texts = {doc_id: text for doc_id, doc in docs.items() if (text := _variant(doc, BACK_TRANSLATION))}
    bare = [doc_id for doc_id in docs if doc_id in at.example.gold_doc_ids and doc_id not in texts]
    if bare or not texts:
        return refused(context, "not_applicable", NO_WRITER)
    first = {passage.doc_id: rank for rank, passage in reversed(list(enumerate(context)))}
    rewritten = tuple(
        replace(passage, text=texts[passage.doc_id]) if passage.doc_id in texts else passage for passage in context
    )
    if not evidence_survives(context, rewritten, at.example):
        return refused(context, "invalid_case", "the rewording does not state the answer")
    kept = (p for rank, p in enumerate(rewritten) if p.doc_id not in texts or first[p.doc_id] == rank)
    return Edit(value=tuple(kept), edits=len(texts))


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


def _variant(doc: Doc, operator: str) -> str:
    stored: Mapping[str, str] = getattr(doc, "variants", {})
    return stored.get(operator, "")
