"""``pytest-robust ledger``: show what a ledger holds, or prune it."""

from __future__ import annotations

import argparse
import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from robustcore.errors import InputError, Problem, visible

if TYPE_CHECKING:
    from robustcore.calls.ledger_upkeep import Contents

DEFAULT = Path(".robust") / "ledger.sqlite"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``[prune] [FILE]`` and the limits."""
    parser.usage = "%(prog)s [prune] [FILE] [--max-mb N] [--max-days N] [--all]"
    words = f"prune, to drop responses; the ledger's file (default {DEFAULT}; one called prune: ./prune)"
    parser.add_argument("words", nargs="*", metavar="[prune] [FILE]", help=words)
    parser.add_argument("--max-mb", type=float, default=0, metavar="N", help="with prune: keep at most N megabytes")
    days = "with prune: drop what was last used more than N days ago"
    parser.add_argument("--max-days", type=float, default=0, metavar="N", help=days)
    parser.add_argument("--all", action="store_true", help="with prune: drop every response")


def run(arguments: argparse.Namespace, _: object = None) -> int:
    """Do what was asked; raise `InputError` for a file that is no ledger or a command line that makes no sense."""
    words: list[str] = arguments.words
    pruning = words[:1] == ["prune"]
    files = words[pruning:]
    if len(files) > 1:
        raise InputError(Problem(what=f"one ledger at a time, not {' and '.join(files)}", fix="name one file"))
    path = Path(files[0]) if files else DEFAULT
    limits = bool(arguments.max_mb or arguments.max_days or arguments.all)
    if limits != pruning:
        fix = f"pytest-robust ledger prune {path} --max-mb N, --max-days N or --all"
        raise InputError(Problem(what="prune and its limits belong together", fix=fix))
    if min(arguments.max_mb, arguments.max_days) < 0:
        raise InputError(Problem(what="a limit must be above 0", fix="--all drops everything"))
    if not path.is_file():
        raise InputError(Problem(what=f"there is no ledger at {path}", fix="name its file"))
    try:
        return _prune(path, arguments) if pruning else _show(path)
    except (sqlite3.Error, OSError) as error:
        raise InputError(Problem(what=f"{path} cannot be used: {error}")) from error


def _prune(path: Path, arguments: argparse.Namespace) -> int:
    from robustcore.calls.ledger_file import connect_read_only
    from robustcore.calls.ledger_upkeep import contents, prune

    connect_read_only(path).close()  # never makes a ledger of a file that is none
    before = contents(path)
    limits = {"max_mb": arguments.max_mb, "max_days": arguments.max_days}
    dropped = prune(path, everything=arguments.all, compact=True, **limits)
    after = contents(path)
    told = f"{dropped} of {before.responses} responses dropped, {_mb(before.size)} became {_mb(after.size)}"
    print(f"{visible(str(path))}: {told}")
    return 0


def _show(path: Path) -> int:
    from robustcore.calls.ledger_upkeep import contents

    for line in _lines(path, contents(path)):
        print(line)
    return 0


def _lines(path: Path, found: Contents) -> Iterator[str]:
    from robustcore.report.inert import line

    yield f"{visible(str(path))}: {found.responses} responses, {_mb(found.size)}"
    if found.responses:
        yield f"from {_date(found.oldest)} to {_date(found.newest)}"
    yield f"runs: {found.runs}, of them {found.unfinished} under way or cut off"
    if found.expired:
        yield f"never to be used again: {found.expired} (bound to runs that have ended)"
    names = [line(f"{part.endpoint} {part.op}").strip() or "(unknown)" for part in found.parts]
    width = max(map(len, names), default=0)
    for name, part in zip(names, found.parts, strict=True):
        yield f"  {name:<{width}}  {part.responses:>8}  {_mb(part.size):>9}"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _date(seconds: float) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):  # of a damaged file
        return "no known day"
