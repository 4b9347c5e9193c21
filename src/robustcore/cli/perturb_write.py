"""``pytest-robust perturb write``: let a model write variants once, and store them in a copy of the data."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustcore.cli import aides
from robustcore.cli.perturb_source import conditions, holds_questions
from robustcore.errors import InputError, Location, Problem
from robustcore.files import write_text

if TYPE_CHECKING:
    from robustcore.calls.types import Flow
    from robustcore.case import Condition
    from robustcore.corpus.records import Doc, Example
    from robustcore.perturb.base import Operator
    from robustcore.perturb.edit import Models
    from robustcore.scenario.vocabulary import Vocabulary
    from robustcore.systems.trial import Trial

Row = dict[str, Any]


def add_arguments(commands: Any) -> None:
    """Declare ``write FILE -o OUT``."""
    about = "let --robust-writer write the variants that FILE lacks, and store them in a copy: runs on it need no model"
    parser = commands.add_parser("write", help=about, description=about)
    parser.add_argument("file", type=Path, metavar="FILE", help="JSONL of questions, or of documents")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="the copy; must not exist yet")
    operator = "an operator that needs a writer (repeatable; default: all that fit FILE)"
    parser.add_argument("--operator", action="append", default=[], metavar="NAME", help=operator)
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="the first N lines only, to try it")
    aides.add_arguments(parser)
    parser.set_defaults(work=run)


def run(arguments: argparse.Namespace, words: Vocabulary) -> int:
    """Write the copy: every line of FILE as it is, with ``variants`` and ``origins`` of what was written.

    All that was written is stored, with the verdict of the gate: what it rejects stays out of every run, and counted.
    """
    from robustcore.perturb.writing import NEEDS_WRITER

    if not arguments.robust_writer:
        raise InputError(Problem(what=NEEDS_WRITER.partition(": ")[2], fix="name one with --robust-writer"))
    if arguments.output.exists():
        raise InputError(Problem(what="this file exists already", where=Location(file=str(arguments.output))))
    rows, records = _read(arguments.file)
    rows, records = rows[: arguments.limit or None], records[: arguments.limit or None]
    point = "question" if holds_questions(arguments.file) else "context"
    operators = _operators(arguments.operator, point, words)
    with aides.engine(arguments) as (engine, models):
        wanted = _wanted(records, conditions(operators, (1.0,), words), models)
        found: dict[tuple[int, str], Trial] = dict(engine.run(wanted))
    status: Counter[tuple[str, str]] = Counter()
    for (line, name), trial in sorted(found.items()):
        status[name, _store(rows[line], name, trial, point)] += 1
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    write_text(arguments.output, text)
    for (name, what), count in sorted(status.items()):
        print(f"{name}: {count} {what}")
    print(f"{arguments.output}: {len(rows)} lines")
    return 1 if any(what.startswith("failed") for _, what in status) else 0


def _read(file: Path) -> tuple[list[Row], Sequence[Example | Doc]]:
    from robustcore.corpus.formats import jsonl
    from robustcore.corpus.formats.faults import Faults, raise_faults

    if not file.is_file():
        raise InputError(Problem(what="there is no such file", where=Location(file=str(file))))
    if file.suffix.lower() != ".jsonl":
        what = "variants are stored in JSON Lines: one object per line"
        raise InputError(Problem(what=what, where=Location(file=str(file)), fix="name a .jsonl file"))
    faults = Faults(file)
    rows = [record.fields for record in jsonl.records(file, faults)]
    records: Sequence[Example | Doc]
    records = jsonl.read_questions(file, faults, None) if holds_questions(file) else jsonl.read_docs(file, faults)
    raise_faults([faults])
    return rows, records


def _operators(names: Sequence[str], point: str, words: Vocabulary) -> list[str]:
    """Return those named, or all that fit; what adds a passage to a context rewords no document of this file."""
    from robustcore.perturb.base import Preserves

    able = [
        operator.name
        for operator in map(words.operators.get, words.operators.names())
        if "writer" in operator.needs
        and operator.inject == point
        and (point == "question" or operator.preserves is Preserves.MEANING)
    ]
    chosen = [words.operators.resolve(name) for name in names]
    for name in chosen:
        if name not in able:
            what = f"{name} needs no writer, or edits another thing than the {point} texts of this file"
            raise InputError(Problem(what=what, choices=tuple(able)))
    return chosen or able


def _wanted(
    records: Sequence[Example | Doc], chosen: Sequence[Condition], models: Models
) -> Iterator[tuple[tuple[int, str], Flow[Trial]]]:
    """Yield the flow of each variant that is not stored yet."""
    for line, record in enumerate(records):
        for condition in chosen:
            operator: Operator = condition.steps[0].operator
            if operator.name not in record.variants:
                yield (line, operator.name), _flow(record, condition, models)


def _flow(record: Example | Doc, condition: Condition, models: Models) -> Flow[Trial]:
    from robustcore.case import Case
    from robustcore.corpus.records import Corpus, Doc, Example
    from robustcore.systems.drive import guarded
    from robustcore.systems.mirror import Mirror

    corpus = Corpus()
    if isinstance(record, Doc):
        corpus = Corpus.of([replace(record, variants={}, origins={})])
        record = Example(id=record.id, question=record.text, gold_doc_ids=(record.id,))
    case = Case(f"{condition.name}-{record.id}", record, condition)
    return guarded(case, Mirror(example=record, corpus=corpus), corpus, models)


def _store(row: Row, name: str, trial: Trial, point: str) -> str:
    """Put what was written into ``row`` and return in words what became of it."""
    if trial.error is not None:
        return f"failed: {trial.error.message}"
    origin = dict(trial.origins).get(name)
    made = _text(trial, point)
    if origin is None or made is None:
        return f"not written: {trial.note or trial.skip}"
    entry: Mapping[str, str] = {"writer": origin.writer, "prompt": origin.prompt}
    verdict = trial.verdict
    if point == "question" and verdict is not None:
        entry = {**entry, "validity": verdict.validity, **({"note": verdict.note} if verdict.note else {})}
    row["variants"] = {**(row.get("variants") or {}), name: made}
    row["origins"] = {**(row.get("origins") or {}), name: entry}
    return f"written, {verdict.validity}" if verdict is not None else "written"


def _text(trial: Trial, point: str) -> str | None:
    if point == "question":
        made = trial.rejected if isinstance(trial.rejected, str) else trial.question
        return None if made == trial.case.example.question else made
    if isinstance(trial.rejected, tuple):
        return str(trial.rejected[0].text)
    passages = trial.answer.passages if trial.answer else None
    return passages[0].text if passages and trial.skip == "" else None
