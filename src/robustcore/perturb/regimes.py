"""The four regimes of DeR2 (arXiv 2601.21937), and an item's own documents: settings that noise is compared in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from robustcore.corpus.records import Doc, Passage
from robustcore.perturb.base import At, Edit, Operator, Preserves, perturbation
from robustcore.perturb.context import Passages
from robustcore.perturb.draw import count_at, in_random_order
from robustcore.perturb.question import refused

CHARACTERS: Final = 30_000  # of a document; a longer one keeps its first and last half of that (arXiv 2601.21937)
MARKER: Final = "\n[... cut ...]\n"
_NO_ITEM: Final = "the item names no concepts, so that it has no such regime"


@perturbation("regime.instruction_only", inject="context", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def instruction_only(context: Passages, at: At) -> Edit[Passages]:
    """Give the instruction and nothing else (arXiv 2601.21937)."""
    return _set(context, (), at)


@perturbation("regime.concepts_only", inject="context", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def concepts_only(context: Passages, at: At) -> Edit[Passages]:
    """Give the gold concepts, a passage each, and no document (arXiv 2601.21937)."""
    stated = enumerate(at.example.concepts, 1)
    return _set(context, tuple(Passage(doc_id=f"concept:{number}", text=text) for number, text in stated), at)


@perturbation("regime.related_only", inject="context", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def related_only(context: Passages, at: At) -> Edit[Passages]:
    """Give the documents that carry the concepts, in random order, and no other (arXiv 2601.21937)."""
    return _documents(context, at.example.gold_doc_ids, at)


@perturbation(
    "regime.full_set",
    inject="context",
    preserves=Preserves.ADDS_NOISE,
    main="noise",
    ranges={"noise": (0.0, 1.0)},
    setting=True,
)
def full_set(context: Passages, at: At, *, noise: float = 1.0) -> Edit[Passages]:
    """Give related and noise documents together, in random order (arXiv 2601.21937).

    Of the noise documents a share ``noise * severity`` is given, rounded up: a curve over the load of noise.
    """
    example = at.example
    shuffled = list(in_random_order(at.rng, example.noise_doc_ids))
    kept = shuffled[: count_at(len(shuffled), noise * at.severity)]
    return _documents(context, (*example.gold_doc_ids, *kept), at)


@perturbation("context.own_documents", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def own_documents(context: Passages, at: At) -> Edit[Passages]:
    """Hand the reader the item's gold documents, or nothing where it names none: a task that needs no document (ours).

    It is `gold_only` for data that holds tasks beside questions: the setting that NoisyBench's noise (arXiv 2601.07226)
    is added to.
    """
    docs = _known(at, at.example.gold_doc_ids)
    if isinstance(docs, str):
        return refused(context, "no_oracle", f"not in the corpus: {docs}")
    return _change(context, tuple(_passage(doc) for doc in docs))


OPERATORS: tuple[Operator, ...] = (instruction_only, concepts_only, related_only, full_set, own_documents)


def cut(text: str) -> str:
    """Return a text of at most `CHARACTERS` characters and the marker, its middle left out if it is longer."""
    half = CHARACTERS // 2
    return text if len(text) <= CHARACTERS else f"{text[:half]}{MARKER}{text[-half:]}"


def _documents(context: Passages, doc_ids: Iterable[str], at: At) -> Edit[Passages]:
    docs = _known(at, in_random_order(at.rng, tuple(dict.fromkeys(doc_ids))))
    if isinstance(docs, str):
        return refused(context, "no_oracle", f"not in the library: {docs}")
    return _set(context, tuple(_passage(doc) for doc in docs), at)


def _known(at: At, doc_ids: Iterable[str]) -> list[Doc] | str:
    wanted = list(doc_ids)
    missing = [doc_id for doc_id in wanted if doc_id not in at.corpus.docs]
    return ", ".join(missing) if missing else [at.corpus.docs[doc_id] for doc_id in wanted]


def _passage(doc: Doc) -> Passage:
    return Passage(doc_id=doc.id, text=cut(doc.text), title=doc.title)


def _set(context: Passages, value: Passages, at: At) -> Edit[Passages]:
    return _change(context, value) if at.example.concepts else refused(context, "not_applicable", _NO_ITEM)


def _change(context: Passages, value: Passages) -> Edit[Passages]:
    there, given = {p.doc_id for p in context}, {p.doc_id for p in value}
    added = tuple(p.doc_id for p in value if p.doc_id not in there)
    gone = tuple(dict.fromkeys(p.doc_id for p in context if p.doc_id not in given))
    return Edit(value=value, edits=len(added) + len(gone), added=added, removed=gone)
