"""TREC runs (query, Q0, document, rank, score, tag) and qrels, read and written; BEIR folders written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.formats.text import read_text
from robustcore.corpus.records import Dataset

Run: TypeAlias = Mapping[str, Sequence[tuple[str, float]]]
"""Query id → documents with their scores, best first."""

_COLUMNS = "query Q0 document rank score tag"


def read_trec_run(path: Path) -> dict[str, list[tuple[str, float]]]:
    """Return the run in a TREC file, each query by falling score; equal scores keep the order of their ranks.

    Raises `InputError` with all problems: rows of another shape, scores that are no numbers, a document twice.
    """
    faults = Faults(path)
    text = read_text(path, faults)
    rows: dict[str, list[tuple[float, int, str]]] = {}
    seen: set[tuple[str, str]] = set()
    for line, source in enumerate(text.split("\n") if text else [], 1):
        cells = source.split()
        if not cells:
            continue
        if len(cells) != 6:
            what = f"the row has {len(cells)} cell{'s' * (len(cells) != 1)}, not 6"
            faults.add(what, line=line, fix=f"each row is: {_COLUMNS}")
            continue
        query, _, doc, rank, score, _ = cells
        value, place = _number(score), _number(rank)
        if value is None or place is None:
            faults.add(f"rank and score must be numbers, not {rank!r} and {score!r}", line=line)
        elif (query, doc) in seen:
            faults.add(f"document {doc!r} stands twice in the ranking of query {query!r}", line=line)
        else:
            seen.add((query, doc))
            rows.setdefault(query, []).append((-value, int(place), doc))
    raise_faults([faults])
    return {query: [(doc, -score) for score, _, doc in sorted(found)] for query, found in rows.items()}


def write_trec_run(path: Path, run: Run, *, tag: str) -> None:
    """Write ``run`` as TREC has it; a tool that sorts by score finds the same order again."""
    label = "_".join(tag.split()) or "run"
    lines = []
    for query, found in run.items():
        scores = _falling([score for _, score in found])
        lines += [
            f"{query} Q0 {doc} {rank} {score!r} {label}\n"
            for rank, ((doc, _), score) in enumerate(zip(found, scores, strict=True), 1)
        ]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def write_trec_qrels(path: Path, dataset: Dataset) -> None:
    """Write the judgements of ``dataset`` as TREC has them; questions without any are left out."""
    rows = (
        f"{example.id} 0 {doc} {grade}\n" for example in dataset.examples for doc, grade in example.relevance.items()
    )
    path.write_text("".join(rows), encoding="utf-8", newline="\n")


def write_beir(folder: Path, dataset: Dataset, *, split: str = "test") -> None:
    """Write ``dataset`` as a BEIR folder: corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv; it has no answers."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    docs = ({"_id": doc.id, "title": doc.title, "text": doc.text} for doc in dataset.corpus.docs.values())
    _write_lines(folder / "corpus.jsonl", docs)
    judged = [example for example in dataset.examples if example.relevance]
    _write_lines(folder / "queries.jsonl", ({"_id": one.id, "text": one.question} for one in judged))
    rows = [f"{one.id}\t{doc}\t{grade}\n" for one in judged for doc, grade in one.relevance.items()]
    text = "query-id\tcorpus-id\tscore\n" + "".join(rows)
    (folder / "qrels" / f"{split}.tsv").write_text(text, encoding="utf-8", newline="\n")


def _write_lines(path: Path, rows: Iterable[object]) -> None:
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="\n")


def _falling(scores: Sequence[float]) -> list[float]:
    """Return ``scores`` with equal neighbours told apart by the least step there is."""
    found: list[float] = []
    for score in scores:
        value = float(score)
        found.append(min(value, math.nextafter(found[-1], -math.inf)) if found else value)
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
