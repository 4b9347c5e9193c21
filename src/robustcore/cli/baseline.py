"""``pytest-robust compare`` and ``pytest-robust baseline``: two runs side by side; a run accepted as the baseline."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from robustcore.errors import InputError, Location, Problem
from robustcore.files import write_text

DEFAULT = "robust-baseline.json"


def compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two runs, and how to print."""
    parser.add_argument("before", type=Path, metavar="A", help="a baseline, or a report of --robust-report")
    parser.add_argument("after", type=Path, metavar="B", help="the later one, of either kind")
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")
    parser.add_argument("--all", action="store_true", help="name every case, not the first ten of each kind")


def compare(arguments: argparse.Namespace, words: object) -> int:
    """Print how B compares with A; 1 if something got worse by more than chance explains, or cannot be compared."""
    from rich.console import Console

    from robustcore.report.baseline import read_snapshot
    from robustcore.report.compare import compare as compared
    from robustcore.report.compare_terminal import SHOWN, print_comparison
    from robustcore.report.json_form import plain

    del words
    before, after = read_snapshot(arguments.before), read_snapshot(arguments.after)
    found = compared(before, after, source=str(arguments.before))
    if arguments.json:
        print(json.dumps(plain(found), ensure_ascii=False, indent=2))
    else:
        print_comparison(found, Console(highlight=False), shown=10**9 if arguments.all else SHOWN)
    return int(found.regressed or any(one.status == "error" for one in found.comparisons))


def baseline_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the report and where its rows go."""
    parser.add_argument("report", type=Path, metavar="REPORT", help="a report of --robust-report")
    parser.add_argument("--output", "-o", type=Path, default=Path(DEFAULT), metavar="FILE", help=f"default {DEFAULT}")


def accept(arguments: argparse.Namespace, words: object) -> int:
    """Write the rows of a report as the baseline of later runs, and say what that changes."""
    from rich.console import Console

    from robustcore.report.baseline import dump_baseline, read_snapshot
    from robustcore.report.compare import compare as compared
    from robustcore.report.compare_terminal import print_comparison

    del words
    output: Path = arguments.output
    accepted = read_snapshot(arguments.report)
    if not any(scenario.conditions for scenario in accepted.values()):
        problem = Problem(what="the report holds no case", where=Location(file=str(arguments.report)))
        raise InputError(problem)
    if output.exists():
        print_comparison(compared(read_snapshot(output), accepted, source=str(output)), Console(highlight=False))
    text = dump_baseline(accepted)
    try:
        write_text(output, text)
    except OSError as error:
        raise InputError(Problem(what=f"cannot write it: {error.strerror}", where=Location(file=str(output)))) from None
    cases = sum(len(one.values) for scenario in accepted.values() for one in scenario.conditions.values())
    print(f"{output}: {len(accepted)} scenarios, {cases} rows, {len(text.encode()) / 1000:.0f} kB")
    return 0
