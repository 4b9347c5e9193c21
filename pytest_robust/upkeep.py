"""The limits of the ledger, kept when a session ends."""

from __future__ import annotations

import sqlite3

from pytest_robust.options import Options
from robustcore.calls.ledger import Ledger


def keep_limits(ledger: Ledger, options: Options) -> None:
    """Drop what exceeds the size or the age that ``options`` allow, and note it; a ledger in memory has no limits."""
    size, days = options.ledger_max_mb, options.ledger_max_days
    path = ledger.path
    if path is None:
        return
    try:
        if days or (size and path.stat().st_size > size * 1e6):
            from robustcore.calls.ledger_upkeep import prune

            dropped = prune(path, max_mb=size, max_days=days)
            if dropped:
                ledger.notes.append(f"{dropped} responses were dropped from ledger {path} to keep its limits")
    except (OSError, sqlite3.Error) as error:
        ledger.notes.append(f"ledger {path} could not be pruned: {error}")
