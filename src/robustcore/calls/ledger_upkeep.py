"""What a ledger holds, and keeping it within limits of size and age."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from robustcore.calls.ledger_file import connect, connect_read_only, today

ROOM = 0.8  # a ledger above its limit is cut down to this share of it, so that not every session has to
CHUNK = 5_000  # rows per transaction: other processes may write in between
ROW_BYTES = 120  # about what a row takes beside its value
VALUE_BYTES = "coalesce(length(CAST(value AS BLOB)), 0)"  # a damaged file may hold any type in any column

# A run that has finished will not be resumed: what is bound to it can never be used again.
EXPIRED_ORIGINS = "SELECT id FROM origins WHERE run != '' AND run NOT IN (SELECT id FROM runs WHERE finished = 0)"
EXPIRED = f"origin IN ({EXPIRED_ORIGINS})"

UNUSED = "id NOT IN (SELECT origin FROM responses)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The responses of one endpoint and operation: how many, how many never to be used again, bytes of text."""

    endpoint: str
    op: str
    responses: int
    expired: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a ledger holds. ``size`` is that of the file in bytes; times are seconds since 1970, 0 if it is empty."""

    size: int
    parts: tuple[Part, ...]
    oldest: float
    newest: float
    runs: int
    unfinished: int

    @property
    def responses(self) -> int:
        """Return the number of responses."""
        return sum(part.responses for part in self.parts)

    @property
    def expired(self) -> int:
        """Return how many of them are bound to runs that have finished."""
        return sum(part.expired for part in self.parts)


def contents(path: Path) -> Contents:
    """Return what the ledger at ``path`` holds; raise `sqlite3.DatabaseError` if it is none or is damaged."""
    query = (
        f"SELECT CAST(endpoint AS TEXT), CAST(op AS TEXT), count(*), sum({EXPIRED}), sum({VALUE_BYTES}) "
        "FROM responses LEFT JOIN origins ON origins.id = responses.origin GROUP BY endpoint, op ORDER BY count(*) DESC"
    )
    with closing(connect_read_only(path)) as connection:
        parts = tuple(
            Part(endpoint=endpoint or "", op=op or "", responses=count, expired=expired or 0, size=size)
            for endpoint, op, count, expired, size in connection.execute(query)
        )
        oldest, newest = connection.execute(
            "SELECT min(CAST(created AS REAL)), max(CAST(created AS REAL)) FROM responses"
        ).fetchone()
        runs, finished = connection.execute("SELECT count(*), total(finished) FROM runs").fetchone()
    files = [path, path.with_name(f"{path.name}-wal")]
    return Contents(
        size=sum(file.stat().st_size for file in files if file.exists()),
        parts=parts,
        oldest=oldest or 0.0,
        newest=newest or 0.0,
        runs=runs,
        unfinished=runs - int(finished),
    )


def prune(
    path: Path, *, max_mb: float = 0, max_days: float = 0, everything: bool = False, compact: bool = False
) -> int:
    """Drop responses of the ledger at ``path`` until it keeps the limits (0: none); return how many were dropped.

    For size, those that can never be used again go first, then those whose last use is longest ago. A limit of size
    costs a look at the file unless it is exceeded, one of age a walk through it. The room of what was dropped is used
    for what comes later; ``compact`` gives it back to the disk and needs the file for itself meanwhile. Raise
    `sqlite3.DatabaseError` or `OSError` if the file cannot be used.
    """
    with closing(connect(path)) as connection:
        dropped = 0
        if everything:
            dropped += _drop(connection, _keys(connection, "SELECT key FROM responses"))
        if max_days:
            before = today() - max_days
            dropped += _drop(connection, _keys(connection, f"SELECT key FROM responses WHERE used < {before:f}"))
        if max_mb and _size(connection) > max_mb * 1e6:
            dropped += _drop(connection, _oldest(connection, 1 - ROOM * max_mb * 1e6 / _size(connection)))
        if compact:
            with connection:
                connection.execute(f"DELETE FROM origins WHERE id IN ({EXPIRED_ORIGINS}) AND {UNUSED}")
                connection.execute("DELETE FROM runs WHERE finished = 1")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return dropped


def _size(connection: sqlite3.Connection) -> int:
    """Return the bytes of the pages in use."""
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(page * (pages - free))


def _oldest(connection: sqlite3.Connection, share: float) -> list[str]:
    """Return the keys to drop first that together take ``share`` of what all take."""
    taken = f"{VALUE_BYTES} + {ROW_BYTES}"
    (total,) = connection.execute(f"SELECT total({taken}) FROM responses").fetchone()
    left = share * total
    keys = []
    query = f"SELECT key, {taken} FROM responses ORDER BY NOT ({EXPIRED}), used, created"
    for key, size in connection.execute(query):
        if left <= 0:
            break
        left -= size
        keys.append(key)
    return keys


def _keys(connection: sqlite3.Connection, query: str) -> list[str]:
    return [key for (key,) in connection.execute(query)]


def _drop(connection: sqlite3.Connection, keys: list[str]) -> int:
    for part in _chunks(sorted(keys, key=str)):  # a damaged file may hold others
        with connection:
            connection.executemany("DELETE FROM responses WHERE key = ?", [(key,) for key in part])
    return len(keys)


def _chunks(keys: list[str]) -> Iterator[Iterable[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
