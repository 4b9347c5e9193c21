"""Documents withdrawn from the index. The value is a `CorpusEdit`; what it hides already stays hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from robustcore.keys import rng_of, seed_of
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import count_at, in_random_order
from robustcore.perturb.edit import At, CorpusEdit, Edit, refused
from robustcore.perturb.facts.lexical import index_of


@perturbation("corpus.delete_gold", preserves=Preserves.EVIDENCE_REMOVING, levels=(1.0,))
def delete_gold(edit: CorpusEdit, at: At) -> Edit[CorpusEdit]:
    """Hide the gold documents and every other document that holds a gold answer (our own recipe).

    After that, abstention is the right reply; a document left with the answer in it would make it the wrong one.
    ``not_applicable`` to an unanswerable question, ``no_oracle`` if no gold document is in the corpus, ``noop`` if
    all are hidden. (``corpus.delete`` of the specification is two operators, since they preserve different things.)
    """
    example = at.example
    if not example.answerable:
        return refused(edit, "not_applicable", "the question has no gold to hide")
    known = [doc_id for doc_id in example.gold_doc_ids if doc_id in at.corpus.docs]
    if not known:
        return refused(edit, "no_oracle", "no gold document is in the corpus")
    others = (doc.id for doc in index_of(at.corpus).holding(example.answers))
    return _hidden(edit, [*known, *others], "every gold document is hidden already")


@perturbation("corpus.delete_random", preserves=Preserves.ADDS_NOISE, main="share", ranges={"share": (0.0, 1.0)})
def delete_random(edit: CorpusEdit, at: At, *, share: float = 0.5, nested: bool = False) -> Edit[CorpusEdit]:
    """Hide ``ceil(share * severity * n)`` of the ``n`` documents that are no gold documents (our own recipe).

    ``nested``: a question has one order of withdrawal at every severity and in every replicate, so that what is hidden
    at a lower severity is hidden at a higher one, too.
    """
    rng = rng_of(seed_of(delete_random.name, at.example.id)) if nested else at.rng
    gone = {*at.example.gold_doc_ids, *edit.hide}
    others = [doc_id for doc_id in at.corpus.docs if doc_id not in at.example.gold_doc_ids]
    wanted = count_at(len(others), share * at.severity)
    order = (doc_id for doc_id in in_random_order(rng, others) if doc_id not in gone)
    return _hidden(edit, list(islice(order, wanted)), "no document to hide")


OPERATORS: tuple[Operator, ...] = (delete_gold, delete_random)


def _hidden(edit: CorpusEdit, doc_ids: Sequence[str], otherwise: str) -> Edit[CorpusEdit]:
    new = tuple(doc_id for doc_id in dict.fromkeys(doc_ids) if doc_id not in edit.hide)
    if not new:
        return refused(edit, "noop", otherwise)
    return Edit(value=replace(edit, hide=(*edit.hide, *new)), edits=len(new), removed=new)
