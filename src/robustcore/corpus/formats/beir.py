"""A BEIR folder (Thakur et al. 2021): corpus.jsonl, queries.jsonl and qrels/<split>.tsv. Retrieval only: no answers."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from robustcore.corpus.formats import jsonl
from robustcore.corpus.formats.faults import Faults, suggest_id
from robustcore.corpus.formats.qrels import read_beir_qrels
from robustcore.corpus.formats.record import Record, collect
from robustcore.corpus.formats.values import check_keys, identity, string
from robustcore.corpus.records import Doc, Example
from robustcore.errors import suggest

_KEYS = ("_id", "text", "metadata")
_ACCEPTED = frozenset({*_KEYS, "id"})


def read_docs(path: Path, faults: Faults) -> tuple[Doc, ...]:
    """Return the documents of corpus.jsonl. Some may have no text: published sets hold such, and figures count them."""
    return jsonl.read_docs(path, faults, blank_text=True)


def read_queries(path: Path, faults: Faults) -> tuple[Example, ...]:
    """Return the queries of queries.jsonl in file order, without judgements."""
    seen: dict[str, int] = {}
    return collect(jsonl.records(path, faults), lambda record: _query(record, seen), faults, "queries")


def qrels_file(folder: Path, split: str, faults: Faults) -> Path | None:
    """Return the judgements of ``split``; by default those of ``test``, or of the only split. None after a fault."""
    files = {path.stem: path for path in sorted((folder / "qrels").glob("*.tsv")) if not path.name.startswith(".")}
    wanted = split or ("test" if "test" in files or len(files) != 1 else next(iter(files)))
    if wanted in files:
        return files[wanted]
    if not files:
        faults.add("there are no judgements: the folder has no qrels/*.tsv")
    else:
        what = f"there is no split {split!r}" if split else "there is no split 'test', and several others"
        fix = suggest(wanted, files) or f"choose one with the format beir:{next(iter(files))}"
        faults.add(what, choices=tuple(files), fix=fix)
    return None


def with_qrels(
    queries: tuple[Example, ...], path: Path, faults: Faults, known: Collection[str] | None
) -> tuple[Example, ...]:
    """Return the judged queries of a split with their grades; gold are the documents with a grade above 0.

    A judgement whose query or document does not exist is a fault (``known`` None: documents are not checked).
    """
    grades: dict[str, dict[str, int]] = {query.id: {} for query in queries}
    for line, qrel in read_beir_qrels(path, faults):
        if queries and qrel.query_id not in grades:
            fix = "" if faults.full else suggest_id(qrel.query_id, grades)
            faults.add(f"no query has the id {qrel.query_id!r}", line=line, column=1, fix=fix)
        if known is not None and qrel.doc_id not in known:
            fix = "" if faults.full else suggest_id(qrel.doc_id, known)
            faults.add(f"no document has the id {qrel.doc_id!r}", line=line, column=len(qrel.query_id) + 2, fix=fix)
        grades.setdefault(qrel.query_id, {})[qrel.doc_id] = qrel.relevance
    return tuple(_judged(query, grades[query.id]) for query in queries if grades[query.id])


def _query(record: Record, seen: dict[str, int]) -> Example | None:
    before = record.faults.count
    check_keys(record, _ACCEPTED, _KEYS)
    made = Example(id=identity(record, seen, alias="_id"), question=string(record, "text", required=True))
    return made if record.faults.count == before else None


def _judged(query: Example, grades: dict[str, int]) -> Example:
    gold = tuple(doc_id for doc_id, grade in grades.items() if grade > 0)
    return Example(id=query.id, question=query.question, gold_doc_ids=gold, grades=tuple(grades.items()))
