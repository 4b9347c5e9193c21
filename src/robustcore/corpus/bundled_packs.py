"""Bundled data of a pack: its own questions and stored variants on all bundled documents, or its items and library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.formats.jsonl import read_questions, records
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Corpus, Dataset
from robustcore.corpus.select import merge

QUESTIONS, VARIANTS = "questions.jsonl", "doc_variants.jsonl"
ITEMS, LIBRARY = "items.jsonl", "library.jsonl"


def pack_names(fixtures: Path) -> tuple[str, ...]:
    """Return the names of the packs that have questions, or items with a library, sorted."""
    found = [*(fixtures / "packs").glob(f"*/{QUESTIONS}"), *(fixtures / "packs").glob(f"*/{LIBRARY}")]
    return tuple(sorted(path.parent.name for path in found))


def pack_dataset(name: str, corpora: Sequence[Dataset], fixtures: Path) -> Dataset:
    """Return the questions of the pack ``name`` on the documents of ``corpora``, with their calibration questions.

    A pack with a library of its own has its items on that. Raises `InputError` with all problems of the pack's files, a
    variant of an unknown document among them.
    """
    folder = fixtures / "packs" / name
    if (folder / LIBRARY).is_file():
        return replace(load_dataset(folder / LIBRARY, questions=folder / ITEMS, format="jsonl"), name=name)
    base = merge(corpora)
    faults = Faults(folder / VARIANTS), Faults(folder / QUESTIONS)
    stored = _variants(folder / VARIANTS, faults[0], base.corpus) if (folder / VARIANTS).is_file() else {}
    examples = read_questions(folder / QUESTIONS, faults[1], base.corpus.docs.keys())
    raise_faults(faults)
    docs = [replace(doc, variants={**doc.variants, **stored.get(doc.id, {})}) for doc in base.corpus.docs.values()]
    return replace(base, name=name, corpus=Corpus.of(docs), examples=examples)


def _variants(path: Path, faults: Faults, corpus: Corpus) -> dict[str, Mapping[str, str]]:
    """Return document id → operator name → text."""
    found: dict[str, Mapping[str, str]] = {}
    for record in records(path, faults):
        doc_id, variants = record.fields.get("doc_id"), record.fields.get("variants")
        texts = variants if isinstance(variants, dict) else {}
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts.values()):
            faults.add("'variants' must map names of operators to texts", line=record.line)
        elif not isinstance(doc_id, str) or doc_id not in corpus.docs:
            faults.add(f"no document of the bundled corpora is called {doc_id!r}", line=record.line)
        else:
            found[doc_id] = texts
    return found
