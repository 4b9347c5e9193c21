"""``pytest-robust perturb``: list the operators, show what they do to your questions, store what a model writes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustcore.cli import aides, perturb_write
from robustcore.cli.perturb_source import POINTS, sources
from robustcore.errors import InputError, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from robustcore.case import Condition
    from robustcore.corpus.records import Dataset
    from robustcore.perturb.base import Operator
    from robustcore.report.variants import Variant
    from robustcore.scenario.vocabulary import Vocabulary

LIMIT = 5  # questions that are shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``list``, ``show`` and ``write``."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="list|show|write")
    listed = commands.add_parser("list", help="every operator: where it acts, what it keeps, its severity and options")
    listed.add_argument("names", nargs="*", metavar="NAME", help="operators, or question, context or corpus")
    listed.add_argument("--json", action="store_true", help="print JSON instead of a table")
    listed.set_defaults(work=_list)
    shown = commands.add_parser("show", help="what operators do to your questions, with the verdict on each variant")
    file = "a scenario file, a JSONL or CSV file of questions, any data that scenarios may name, or a bundled corpus"
    shown.add_argument("file", type=Path, metavar="FILE", help=file)
    shown.add_argument("--questions", type=Path, metavar="FILE", help="the questions, where FILE holds documents only")
    operator = "an operator, or question, context or corpus for all of one point (repeatable; default: question)"
    shown.add_argument("--operator", action="append", default=[], metavar="NAME", help=operator)
    severity = "a severity above 0 and up to 1 (repeatable; default: the scenario's, else 1)"
    shown.add_argument("--severity", action="append", default=[], type=float, metavar="S", help=severity)
    shown.add_argument("--limit", type=int, default=LIMIT, metavar="N", help=f"the first N questions (default {LIMIT})")
    shown.add_argument("--json", action="store_true", help="print JSON instead of text")
    aides.add_arguments(shown)
    shown.set_defaults(work=_show)
    perturb_write.add_arguments(commands)


def run(arguments: argparse.Namespace, words: Callable[[], Vocabulary]) -> int:
    """Do what was asked; raise `InputError` for a file, a name or a number that cannot be used."""
    status: int = arguments.work(arguments, words())
    return status


def _list(arguments: argparse.Namespace, words: Vocabulary) -> int:
    names = [full for name in arguments.names for full in _matching(name, words)] or words.operators.names()
    operators = [words.operators.get(name) for name in dict.fromkeys(names)]
    if arguments.json:
        print(json.dumps([_described(operator) for operator in operators], indent=2, ensure_ascii=False))
        return 0
    from robustcore.report.operators_terminal import render

    render([_described(operator) for operator in operators], _console())
    return 0


def _matching(name: str, words: Vocabulary) -> list[str]:
    if name in POINTS:
        return [full for full in words.operators.names() if full.startswith(f"{name}.")]
    return [words.operators.resolve(name)]


def _described(operator: Operator) -> dict[str, Any]:
    options = {
        option.name: {
            "type": option.type.__name__,
            "default": option.default,
            **({"choices": list(option.choices)} if option.choices else {}),
        }
        for option in operator.options.values()
    }
    about = (operator.apply.__doc__ or "").strip().partition("\n\n")[0]
    return {
        "name": operator.name,
        "version": operator.version,
        "injects": operator.inject,
        "preserves": operator.preserves.value,
        "levels": list(operator.levels),
        "gated": operator.gated,
        "needs": sorted(operator.needs),
        "main": operator.main,
        "options": options,
        "about": " ".join(about.replace("``", "").split()),
    }


def _show(arguments: argparse.Namespace, words: Vocabulary) -> int:
    from robustcore.report.variants import tallies

    _check(arguments)
    chosen = arguments.operator, arguments.severity, arguments.questions
    found = list(sources(arguments.file, words, *chosen))
    with aides.engine(arguments) as (engine, models):
        shown = [(title, _variants(_first(data, arguments.limit), conditions, engine, models), data)
                 for title, data, conditions in found]  # fmt: skip
    if arguments.json:
        parts = [
            {
                "name": title,
                "questions": len(data.examples),
                "variants": [asdict(variant) for variant in variants],
                "tallies": [asdict(tally) for tally in tallies(variants)],
            }
            for title, variants, data in shown
        ]
        print(json.dumps(parts, indent=2, ensure_ascii=False))
        return 0
    _print(shown)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    wrong = [severity for severity in arguments.severity if not 0 < severity <= 1]
    if wrong:
        raise InputError(Problem(what=f"a severity is above 0 and up to 1, not {wrong[0]:g}"))
    if arguments.limit < 1:
        raise InputError(Problem(what=f"--limit must be 1 or more, not {arguments.limit}"))


def _first(data: Dataset, limit: int) -> Dataset:
    return replace(data, examples=data.examples[:limit])


def _variants(data: Dataset, conditions: Sequence[Condition], engine: Any, models: Any) -> list[Variant]:
    from robustcore.report.variants import variants

    found = dict(engine.run(variants(data, conditions, models)))
    return [found[place] for place in sorted(found)]


def _print(shown: Sequence[tuple[str, Sequence[Variant], Dataset]]) -> None:
    from robustcore.report.variants import tallies
    from robustcore.report.variants_terminal import render, render_tallies

    console = _console()
    for title, variants, data in shown:
        count = len({variant.item for variant in variants})
        console.rule(f"{title}: {count} of {len(data.examples)} questions", characters="=")
        render(variants, console)
        render_tallies(tallies(variants), console)
        for line in _remarks(variants):
            console.print(line, style="dim", markup=False, highlight=False)


def _remarks(variants: Sequence[Variant]) -> Iterator[str]:
    """Yield how to read what was printed."""
    yield "[new] words, [-lost-] ones; changed: edit distance over length; alike: cosine of the sentence encoder"
    if any(variant.before for variant in variants):
        yield "passages: the gold documents and the nearest by words, not those of your retriever"


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)
