"""``pytest-robust check``: everything that is wrong with scenario files and with the data that they name."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from robustcore.cli.finding import scenario_files
from robustcore.errors import InputError, Problem
from robustcore.scenario.types import Scenario
from robustcore.scenario.vocabulary import Vocabulary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be said."""
    what = "a scenario file (default: every *.robust.yaml and *.robust.yml below this folder)"
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=what)
    no_data = "do not read the questions and documents that scenarios name"
    parser.add_argument("--no-data", action="store_true", help=no_data)


def run(arguments: argparse.Namespace, words: Callable[[], Vocabulary]) -> int:
    """Print every problem, each once, and how many scenarios are sound; return 1 if there is a problem."""
    from robustcore.scenario.load import load_scenarios

    known = words()
    files = arguments.files or scenario_files(Path())
    if not files:
        raise InputError(Problem(what="there is no *.robust.yaml below this folder", fix="pytest-robust new"))
    found: list[Scenario] = []
    problems: dict[Problem, None] = {}  # several scenarios may name the same data
    for file in files:
        try:
            found += load_scenarios(file, known.operators, known.measures, bundled=known.bundled)
        except InputError as error:
            problems |= dict.fromkeys(error.problems)
    sound = len(found)
    for wrong in () if arguments.no_data else _wrong_data(found, known):
        sound -= bool(wrong)
        problems |= dict.fromkeys(wrong)
    for problem in problems:
        print(problem)
    print(f"{_counted(len(files), 'file')}: {_counted(sound, 'sound scenario')}, {_counted(len(problems), 'problem')}")
    return 1 if problems else 0


def _wrong_data(scenarios: Sequence[Scenario], known: Vocabulary) -> Iterator[tuple[Problem, ...]]:
    """Yield what is wrong with the data of each scenario; data that several name is read once."""
    from robustcore.scenario.data import read_data

    read: dict[str, tuple[Problem, ...]] = {}
    for spec in (scenario.data for scenario in scenarios):
        key = repr(spec and replace(spec, where=None))
        if key not in read:
            try:
                if spec is not None:
                    read_data(spec, known.bundled)
                read[key] = ()
            except InputError as error:
                read[key] = error.problems
        yield read[key]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
