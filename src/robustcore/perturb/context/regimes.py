"""The four regimes of DeR2 (arXiv 2601.21937): the settings in which retrieval, noise and knowledge are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import documents
from robustcore.perturb.draw import count_at, in_random_order
from robustcore.perturb.edit import At, Edit, Passages, refused

CHARACTERS: Final = 30_000  # of a document; a longer one keeps its first and last half of that (arXiv 2601.21937)
MARKER: Final = "\n[... cut ...]\n"
NO_CONCEPTS: Final = "the item names no concepts, so that it has no such regime"


@perturbation(
    "regime.instruction_only", inject="context", preserves=Preserves.EVIDENCE_REMOVING, levels=(1.0,), setting=True
)
def instruction_only(context: Passages, at: At) -> Edit[Passages]:
    """Give the instruction and nothing else: what the model knows by itself (arXiv 2601.21937).

    Like every regime it is a setting: what stood there before does not matter, and leaving it so is no ``noop``.
    ``not_applicable`` to an item without concepts.
    """
    return _given(context, (), at)


@perturbation("regime.concepts_only", inject="context", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def concepts_only(context: Passages, at: At) -> Edit[Passages]:
    """Give the gold concepts, a passage each and in the order of the data, and no document (arXiv 2601.21937)."""
    stated = enumerate(at.example.concepts, 1)
    return _given(context, tuple(Passage(doc_id=f"concept:{number}", text=text) for number, text in stated), at)


@perturbation("regime.related_only", inject="context", preserves=Preserves.ADDS_NOISE, levels=(1.0,), setting=True)
def related_only(context: Passages, at: At) -> Edit[Passages]:
    """Give the documents that carry the concepts, in random order, and no other (arXiv 2601.21937).

    A document over 30,000 characters keeps its first and its last half of that around a marker, here and in `full_set`.
    ``no_oracle`` if none is named, or one is not in the library.
    """
    return _documents(context, at.example.gold_doc_ids, at)


@perturbation("regime.full_set", inject="context", preserves=Preserves.ADDS_NOISE, setting=True)
def full_set(context: Passages, at: At) -> Edit[Passages]:
    """Give related and noise documents together, in random order (arXiv 2601.21937).

    Of the noise documents the first ``ceil(number * severity)`` of the data are given, all at 1: lower severities hold
    part of what higher ones do, and are a curve over the load of noise (ours). ``not_applicable`` to an item that names
    no noise documents.
    """
    noise = at.example.noise_doc_ids
    if at.example.concepts and not noise:
        return refused(context, "not_applicable", "the item names no noise documents")
    return _documents(context, (*at.example.gold_doc_ids, *noise[: count_at(len(noise), at.severity)]), at)


OPERATORS: tuple[Operator, ...] = (instruction_only, concepts_only, related_only, full_set)


def cut(text: str) -> str:
    """Return a text of at most `CHARACTERS` characters and the marker, its middle left out if it is longer."""
    half = CHARACTERS // 2
    return text if len(text) <= CHARACTERS else f"{text[:half]}{MARKER}{text[-half:]}"


def _documents(context: Passages, doc_ids: Iterable[str], at: At) -> Edit[Passages]:
    wanted, library = list(dict.fromkeys(doc_ids)), at.corpus.docs
    missing = [doc_id for doc_id in wanted if doc_id not in library]
    if at.example.concepts and (missing or not at.example.gold_doc_ids):
        note = f"not in the library: {', '.join(missing)}" if missing else "no related document is named"
        return refused(context, "no_oracle", note)
    docs = [library[doc_id] for doc_id in in_random_order(at.rng, wanted) if doc_id in library]
    return _given(context, tuple(Passage(doc_id=doc.id, text=cut(doc.text), title=doc.title) for doc in docs), at)


def _given(context: Passages, value: Passages, at: At) -> Edit[Passages]:
    if not at.example.concepts:
        return refused(context, "not_applicable", NO_CONCEPTS)
    there, kept = set(documents(context)), set(documents(value))
    added = tuple(doc_id for doc_id in documents(value) if doc_id not in there)
    gone = tuple(doc_id for doc_id in documents(context) if doc_id not in kept)
    return Edit(value=value, edits=len(added) + len(gone), added=added, removed=gone)
