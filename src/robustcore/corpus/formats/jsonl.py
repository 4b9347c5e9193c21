"""JSON Lines: one object per line, for documents and for questions; read and written."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from robustcore.corpus.formats.closed import closed_fields, closed_of, is_closed
from robustcore.corpus.formats.faults import Faults
from robustcore.corpus.formats.fields import doc_of, example_of
from robustcore.corpus.formats.record import Record, collect
from robustcore.corpus.formats.text import read_text
from robustcore.corpus.formats.values import kind
from robustcore.corpus.records import Doc, Example, Origin
from robustcore.keys import read_json

_ONE_A_LINE = "JSONL has one JSON object per line"


class _RepeatedKeyError(ValueError):
    """An object has the same key twice; JSON readers would silently keep the last."""


def read_docs(path: Path, faults: Faults, *, blank_text: bool = False) -> tuple[Doc, ...]:
    """Return the documents of a JSONL file in file order: keys id (or _id), text, title, tags, variants, origins."""
    seen: dict[str, int] = {}
    return collect(records(path, faults), lambda r: doc_of(r, seen, blank_text=blank_text), faults, "documents")


def read_questions(path: Path, faults: Faults, known: Collection[str] | None) -> tuple[Example, ...]:
    """Return the questions of a JSONL file in file order, open and closed ones.

    ``known`` are the corpus ids (None: not to be checked).
    """
    seen: dict[str, int] = {}

    def made(record: Record) -> Example | None:
        return closed_of(record, seen, known) if is_closed(record) else example_of(record, seen, known)

    return collect(records(path, faults), made, faults, "questions")


def records(path: Path, faults: Faults) -> Iterator[Record]:
    """Yield the objects of a JSONL file; blank lines are skipped, every other line that is no object is a fault."""
    text = read_text(path, faults)
    if text is None or _is_one_value(text, faults):
        return
    decode = json.JSONDecoder(object_pairs_hook=_fields).decode
    # not splitlines(): U+2028, U+0085 and others may stand inside of JSON strings
    for line, source in enumerate(text.split("\n"), 1):
        if not source or source.isspace():
            continue
        try:
            fields = decode(source)
        except (ValueError, RecursionError) as error:
            column = getattr(error, "colno", 0)
            faults.add(_complaint(error), line=line, column=column, fix=_ONE_A_LINE)
            continue
        if type(fields) is not dict:
            faults.add(f"a line must hold an object, not {kind(fields)}", line=line, column=1, fix=_ONE_A_LINE)
        elif ("\\ud" in source or "\\uD" in source) and has_lone_surrogate(fields):
            faults.add("this is not Unicode text: it holds half of a surrogate pair (\\ud...)", line=line)
        else:
            yield Record(fields=fields, source=source, line=line, faults=faults)


def dump_docs(docs: Iterable[Doc]) -> str:
    """Return JSONL text that `read_docs` reads back to equal documents."""
    return "".join(
        _line(
            {
                "id": d.id,
                "title": d.title,
                "text": d.text,
                "tags": list(d.tags),
                "variants": dict(d.variants),
                "origins": _origins(d.origins),
            }
        )
        for d in docs
    )


def dump_questions(examples: Iterable[Example]) -> str:
    """Return JSONL text that `read_questions` reads back to equal questions (if they are valid there)."""
    return "".join(
        _line(
            {
                "id": e.id,
                "question": e.question,
                "answers": [] if e.choice else list(e.answers),
                "answerable": None if e.choice else e.answerable,
                "gold_doc_ids": list(e.gold_doc_ids),
                "grades": dict(e.grades),
                "wrong_answers": [] if e.choice else list(e.wrong_answers),
                "tags": list(e.tags),
                "cluster": e.cluster,
                "variants": dict(e.variants),
                "evidence": list(e.evidence),
                "origins": _origins(e.origins),
                **closed_fields(e),
            }
        )
        for e in examples
    )


def _origins(found: Mapping[str, Origin]) -> dict[str, dict[str, str]]:
    return {name: {key: text for key, text in asdict(origin).items() if text} for name, origin in found.items()}


def has_lone_surrogate(value: Any) -> bool:
    """Say whether some text in a JSON value cannot be written as UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _line(fields: dict[str, Any]) -> str:
    kept = {key: value for key, value in fields.items() if value not in ("", [], {}, None)}
    return json.dumps(kept, ensure_ascii=False) + "\n"


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise _RepeatedKeyError(f"the key {repeated!r} is given twice")
    return fields


def _complaint(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg}"
    return str(error) if isinstance(error, _RepeatedKeyError) else f"this JSON cannot be read: {error}"


def _is_one_value(text: str, faults: Faults) -> bool:
    """Recognise a JSON array or a pretty-printed object, which would otherwise give a fault on each line."""
    first = text.lstrip()[:1]
    if first not in ("[", "{"):
        return False
    head, _, _ = text.lstrip().partition("\n")
    try:
        read_json(head)
        if first == "{":
            return False
    except ValueError:
        try:
            read_json(text)
        except ValueError:
            return False
    what = "a JSON array" if first == "[" else "one JSON object over several lines"
    faults.add(f"this is {what}", line=1, fix=f"{_ONE_A_LINE}; for an array: jq -c '.[]' FILE")
    return True
