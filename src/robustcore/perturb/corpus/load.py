"""A growing index: documents of no use put beside those that are there, made of the corpus's own sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count, islice
from typing import Final

from robustcore.corpus.records import Doc
from robustcore.keys import rng_of, seed_of
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import in_random_order, pick
from robustcore.perturb.edit import At, CorpusEdit, Edit, refused
from robustcore.perturb.facts.evidence import may_hold, whole
from robustcore.perturb.facts.lexical import index_of
from robustcore.perturb.language.sentences import sentence_spans

_NEAREST: Final = 10  # documents that stand for the topic where no tag does
_TRIED: Final = 4  # documents looked at for each one wanted: most may hold an answer where it is a common word
_SPENT: Final = 50  # repeats in a row after which a small pool has given what it has


@perturbation(
    "corpus.distractor_load",
    preserves=Preserves.ADDS_NOISE,
    main="base",
    choices={"topic": ("any", "same")},
    ranges={"base": (1, 10_000)},
)
def distractor_load(edit: CorpusEdit, at: At, *, base: int = 1, topic: str = "any") -> Edit[CorpusEdit]:
    """Index ``ceil(base * (100**severity - 1))`` further documents: 99 at severity 1 and ``base`` 1 (ours).

    No corpus has documents to spare that are not indexed, so they are made: each has as many sentences as a document
    of the pool, drawn from all of them, and no two are alike. The pool is the corpus; under ``topic: same`` what of it
    shares a tag with a gold document, or else the ten documents nearest to the question by BM25. Documents that hold a
    gold answer in any shape are left out. All severities, and all questions with the same pool, draw on one series, so
    that a lower load is part of a higher one and each document is embedded once. Ids are ``load:`` and a number.
    ``noop`` if there is no sentence; the note says where fewer could be added.
    """
    wanted = load_at(base, at.severity)
    pool = _pool(at, topic)
    if not any(doc.text.strip() for doc in pool):
        return refused(edit, "noop", "no document that sentences could be drawn from")
    made = islice(_made(tuple(doc.text for doc in pool)), wanted * _TRIED)
    docs = list(islice((doc for doc in made if not may_hold(doc, at.example.answers)), wanted))
    if not docs:
        return refused(edit, "noop", "every document that could be made may hold a gold answer")
    note = "" if len(docs) == wanted else f"only {len(docs)} of {wanted} documents could be added"
    added = tuple(doc.id for doc in docs)
    kept = tuple(doc for doc in edit.add if doc.id not in added)
    return Edit(value=replace(edit, add=(*kept, *docs)), edits=len(docs), added=added, note=note)


OPERATORS: tuple[Operator, ...] = (distractor_load,)


def load_at(base: int, severity: float) -> int:
    """Return ``ceil(base * (100**severity - 1))``."""
    return -int(-(base * (100**severity - 1) - 1e-9) // 1)  # as in `count_at`, binary fractions add nothing


def _pool(at: At, topic: str) -> list[Doc]:
    docs = at.corpus.docs
    if topic == "any":
        return [*docs.values()]
    gold = [docs[doc_id] for doc_id in at.example.gold_doc_ids if doc_id in docs]
    tags = {tag for doc in gold for tag in doc.tags}
    alike = [doc for doc in docs.values() if not tags.isdisjoint(doc.tags)]
    if alike:
        return alike
    texts = [at.example.question, *map(whole, gold)]
    near = {doc.id: doc for text in texts for doc in index_of(at.corpus).nearest(text)}
    return list(islice(near.values(), _NEAREST))


def _made(texts: tuple[str, ...]) -> Iterator[Doc]:
    """Yield documents of sentences of ``texts``, no two alike, until many in a row have been there before."""
    cut = _sentences(texts)
    pool = list(dict.fromkeys(sentence for sentences in cut for sentence in sentences))
    seen: set[str] = set()
    repeated = 0
    for number in count(1):
        rng = rng_of(seed_of(distractor_load.name, number))
        text = " ".join(islice(in_random_order(rng, pool), len(pick(rng, cut))))
        repeated = repeated + 1 if text in seen else 0
        if repeated == _SPENT:
            return
        if not repeated:
            seen.add(text)
            yield Doc(id=f"load:{number}", text=text)


@lru_cache(maxsize=64)  # a memo of a pure function: the cases of a question have the same pool
def _sentences(texts: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
    found = (tuple(text[start:end] for start, end in sentence_spans(text)) for text in texts)
    return tuple(sentences for sentences in found if sentences)
