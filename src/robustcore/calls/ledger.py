"""The ledger: one SQLite file (WAL) of responses by content key, shared by processes, safe across an interrupt."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from robustcore.calls.types import Response
from robustcore.keys import canonical_json, content_key

APPLICATION_ID = 0x524F4255  # "ROBU": tells our file from any other SQLite database
SCHEMA_VERSION = 2
CHUNK = 500  # keys per SELECT, below SQLite's historic limit of 999 variables

RESPONSES = "key TEXT PRIMARY KEY, value TEXT NOT NULL, seconds REAL NOT NULL, digest TEXT NOT NULL, created REAL"
RUNS = "id TEXT PRIMARY KEY, pid INTEGER NOT NULL, started REAL NOT NULL, finished INTEGER NOT NULL"
SCHEMA = (
    f"CREATE TABLE IF NOT EXISTS responses({RESPONSES}) WITHOUT ROWID",
    f"CREATE TABLE IF NOT EXISTS runs({RUNS})",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)


@dataclass(frozen=True, slots=True)
class Run:
    """A session's identity in the ledger; ``resumed`` if it goes on with one that never finished."""

    id: str
    resumed: bool = False


class Row(NamedTuple):
    """A response as it is stored: JSON text, seconds, and whose it is, for those who look into the ledger."""

    text: str
    seconds: float
    endpoint: str = ""
    op: str = ""


class Ledger:
    """Responses by key. ``path`` None keeps everything in memory.

    A file that cannot be used (foreign, corrupt, read-only) never stops a run: it is set aside or left alone, a line in
    ``notes`` says so, and the session goes on with an empty or in-memory ledger.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.notes: list[str] = []
        self._lock = threading.RLock()  # lanes commit from threads of their own
        self._others = False
        self._connection = self._open(path)
        self._version = self._data_version()

    def get_many(self, keys: Sequence[str]) -> dict[str, Response]:
        """Return the stored responses among ``keys``; a row whose digest does not fit its value is ignored."""
        found: dict[str, Response] = {}
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, value, seconds, digest FROM responses WHERE key IN ({marks})"
            for key, value, seconds, digest in self._read(query, part):
                if digest == _digest(key, value):
                    found[key] = Response(value=json.loads(value), seconds=seconds)
        return found

    def put_many(self, responses: Mapping[str, Response]) -> None:
        """Store ``responses``; raise `TypeError` or `ValueError` if one is not a JSON value."""
        self.put_encoded({key: Row(canonical_json(item.value), item.seconds) for key, item in responses.items()})

    @property
    def shared(self) -> bool:
        """Say whether another process has written to the file since this one opened it."""
        if not self._others and self.path is not None:
            with self._lock:
                self._others = self._data_version() != self._version
        return self._others

    def put_encoded(self, rows: Mapping[str, Row]) -> None:
        """Store ``rows`` by key in one transaction; a key that is there already keeps its value."""
        now = time.time()
        full = [(key, text, seconds, _digest(key, text), now) for key, (text, seconds, _, _) in rows.items()]
        try:
            with self._lock, self._connection:
                self._connection.executemany("INSERT OR IGNORE INTO responses VALUES (?,?,?,?,?)", full)
        except sqlite3.Error as error:
            self._degrade(error)
            self.put_encoded(rows)

    def count(self) -> int:
        """Return the number of stored responses."""
        rows = self._read("SELECT count(*) FROM responses", ())
        return int(rows[0][0]) if rows else 0

    def start_run(self, *, resume: bool = True) -> Run:
        """Open a run, or resume the newest one that was never finished and whose process is gone."""
        unfinished = self._read("SELECT id, pid FROM runs WHERE finished = 0 ORDER BY started DESC", ())
        for run_id, pid in unfinished:
            if resume and not _alive(pid):
                self._write("UPDATE runs SET pid = ? WHERE id = ?", (os.getpid(), run_id))
                return Run(run_id, resumed=True)
        run_id = content_key(os.getpid(), time.time_ns())
        self._write("INSERT INTO runs VALUES (?,?,?,0)", (run_id, os.getpid(), time.time()))
        return Run(run_id)

    def finish_run(self, run: Run) -> None:
        """Mark ``run`` as finished: what has no fingerprint is not reused after it. Older leftovers are closed too."""
        self._write("UPDATE runs SET finished = 1 WHERE id = ?", (run.id,))

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in by SQLite."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def _open(self, path: Path | None) -> sqlite3.Connection:
        if path is None:
            return _memory()
        try:
            return _connect(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # read-only folder, full disk, locked for good
                return self._fall_back(path, str(error))
            return self._set_aside(path, str(error))
        except OSError as error:
            return self._fall_back(path, error.strerror or str(error))

    def _set_aside(self, path: Path, why: str) -> sqlite3.Connection:
        aside = path.with_name(f"{path.name}.set-aside-{time.time_ns()}")
        try:
            path.rename(aside)
            for suffix in ("-wal", "-shm"):  # they belong to the file that was set aside
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self.notes.append(f"ledger {path} was not usable ({why}): set aside as {aside.name}, starting empty")
            return _connect(path)
        except (OSError, sqlite3.Error) as error:
            return self._fall_back(path, f"{why}; {error}")

    def _fall_back(self, path: Path, why: str) -> sqlite3.Connection:
        self.notes.append(f"ledger {path} cannot be written ({why}): responses are kept for this session only")
        self.path = None
        return _memory()

    def _degrade(self, error: sqlite3.Error) -> None:
        if self.path is None:
            raise error
        path, self.path = self.path, None
        self.notes.append(f"ledger {path} stopped taking responses ({error}): the rest is kept for this session only")
        self._connection = _memory()

    def _data_version(self) -> int:
        """Return a number that changes when another connection commits to the file."""
        return int(next(iter(self._read("PRAGMA data_version", ())), (0,))[0])

    def _read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return list(self._connection.execute(query, values))
        except sqlite3.Error as error:
            self._degrade(error)
            return []

    def _write(self, query: str, values: Sequence[object]) -> None:
        try:
            with self._lock, self._connection:
                self._connection.execute(query, values)
        except sqlite3.Error as error:
            self._degrade(error)


def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    _prepare(connection)
    return connection


def _connect(path: Path) -> sqlite3.Connection:
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


def _prepare(connection: sqlite3.Connection) -> None:
    """Check whose file it is and make the tables, in one transaction: two processes may start at once."""
    connection.execute("BEGIN IMMEDIATE")
    _check_identity(connection)
    for statement in SCHEMA:
        connection.execute(statement)
    connection.commit()


def _check_identity(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or tables):
        raise sqlite3.DatabaseError("it is another program's database")
    if tables and version != SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"it has schema version {version}, this release reads {SCHEMA_VERSION}")


def _digest(key: str, value: str) -> str:
    return hashlib.blake2b(f"{key} {value}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _alive(pid: int | str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it exists and belongs to somebody else
    return True
