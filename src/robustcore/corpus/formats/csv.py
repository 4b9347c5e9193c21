"""CSV (and TSV) with a header row, for documents and for questions. Lists are written with ``|`` between items."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.fields import DOC_KEYS, QUESTION_KEYS, doc_of, example_of
from robustcore.corpus.formats.record import Record, collect
from robustcore.corpus.formats.text import read_text
from robustcore.corpus.records import Doc, Example
from robustcore.errors import suggest

VARIANT = "variant:"  # a column "variant:question.paraphrase" holds stored variants
DOC_COLUMNS = ("_id", *(key for key in DOC_KEYS if key != "variants"))
QUESTION_COLUMNS = tuple(key for key in QUESTION_KEYS if key not in ("answer", "grades", "variants"))
_LISTS = frozenset({"answers", "gold_doc_ids", "wrong_answers", "tags"})
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_docs(path: Path, faults: Faults) -> tuple[Doc, ...]:
    """Return the documents of a CSV file in file order: columns id, text, title, tags, variant:NAME."""
    seen: dict[str, int] = {}
    return collect(records(path, faults, DOC_COLUMNS), lambda r: doc_of(r, seen), faults, "documents")


def read_questions(path: Path, faults: Faults, known: Collection[str] | None) -> tuple[Example, ...]:
    """Return the questions of a CSV file in file order; ``known`` are the corpus ids (None: not to be checked)."""
    seen: dict[str, int] = {}
    rows = records(path, faults, QUESTION_COLUMNS)
    return collect(rows, lambda r: example_of(r, seen, known), faults, "questions")


def records(path: Path, faults: Faults, columns: tuple[str, ...]) -> Iterator[Record]:
    """Yield the rows below the header; an empty cell is an absent key, blank lines are skipped."""
    text = read_text(path, faults)
    if text is None:
        return
    lines = io.StringIO(text, newline="").readlines()
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    with _long_cells():
        rows = _rows(lines, delimiter, faults)
        header = next(rows, None)
        if header is None:
            return
        names = [name.strip() for name in header[1]]
        if not _check_header(names, columns, header[0].start + 1, faults):
            return
        for span, cells in rows:
            if len(cells) == len(names):
                source = "".join(lines[span.start : span.stop])
                yield _record(names, cells, source, span.start + 1, faults)
            else:
                what = f"the row has {len(cells)} cell{'s' * (len(cells) != 1)}, the header has {len(names)}"
                fix = "put cells with delimiters or line ends in double quotes"
                faults.add(what, line=span.start + 1, fix=fix)


def _rows(lines: list[str], delimiter: str, faults: Faults) -> Iterator[tuple[range, list[str]]]:
    """Yield (indices of its lines, cells) of each row that is not blank; broken quoting ends the file with a fault."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(f"not CSV: {error} (the row starts here)", line=start + 1, fix='a quote inside of a cell is ""')
            return
        if any(cells):
            yield range(start, reader.line_num), cells


def _check_header(names: list[str], columns: tuple[str, ...], line: int, faults: Faults) -> bool:
    """Say whether the header can be used; a wrong delimiter, unknown and repeated columns are faults."""
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        faults.add("the header has one column only: the delimiter is not a comma", line=line, fix="use commas")
        return False
    before = faults.count
    for place, name in enumerate(names):
        if name not in columns and not name.startswith(VARIANT):
            what = f"unknown column {name!r}" if name else f"column {place + 1} has no name"
            faults.add(what, line=line, choices=(*columns, f"{VARIANT}NAME"), fix=suggest(name, columns))
        elif name in names[:place]:
            faults.add(f"column {name!r} is there twice", line=line)
    return faults.count == before


def _record(names: list[str], cells: list[str], source: str, line: int, faults: Faults) -> Record:
    fields: dict[str, Any] = {}
    record = Record(fields=fields, source=source, line=line, faults=faults, named=False)
    for name, cell in zip(names, cells, strict=True):
        if not cell:
            continue
        if name in _LISTS:
            fields[name] = [item.strip() for item in cell.split("|")]
        elif name == "answerable":
            fields[name] = _FLAGS.get(cell.strip().lower())
            if fields[name] is None:
                record.fault(f"'answerable' cannot be {cell!r}", value=cell, choices=tuple(_FLAGS))
        elif name.startswith(VARIANT):
            fields.setdefault("variants", {})[name.removeprefix(VARIANT)] = cell
        else:
            fields[name] = cell
    return record


@contextmanager
def _long_cells() -> Iterator[None]:
    """Lift the csv module's limit of 128 KiB per cell, which documents exceed; it can only be set process-wide."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
