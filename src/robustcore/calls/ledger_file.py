"""The ledger's file: schema, whose it is, and what is done with one that cannot be used."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

APPLICATION_ID = 0x524F4255  # "ROBU": tells our file from any other SQLite database
SCHEMA_VERSION = 3
DAY = 86_400  # seconds; last use is kept by the day, so that a hit seldom costs a write

RESPONSES = (
    "key TEXT PRIMARY KEY, value TEXT NOT NULL, seconds REAL NOT NULL, digest TEXT NOT NULL, created REAL NOT NULL, "
    "origin INTEGER NOT NULL, used INTEGER NOT NULL"
)
ORIGINS = (
    "id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, op TEXT NOT NULL, run TEXT NOT NULL, UNIQUE(endpoint, op, run)"
)
RUNS = (
    "id TEXT PRIMARY KEY, pid INTEGER NOT NULL, birth TEXT NOT NULL, started REAL NOT NULL, finished INTEGER NOT NULL"
)
TABLES = {
    "responses": f"responses({RESPONSES}) WITHOUT ROWID",
    "origins": f"origins({ORIGINS})",
    "runs": f"runs({RUNS})",
}
SCHEMA = (
    *(f"CREATE TABLE IF NOT EXISTS {table}" for table in TABLES.values()),
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
EXPECTED = {name: f"CREATE TABLE {table}" for name, table in TABLES.items()}  # as SQLite keeps their text


def today() -> int:
    """Return the number of days since 1970."""
    return int(time.time() // DAY)


def digest(key: str, value: str) -> str:
    """Return what a row must carry to be trusted."""
    return hashlib.blake2b(f"{key} {value}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def in_memory() -> sqlite3.Connection:
    """Return an empty ledger that ends with the process."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    _prepare(connection)
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """Return the ledger at ``path``, made if there is none.

    Raise `sqlite3.DatabaseError` if the file is not ours or is damaged, its subclass `sqlite3.OperationalError` or an
    `OSError` if it cannot be opened or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # never readable by others, not even for a moment
        ignore = path.parent / ".gitignore"
        if path.parent.name == ".robust" and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        _prepare(connection)
        with contextlib.suppress(sqlite3.OperationalError):  # busy: another process is switching it on right now
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Return the ledger at ``path`` for reading; raise `sqlite3.DatabaseError` if it is not one of ours."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        _check_identity(connection, empty=False)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def set_aside(path: Path) -> Path:
    """Rename the file at ``path``, with the log that belongs to it; return where it lies now."""
    aside = path.with_name(f"{path.name}.set-aside-{time.time_ns()}")
    path.rename(aside)
    log = path.with_name(f"{path.name}-wal")
    with contextlib.suppress(FileNotFoundError):
        log.rename(aside.with_name(f"{aside.name}-wal"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)  # SQLite makes it anew from the log
    return aside


def rescue(damaged: Path, into: sqlite3.Connection) -> int:
    """Copy what can still be read and trusted from a damaged ledger; return how many responses that are.

    A damaged page ends a walk through the table, so there are many short ones, each from both of its ends.
    """
    with contextlib.suppress(sqlite3.Error), contextlib.closing(connect_read_only(damaged)) as connection, into:
        for table, marks in (("origins", "?,?,?,?"), ("runs", "?,?,?,?,?")):
            with contextlib.suppress(sqlite3.Error):
                rows = connection.execute(f"SELECT * FROM {table}").fetchall()
                into.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)
        for number in range(256):  # keys are evenly spread hexadecimal digits
            for order in ("ASC", "DESC"):
                with contextlib.suppress(sqlite3.Error):
                    rows_of = _sound(connection, f"{number:02x}", order)
                    into.executemany("INSERT OR IGNORE INTO responses VALUES (?,?,?,?,?,?,?)", rows_of)
    return int(into.execute("SELECT count(*) FROM responses").fetchone()[0])


def _sound(connection: sqlite3.Connection, start: str, order: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows with keys that ``start`` so and carry their digest, as far as they can be read."""
    query = f"SELECT * FROM responses WHERE key >= ? AND key < ? ORDER BY key {order}"
    with contextlib.suppress(sqlite3.Error):
        for row in connection.execute(query, (start, f"{start}g")):
            if isinstance(row[0], str) and isinstance(row[1], str) and row[3] == digest(row[0], row[1]):
                yield row


def _prepare(connection: sqlite3.Connection) -> None:
    """Check whose file it is and make the tables, in one transaction: two processes may start at once."""
    connection.execute("BEGIN IMMEDIATE")
    _check_identity(connection)
    for statement in SCHEMA:
        connection.execute(statement)
    connection.commit()


def _check_identity(connection: sqlite3.Connection, *, empty: bool = True) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    try:
        tables = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
    except UnicodeDecodeError as error:  # the schema's own text is damaged: sqlite3 cannot even say what is wrong
        raise sqlite3.DatabaseError(f"its schema is damaged: {error}") from None
    if application != APPLICATION_ID and (application or tables or not empty):
        raise sqlite3.DatabaseError("it is another program's database")
    if version != SCHEMA_VERSION and (tables or not empty):
        raise sqlite3.DatabaseError(f"it has schema version {version}, this release reads {SCHEMA_VERSION}")
    if any(tables.get(name, sql) != sql for name, sql in EXPECTED.items()):
        raise sqlite3.DatabaseError("its tables are not those of a ledger")
