"""``pytest-robust report``: a JSON report again, in any format; several of them joined into one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from robustcore.errors import InputError, Location, Problem
from robustcore.files import read_regular
from robustcore.keys import read_finite_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare reports and targets."""
    files = "a JSON report (--robust-report out.json); several, of parts of one run, are joined"
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=files)
    target = "write [FORMAT=]PATH: out.html, out.md, sarif=out.sarif, ... (repeatable; default: print for the terminal)"
    parser.add_argument("--to", "-o", action="append", default=[], metavar="TARGET", help=target)
    parser.add_argument("--format", metavar="FORMAT", help="print this format to standard output")
    parser.add_argument("--exit-code", action="store_true", help="exit 1 if a gate or a case did not pass")


def run(arguments: argparse.Namespace, words: Callable[[], Any]) -> int:
    """Write or print the report; raise `InputError` for a file that is none or a format nobody writes."""
    from robustcore.report.join import join
    from robustcore.report.verdict import overall
    from robustcore.report.writers import read_target, write, writer_registry

    del words
    targets = [read_target(text) for text in arguments.to]
    writer = writer_registry().get(arguments.format) if arguments.format else None
    report = join([_read(file) for file in arguments.files])
    for form, path in targets:
        _written(write, report, form, Path(path))
        print(f"wrote {path}")
    if writer is not None:
        sys.stdout.write(writer(report))
    elif not targets:
        from rich.console import Console

        from robustcore.report.terminal import render

        render(report, Console(highlight=False))
    return int(arguments.exit_code and overall(report) not in ("passed", "not_run"))


def _written(write: Callable[..., None], report: Any, form: str, path: Path) -> None:
    try:
        write(report, form, path)
    except OSError as error:
        raise InputError(Problem(what=f"cannot write: {error.strerror}", where=Location(file=str(path)))) from None


def _read(file: Path) -> Any:
    from robustcore.report.json_form import from_json

    where = Location(file=str(file))
    try:
        data = read_finite_json(read_regular(file))
    except OSError as error:
        raise InputError(Problem(what=f"cannot read the report: {error.strerror}", where=where)) from None
    except ValueError as error:
        fix = "write one with: pytest --robust --robust-report out.json"
        raise InputError(Problem(what=f"this is no report: {error}", where=where, fix=fix)) from None
    return from_json(data, where)
