"""The models that commands on perturbations may ask, under the options' names of the pytest plugin."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from robustcore.cli import asking
from robustcore.cli.ledger import DEFAULT
from robustcore.errors import InputError, Problem

if TYPE_CHECKING:
    from robustcore.calls.engine import Engine
    from robustcore.perturb.edit import Models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare writer, judge, and what goes with them."""
    add = parser.add_argument
    add("--robust-writer", metavar="MODEL", help="the chat model that writes what is not stored in the data")
    add("--robust-writer-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the writer")
    judge = "the chat model, or entailment:MODEL, that decides whether a variant is valid, beside rules and encoder"
    add("--robust-judge", metavar="MODEL", help=judge)
    add("--robust-judge-arg", action="append", default=[], metavar="KEY=VALUE", help="an option of the judge")
    add("--robust-live", action="store_true", help="allow models that cost money or leave the machine")
    encoder = "load no sentence encoder: faster, without similarities, and what it would judge stays undecided"
    add("--no-encoder", action="store_true", help=encoder)
    ledger = f"where replies of writer and judge are kept (default {DEFAULT}; 'none'), shared with pytest --robust"
    add("--robust-ledger", metavar="FILE", help=ledger)


@contextmanager
def engine(arguments: argparse.Namespace) -> Iterator[tuple[Engine, Models]]:
    """Give an engine that knows the aides, and what they are called.

    Without writer and judge nothing is worth keeping, and no ledger is made. Raises `InputError` for a model that
    cannot be named so, or that may not be asked.
    """
    from robustcore.systems.aides import aides

    given = {role: _named(role, arguments) for role in ("writer", "judge")}
    found = aides(**given)
    if arguments.no_encoder:
        found = found.only({"writer", "judge", "entailment"})
    ledger = asking.ledger_path(arguments.robust_ledger) if any(given.values()) else None
    with asking.engine(found.endpoints, ledger=ledger, live=arguments.robust_live, of="perturb") as asks:
        yield asks, found.models


def _named(role: str, arguments: argparse.Namespace) -> dict[str, Any]:
    name: str | None = getattr(arguments, f"robust_{role}")
    given: Sequence[str] = getattr(arguments, f"robust_{role}_arg")
    if not name:
        if given:
            raise InputError(Problem(what=f"--robust-{role}-arg goes with --robust-{role}, which is not given"))
        return {}
    return {"model": name, **asking.pairs(f"--robust-{role}-arg", given)}
