"""The gold documents handed to the reader: no perturbation, but the setting that perturbations are compared in."""

from __future__ import annotations

from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.edit import At, Edit, Passages, refused


@perturbation("context.gold_only", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def gold_only(passages: Passages, at: At) -> Edit[Passages]:
    """Hand the reader exactly the gold documents, whole and in the order of the data, whatever was retrieved.

    RARE (arXiv 2506.00789) perturbs documents in this setting, and FailSafeQA (arXiv 2502.06329) gives each question
    its context. It is a setting: passages that are the gold documents already are used as they are, and that is no
    ``noop``. Evidence is kept, what else was retrieved is ``removed``. ``not_applicable`` to an unanswerable question,
    ``no_oracle`` if a gold document is unknown, or none is named.
    """
    example = at.example
    if not example.answerable:
        return refused(passages, "not_applicable", "the question has no gold documents")
    unknown = [doc_id for doc_id in example.gold_doc_ids if doc_id not in at.corpus.docs]
    if unknown or not example.gold_doc_ids:
        note = f"not in the corpus: {', '.join(unknown)}" if unknown else "no gold document is named"
        return refused(passages, "no_oracle", note)
    docs = [at.corpus.docs[doc_id] for doc_id in dict.fromkeys(example.gold_doc_ids)]
    gold = tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)
    there = {passage.doc_id for passage in passages}
    gone = tuple(dict.fromkeys(p.doc_id for p in passages if p.doc_id not in example.gold_doc_ids))
    added = tuple(doc.id for doc in docs if doc.id not in there)
    same = {(passage.doc_id, passage.text) for passage in passages}
    kept = sum((passage.doc_id, passage.text) in same for passage in gold)
    return Edit(value=gold, edits=len(gold) - kept + len(passages) - kept, added=added, removed=gone)


@perturbation("context.own_documents", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def own_documents(passages: Passages, at: At) -> Edit[Passages]:
    """Hand the reader the item's gold documents, or nothing where it names none: a task that needs no document (ours).

    It is `gold_only` for data that holds tasks beside questions: the setting that NoisyBench's noise (arXiv 2601.07226)
    is added to. ``no_oracle`` if a gold document is unknown.
    """
    unknown = [doc_id for doc_id in at.example.gold_doc_ids if doc_id not in at.corpus.docs]
    if unknown:
        return refused(passages, "no_oracle", f"not in the corpus: {', '.join(unknown)}")
    docs = [at.corpus.docs[doc_id] for doc_id in dict.fromkeys(at.example.gold_doc_ids)]
    gold = tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)
    there = {passage.doc_id for passage in passages}
    added = tuple(doc.id for doc in docs if doc.id not in there)
    gone = tuple(dict.fromkeys(p.doc_id for p in passages if p.doc_id not in at.example.gold_doc_ids))
    return Edit(value=gold, edits=len(added) + len(gone), added=added, removed=gone)


OPERATORS: tuple[Operator, ...] = (gold_only, own_documents)
