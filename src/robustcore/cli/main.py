"""The command line: its subcommands, and what is common to them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from robustcore.cli import (
    baseline,
    check,
    completion,
    doctor,
    encoders,
    fit_tau,
    ledger,
    measures,
    new,
    perturb,
    report,
    running,
    validate_items,
)
from robustcore.errors import RobustError, visible
from robustcore.scenario.vocabulary import Vocabulary

Words = Callable[[], Vocabulary]

EPILOG = """\
start here:
  pytest-robust new                        write a first scenario for the application in this folder
  pytest-robust plan                       what a run would call, without calling it
  pytest-robust run --robust-report r.html run it, and look at the page
  pytest-robust perturb show FILE          what perturbations make of your questions

exit status: 0 done; 1 problems were found; 2 the command line is wrong; 130 interrupted;
141 whoever read the output left;
run and plan: pytest's own (0 passed, 1 failed, 2 interrupted, 3 internal error, 4 usage, 5 nothing collected)"""
INTERRUPTED = 130  # what a shell reports of a command that SIGINT ended
READER_LEFT = 141  # what a shell reports of a command that SIGPIPE ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A subcommand: ``arguments`` declares them, ``run`` does the work and returns the exit status.

    ``passes_on`` gives it all that follows its name as ``rest``, whatever it looks like.
    """

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Words], int]
    passes_on: bool = False


def main(argv: Sequence[str] | None = None, *, words: Words | None = None) -> int:
    """Run the command line ``argv`` (default: the process's) and return the exit status.

    0 means done, 1 that problems were found, 130 that it was interrupted, 141 that standard output was closed before
    all was said; a wrong command line exits with 2, as argparse does. ``words`` gives the vocabulary of scenario files
    (default: what is shipped and installed).
    """
    arguments = _parsed(list(sys.argv[1:] if argv is None else argv))
    try:
        status: int = arguments.run(arguments, words or shipped_vocabulary)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has seen enough: `pytest-robust schema | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains as it exits
        return READER_LEFT
    except RobustError as error:
        print(visible(str(error), keep="\n\t"), file=sys.stderr)
        return 1
    except KeyboardInterrupt as interrupt:
        print(str(interrupt) or "interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:  # a full disk, a folder that may not be written
        print(visible(_said_of(error)), file=sys.stderr)
        return 1
    return status


def _said_of(error: OSError) -> str:
    said = error.strerror or str(error)
    return f"{error.filename}: {said}" if error.filename else said


def _parsed(given: list[str]) -> argparse.Namespace:
    passing = {command.name for command in COMMANDS if command.passes_on}
    if given and given[0] in passing and given[1:] not in (["-h"], ["--help"]):
        arguments = make_parser().parse_args(given[:1])
        arguments.rest = given[1:]
        return arguments
    return make_parser().parse_args(given)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser = argparse.ArgumentParser(
        prog="pytest-robust",
        description="Robustness tests for RAG services and agents.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        added = commands.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(added)
        added.set_defaults(run=command.run)
    return parser


def shipped_vocabulary() -> Vocabulary:
    """Return every name that is shipped or installed through entry points."""
    from robustcore.corpus.bundled import bundled_names
    from robustcore.measures.registry import measure_names, parse_measure
    from robustcore.perturb.families import operator_registry

    return Vocabulary(
        operators=operator_registry(),
        measures=parse_measure,
        measure_names=tuple(measure_names()),
        bundled=bundled_names(),
    )


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def _schema(arguments: argparse.Namespace, words: Words) -> int:
    from robustcore.scenario.schema import json_schema

    del arguments
    known = words()
    print(json.dumps(json_schema(known.operators, known.measure_names), indent=2, ensure_ascii=False))
    return 0


COMMANDS: tuple[Command, ...] = (
    Command(
        name="new",
        help="write a first scenario and a conftest.py for the function, chain, agent or factory found here or named",
        arguments=new.add_arguments,
        run=new.run,
    ),
    Command(
        name="schema",
        help="print the JSON Schema of scenario files, for editors",
        arguments=_no_arguments,
        run=_schema,
    ),
    Command(
        name="check",
        help="print everything that is wrong with scenario files and the data they name; exit 1 if anything is",
        arguments=check.add_arguments,
        run=check.run,
    ),
    Command(name="plan", help=running.PLAN_HELP, arguments=running.add_arguments, run=running.plan, passes_on=True),
    Command(name="run", help=running.RUN_HELP, arguments=running.add_arguments, run=running.run, passes_on=True),
    Command(
        name="report",
        help="show a JSON report again, or write it in other formats; several are joined",
        arguments=report.add_arguments,
        run=report.run,
    ),
    Command(
        name="doctor",
        help="say what is installed, on which devices it runs, which models are here and what is missing",
        arguments=doctor.add_arguments,
        run=doctor.run,
    ),
    Command(
        name="completion",
        help="print a script that completes this command in bash, zsh or fish",
        arguments=completion.add_arguments,
        run=completion.run,
    ),
    Command(
        name="ledger",
        help="show what a ledger of responses holds, or prune it",
        arguments=ledger.add_arguments,
        run=ledger.run,
    ),
    Command(
        name="perturb",
        help="list the operators, show what they do to your questions, or store what a model writes",
        arguments=perturb.add_arguments,
        run=perturb.run,
    ),
    Command(
        name="measures",
        help="list the measures: what each says, which way is better, its options",
        arguments=measures.add_arguments,
        run=measures.run,
    ),
    Command(
        name="compare",
        help="say case by case how a run differs from an earlier one; exit 1 if it is worse by more than chance",
        arguments=baseline.compare_arguments,
        run=baseline.compare,
    ),
    Command(
        name="baseline",
        help="accept a run: write its rows to the file that --robust-baseline compares later runs with",
        arguments=baseline.baseline_arguments,
        run=baseline.accept,
    ),
    Command(
        name="encoders",
        help="compare sentence encoders and retrievers on your corpus: quality, robustness, certificates, styles",
        arguments=encoders.add_arguments,
        run=encoders.run,
    ),
    Command(
        name="fit-tau",
        help="fit the temperature of a model's letter probabilities on neutral closed questions",
        arguments=fit_tau.add_arguments,
        run=fit_tau.run,
    ),
    Command(
        name="validate-items",
        help="let trial models find out which of your own items need their concepts and are not too easy (DeR2)",
        arguments=validate_items.add_arguments,
        run=validate_items.run,
    ),
)
