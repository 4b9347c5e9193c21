"""``pytest-robust validate-items``: which items of your own need their concepts, and are not too easy."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustcore.cli.asking import engine, ledger_path, pairs
from robustcore.cli.ledger import DEFAULT
from robustcore.errors import InputError, Location, Problem
from robustcore.files import write_text

if TYPE_CHECKING:
    from robustcore.calls.types import Endpoint
    from robustcore.corpus.records import Corpus, Example
    from robustcore.measures.item_trials import ItemVerdict, Trials
    from robustcore.scenario.vocabulary import Vocabulary

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Items with their side tables joined, as rows and as examples; ``extra`` rows of the tables had no item."""

    rows: list[Row]
    examples: tuple[Example, ...]
    extra: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ITEMS, library, side tables, trial models and what goes with them."""
    add = parser.add_argument
    add("items", type=Path, metavar="ITEMS", help="JSONL of items: instruction, answer, concepts, related_docs")
    add("--library", type=Path, metavar="FILE", help="JSONL of the documents that items name")
    table = "a JSONL table whose rows are joined to the items by id (repeatable); rows of no item are counted"
    add("--join", type=Path, action="append", default=[], metavar="TABLE", help=table)
    model = "a chat model that tries the items (repeatable); none that is to be tested later"
    add("--trial-model", action="append", default=[], metavar="MODEL", help=model)
    add("--trial-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the trial models")
    add("--under-test", action="append", default=[], metavar="MODEL", help="a model that must not be a trial model")
    add("--trials", type=int, default=3, metavar="N", help="trials of each model in a phase (default 3)")
    add("--limit", type=int, default=0, metavar="N", help="the first N items only, to try it")
    add("--robust-judge", metavar="MODEL", help="the chat model that says what is right (default: the items' graders)")
    add("--robust-judge-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the judge")
    add("--robust-live", action="store_true", help="allow models that cost money or leave the machine")
    add("--robust-ledger", metavar="FILE", help=f"where replies are kept (default {DEFAULT}; 'none')")
    add("-o", "--output", type=Path, metavar="OUT", help="write the items that were kept; must not exist yet")


def run(arguments: argparse.Namespace, words: Callable[[], Vocabulary]) -> int:
    """Print what became of each item and return 0, or 1 if items are undecided."""
    from robustcore.measures.item_trials import validated
    from robustcore.report.terminal import calls_line

    del words
    _check(arguments)
    items, library = _items(arguments), _library(arguments)
    trials, endpoints = _asked(arguments)
    ledger = ledger_path(arguments.robust_ledger)
    with engine(endpoints, ledger=ledger, live=arguments.robust_live, of="validate-items") as asks:
        flows = ((example.id, validated(example, library, trials)) for example in items.examples)
        found: dict[str, ItemVerdict] = dict(asks.run(flows, expected=len(items.examples)))
    verdicts = [found[example.id] for example in items.examples]
    for line in _lines(arguments, items, verdicts):
        print(_fitted(line))
    print(_fitted(calls_line(asks.counters.totals())))
    if arguments.output:
        _write(arguments, items, verdicts)
    return int(any(one.status == "undecided" for one in verdicts))


def _lines(arguments: argparse.Namespace, items: Items, verdicts: Sequence[ItemVerdict]) -> Iterator[str]:
    """Yield a line for each item, and what became of all."""
    from robustcore.measures.item_trials import counts_of

    for example, one in zip(items.examples, verdicts, strict=True):
        tried = ", ".join(f"{phase} {right}/{asked}" for phase, (right, asked) in one.solved.items())
        yield f"{example.id}: {one.status}: {one.why}{f' ({tried})' if tried else ''}"
    if items.extra:
        yield f"{items.extra} rows of {', '.join(map(str, arguments.join))} belong to no item and were ignored"
    told = "; ".join(f"{count} {what}" for what, count in counts_of(verdicts).items())
    yield f"{len(verdicts)} items: {told}; trial models: {', '.join(arguments.trial_model)}"


def _fitted(text: str) -> str:
    """Return ``text`` broken between words where a terminal would break it anywhere; files get whole lines."""
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return textwrap.fill(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _check(arguments: argparse.Namespace) -> None:
    problems = []
    if not arguments.trial_model:
        fix = "name at least one with --trial-model, and none that you will test on the items"
        problems.append(Problem(what="the validation needs a model that tries the items", fix=fix))
    if arguments.trials < 2:
        what = f"--trials must be at least 2, not {arguments.trials}: an item has to succeed once and fail once"
        problems.append(Problem(what=what))
    for name in arguments.under_test:
        if name in arguments.trial_model:
            what = f"{name} is a trial model and the system under test: the items would be chosen to be hard for it"
            problems.append(Problem(what=what, fix="let another model try them"))
    if arguments.output and arguments.output.exists():
        problems.append(Problem(what="this file exists already", where=Location(file=str(arguments.output))))
    if problems:
        raise InputError(problems)


def _items(arguments: argparse.Namespace) -> Items:
    """Return the items with the fields of all side tables; a field that both have is a fault of the table's row."""
    from robustcore.corpus.formats.faults import Faults, raise_faults
    from robustcore.corpus.formats.fields import example_of
    from robustcore.corpus.formats.jsonl import records

    faults = [Faults(path) for path in (arguments.items, *arguments.join)]
    items = list(records(arguments.items, faults[0]))
    fields = {str(item.fields.get("id")): item.fields for item in items}
    extra = 0
    for path, table in zip(arguments.join, faults[1:], strict=True):
        for row in records(path, table):
            item = fields.get(str(row.fields.get("id")))
            extra += item is None
            for key, value in (row.fields if item is not None else {}).items():
                if key != "id" and item is not None and item.setdefault(key, value) != value:
                    row.fault(f"the item has another {key!r} already", key=key)
    items = items[: arguments.limit or None]
    seen: dict[str, int] = {}
    found = [example_of(item, seen, None) for item in items]
    raise_faults(faults)
    examples = tuple(example for example in found if example is not None)
    return Items(rows=[item.fields for item in items], examples=examples, extra=extra)


def _library(arguments: argparse.Namespace) -> Corpus:
    from robustcore.corpus.formats.faults import Faults, raise_faults
    from robustcore.corpus.formats.jsonl import read_docs
    from robustcore.corpus.records import Corpus

    if not arguments.library:
        return Corpus()
    faults = Faults(arguments.library)
    docs = read_docs(arguments.library, faults)
    raise_faults([faults])
    return Corpus.of(docs)


def _asked(arguments: argparse.Namespace) -> tuple[Trials, dict[str, Endpoint]]:
    """Return who tries and judges, and the endpoints behind these names."""
    from robustcore.endpoints.model_names import shown_name
    from robustcore.measures.item_trials import Trials
    from robustcore.measures.judging import Judge

    options = pairs("--trial-arg", arguments.trial_arg)
    endpoints = {f"trial {shown_name(name)}": _made(name, options) for name in dict.fromkeys(arguments.trial_model)}
    trials = Trials(models=tuple(endpoints), each=arguments.trials)
    if arguments.robust_judge:
        judged = _made(arguments.robust_judge, pairs("--robust-judge-arg", arguments.robust_judge_arg))
        judge = Judge(name=f"judge {shown_name(arguments.robust_judge)}", endpoint=judged)
        trials, endpoints = replace(trials, judge=judge), {**endpoints, judge.name: judge.endpoint}
    return trials, endpoints


def _made(name: str, options: Mapping[str, str]) -> Endpoint:
    from robustcore.endpoints.model_names import model_spec
    from robustcore.endpoints.specs import make_endpoint

    return make_endpoint(model_spec(name, options))


def _write(arguments: argparse.Namespace, items: Items, verdicts: Sequence[ItemVerdict]) -> None:
    """Write the kept items, each with who tried it and how often it was right."""
    lines = []
    for row, one in zip(items.rows, verdicts, strict=True):
        if one.status == "kept":
            tried = {phase: f"{right}/{asked}" for phase, (right, asked) in one.solved.items()}
            metadata = {**(row.get("metadata") or {}), "validation": {"models": arguments.trial_model, **tried}}
            lines.append(json.dumps({**row, "metadata": metadata}, ensure_ascii=False) + "\n")
    write_text(arguments.output, "".join(lines))
    print(f"{arguments.output}: {len(lines)} lines")
