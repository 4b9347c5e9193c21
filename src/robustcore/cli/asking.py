"""What commands that ask models share: options as pairs, what may be asked, the ledger, what an interrupt leaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from robustcore.cli.ledger import DEFAULT
from robustcore.errors import InputError, Problem

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from robustcore.calls.engine import Engine
    from robustcore.calls.ledger import Ledger
    from robustcore.calls.progress import Progress
    from robustcore.calls.types import Endpoint


class Interrupted(KeyboardInterrupt):
    """An interrupt while models were asked; its text says what was kept."""


def pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts by key; raise `InputError` that names ``option`` for one that is no pair."""
    found = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(Problem(what=f"{option}: {pair!r} is not KEY=VALUE"))
        found[key.strip()] = value
    return found


def ledger_path(given: str | None) -> Path | None:
    """Return the file that ``--robust-ledger`` names, None for "none"."""
    return None if given == "none" else Path(given) if given else DEFAULT


@contextmanager
def engine(endpoints: Mapping[str, Endpoint], *, ledger: Path | None, live: bool, of: str = "") -> Iterator[Engine]:
    """Give an engine that knows ``endpoints``, with a bar where standard error is a terminal.

    ``of`` names the command, whose run no other one goes on with. A run in which a call failed stays open as one that
    was cut off does, so that the same command sends again only what is missing. Raises `InputError` for an endpoint
    that may not be asked, `Interrupted` for an interrupt.
    """
    from robustcore.calls.engine import Engine
    from robustcore.calls.ledger import Ledger

    costly = sorted(name for name, endpoint in endpoints.items() if endpoint.live)
    if costly and not live:
        what = f"{', '.join(costly)}: may cost money or leave the machine"
        raise InputError(Problem(what=what, fix="allow it with --robust-live"))
    book = Ledger(ledger)
    before = book.count()
    run = book.start_run(of=of)
    with _bar() as bar:
        asks = Engine(book, run, allow_live=live, progress=bar)
        asks.add_endpoints(endpoints)
        try:
            yield asks
            if not asks.counters.failed:
                book.finish_run(run)
        except KeyboardInterrupt as interrupt:
            raise Interrupted(_kept(book, before)) from interrupt
        finally:
            asks.close()
            for note in (*book.notes, *asks.notes):
                print(note, file=sys.stderr)
            book.close()


def _bar() -> AbstractContextManager[Progress | None]:
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    from robustcore.calls.progress import RichProgress

    return RichProgress(Console(stderr=True))


def _kept(book: Ledger, before: int) -> str:
    """Say what is left of a run that was interrupted."""
    if book.path is None:
        return "interrupted; no replies were kept, for there is no ledger"
    kept = book.count() - before
    again = "the same command again sends only what is missing"
    what = "1 reply of this run is" if kept == 1 else f"{kept} replies of this run are"
    return f"interrupted; {what} kept in {book.path}: {again}"
