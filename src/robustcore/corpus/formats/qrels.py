"""Relevance judgements: BEIR's TSV (query, document, grade) and TREC's qrels (query, iteration, document, grade)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.formats.text import read_text
from robustcore.corpus.records import Qrel


def read_beir_qrels(path: Path, faults: Faults) -> tuple[tuple[int, Qrel], ...]:
    """Return (line, judgement) of each row of a TSV file; a first row whose score is no number is the header."""
    return _read(path, faults, columns=("query-id", "corpus-id", "score"), separator="\t")


def read_trec_qrels(path: Path) -> tuple[Qrel, ...]:
    """Return the judgements of a TREC qrels file in file order; raise `InputError` with all problems."""
    faults = Faults(path)
    rows = _read(path, faults, columns=("query", "iteration", "document", "grade"), separator=None)
    raise_faults([faults])
    return tuple(qrel for _, qrel in rows)


def _read(
    path: Path, faults: Faults, *, columns: tuple[str, ...], separator: str | None
) -> tuple[tuple[int, Qrel], ...]:
    """Return the judgements; the query is the first column, document and grade the last two."""
    grades: dict[tuple[str, str], int] = {}
    found: list[tuple[int, Qrel]] = []
    for line, cells in _rows(path, faults, columns, separator):
        pair, grade = (cells[0], cells[-2]), int(cells[-1])
        if grades.setdefault(pair, grade) != grade:
            what = f"document {pair[1]!r} has the grades {grades[pair]} and {grade} for query {pair[0]!r}"
            faults.add(what, line=line, fix="keep one of them")
            continue
        found.append((line, Qrel(query_id=pair[0], doc_id=pair[1], relevance=grade)))
    if not found and not faults:
        faults.add("there are no judgements in this file")
    return tuple(found)


def _rows(
    path: Path, faults: Faults, columns: tuple[str, ...], separator: str | None
) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) where the last cell is a whole number; all else but the header is a fault."""
    text = read_text(path, faults)
    for line, source in enumerate(text.split("\n") if text else [], 1):
        if not source or source.isspace():
            continue
        cells = [cell.strip() for cell in source.split(separator)]
        if len(cells) != len(columns):
            layout = " ".join(columns) if separator is None else "<TAB>".join(columns)
            what = f"the row has {len(cells)} cell{'s' * (len(cells) != 1)}, not {len(columns)}"
            faults.add(what, line=line, fix=f"each row is: {layout}")
        elif _is_whole(cells[-1]):
            yield line, cells
        elif line > 1 or separator is None:
            column = source.rfind(cells[-1]) + 1
            faults.add(f"the {columns[-1]} must be a whole number, not {cells[-1]!r}", line=line, column=column)


def _is_whole(cell: str) -> bool:
    return cell.isascii() and cell.removeprefix("-").isdigit()
