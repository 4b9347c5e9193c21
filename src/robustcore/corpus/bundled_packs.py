"""Bundled data of a pack: its own questions and stored variants on all bundled documents, or its items and library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from robustcore.corpus.emotion_pack import SCENARIOS
from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.formats.jsonl import read_questions, records
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Corpus, Dataset, Example
from robustcore.corpus.select import merge

QUESTIONS, VARIANTS = "questions.jsonl", "doc_variants.jsonl"
ITEMS, LIBRARY = "items.jsonl", "library.jsonl"
TASKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"noisy": ("rag.jsonl", "reasoning.jsonl", "alignment.jsonl", "tool_use.jsonl")}
)
"""Packs whose items are tasks of several kinds, and their files."""
CLOSED: Mapping[str, str] = MappingProxyType({"parrot": "items.jsonl", "emotion": SCENARIOS})
"""Packs of closed questions, which need no documents, and their files."""


def pack_names(fixtures: Path) -> tuple[str, ...]:
    """Return the names of the packs that have questions, or items with a library, sorted."""
    folder = fixtures / "packs"
    if not folder.is_dir():
        return ()
    tasks = [name for name, files in TASKS.items() if all((folder / name / file).is_file() for file in files)]
    closed = [name for name, file in CLOSED.items() if (folder / name / file).is_file()]
    found = [*folder.glob(f"*/{QUESTIONS}"), *folder.glob(f"*/{LIBRARY}")]
    return tuple(sorted([*(path.parent.name for path in found), *tasks, *closed]))


def closed_dataset(name: str, fixtures: Path) -> Dataset:
    """Return the closed questions of the pack ``name``; those on emotion with the texts that were written for them."""
    faults = Faults(fixtures / "packs" / name / CLOSED[name])
    examples = read_questions(faults.source, faults, None)
    raise_faults([faults])
    if name == "emotion":
        examples = tuple(_with_texts(example) for example in examples)
    return Dataset(name=name, corpus=Corpus(), examples=examples)


def _with_texts(example: Example) -> Example:
    assert example.choice is not None
    return replace(example, choice=replace(example.choice, texts=example.choice.subject))


def pack_dataset(name: str, corpora: Sequence[Dataset], fixtures: Path) -> Dataset:
    """Return the questions of the pack ``name`` on the documents of ``corpora``, with their calibration questions.

    A pack with a library of its own has its items on that. Raises `InputError` with all problems of the pack's files, a
    variant of an unknown document among them.
    """
    folder = fixtures / "packs" / name
    if name in TASKS:
        return _tasks(name, corpora, folder)
    if (folder / LIBRARY).is_file():
        return replace(load_dataset(folder / LIBRARY, questions=folder / ITEMS, format="jsonl"), name=name)
    base = merge(corpora)
    faults = Faults(folder / VARIANTS), Faults(folder / QUESTIONS)
    stored = _variants(folder / VARIANTS, faults[0], base.corpus) if (folder / VARIANTS).is_file() else {}
    examples = read_questions(folder / QUESTIONS, faults[1], base.corpus.docs.keys())
    raise_faults(faults)
    docs = [replace(doc, variants={**doc.variants, **stored.get(doc.id, {})}) for doc in base.corpus.docs.values()]
    return replace(base, name=name, corpus=Corpus.of(docs), examples=examples)


def _tasks(name: str, corpora: Sequence[Dataset], folder: Path) -> Dataset:
    """Return the tasks of a pack, of several kinds, on the documents of ``corpora``."""
    faults = [Faults(folder / file) for file in TASKS[name]]
    base = merge(corpora)
    examples = tuple(example for file in faults for example in read_questions(file.source, file, base.corpus.docs))
    raise_faults(faults)
    return replace(base, name=name, examples=examples)


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
