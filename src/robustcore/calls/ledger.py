"""The ledger: one SQLite file (WAL) of responses by content key, shared by processes, safe across an interrupt."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from robustcore.calls.ledger_file import connect, digest, in_memory, rescue, set_aside, today
from robustcore.calls.types import Response
from robustcore.keys import canonical_json, content_key, read_json

T = TypeVar("T")

UNFINISHED = "finished = 0 AND typeof(id) = 'text' AND typeof(pid) = 'integer' AND typeof(birth) = 'text'"
CHUNK = 500  # keys per SELECT, below SQLite's historic limit of 999 variables

Origin: TypeAlias = tuple[str, str, str]
"""Whose responses these are: endpoint, operation, and the run they are bound to (empty: any later one may use them)."""

Row: TypeAlias = tuple[str, float, Origin]
"""A response as it is stored: JSON text, seconds, origin. Nothing else of a call or its endpoint is written."""


@dataclass(frozen=True, slots=True)
class Run:
    """A session's identity in the ledger; ``resumed`` if it goes on with one that never finished."""

    id: str
    resumed: bool = False


class Ledger:
    """Responses by key. ``path`` None keeps everything in memory. Threads may share it.

    A file that cannot be used never stops a run. One that is foreign or damaged is set aside, at the start or later,
    and what can be trusted of it is taken over; one that cannot be written is left alone and read as far as it goes.
    A line in ``notes`` says so each time.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.notes: list[str] = []
        self._lock = threading.RLock()  # lanes commit from threads of their own
        self._others = False
        self._renewed = False
        self._behind: sqlite3.Connection | None = None  # a file that takes no more responses, for what it has
        self._origins: dict[Origin, int] = {}
        self._used: set[str] = set()  # keys whose day of last use is an earlier one
        self._inode = 0
        self._connection = self._open(path)
        self._version = self._data_version()

    @property
    def shared(self) -> bool:
        """Say whether another process has written to the file since this one opened it."""
        if not self._others and self.path is not None:
            self._others = self._data_version() != self._version
        return self._others

    def get_many(self, keys: Sequence[str]) -> dict[str, Response]:
        """Return the stored responses among ``keys``; one that is damaged or no response is ignored."""
        found: dict[str, Response] = {}
        day = today()
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, value, seconds, digest, used FROM responses WHERE key IN ({marks})"
            for key, value, seconds, mark, used in [*self._read(query, part), *self._read_behind(query, part)]:
                if mark == digest(key, value) and isinstance(seconds, float):
                    with contextlib.suppress(ValueError):  # somebody else's digest of what is no JSON
                        found[key] = Response(value=read_json(value), seconds=seconds)
                    if isinstance(used, int) and used < day:
                        self._used.add(key)
        return found

    def put_many(self, responses: Mapping[str, Response], origin: Origin = ("", "", "")) -> None:
        """Store ``responses``; raise `TypeError` or `ValueError` if one is not a JSON value."""
        self.put_encoded({key: (encode(item.value), item.seconds, origin) for key, item in responses.items()})

    def put_encoded(self, rows: Mapping[str, Row]) -> None:
        """Store ``rows`` by key in one transaction; a key that is there already keeps its value."""

        def put() -> None:
            now, day = time.time(), today()
            ids = {origin: self._origin(origin) for origin in {row[2] for row in rows.values()}}
            full = [
                (key, text, seconds, digest(key, text), now, ids[origin], day)
                for key, (text, seconds, origin) in rows.items()
            ]
            with self._connection:
                self._connection.executemany("INSERT OR IGNORE INTO responses VALUES (?,?,?,?,?,?,?)", full)

        self._safely(put)

    def count(self) -> int:
        """Return the number of stored responses."""
        return int(self._read("SELECT count(*) FROM responses", ())[0][0])

    def start_run(self, *, resume: bool = True, of: str = "") -> Run:
        """Open a run, or resume the newest one that was never finished and whose process is gone.

        ``of`` names what it is a run of, if it is no test session: nothing else resumes it, and so finishes it.
        """
        unfinished = self._read(f"SELECT id, pid, birth FROM runs WHERE {UNFINISHED} ORDER BY started DESC", ())
        me = os.getpid()
        for run_id, pid, birth in unfinished:
            if resume and run_id.rpartition(" ")[0] == of and not _alive(pid, birth):
                claim = "UPDATE runs SET pid = ?, birth = ? WHERE id = ? AND pid = ? AND birth = ?"
                if self._write(claim, (me, _birth(me), run_id, pid, birth)):  # else somebody else was faster
                    return Run(run_id, resumed=True)
        run_id = f"{of} {content_key(me, time.time_ns())}".lstrip()
        self._write("INSERT INTO runs VALUES (?,?,?,?,0)", (run_id, me, _birth(me), time.time()))
        return Run(run_id)

    def finish_run(self, run: Run) -> None:
        """Mark ``run`` as finished: what has no fingerprint is not reused after it."""
        self._write("UPDATE runs SET finished = 1 WHERE id = ?", (run.id,))

    def close(self) -> None:
        """Note what was used and close the file; the write-ahead log is folded in by SQLite."""
        if self._used:
            day = today()
            self._write_many("UPDATE responses SET used = ? WHERE key = ?", [(day, key) for key in sorted(self._used)])
        for connection in (self._connection, self._behind):
            with contextlib.suppress(sqlite3.Error):
                if connection is not None:
                    connection.close()

    # --- files that cannot be used

    def _open(self, path: Path | None) -> sqlite3.Connection:
        if path is None:
            return in_memory()
        try:
            connection = connect(path)
            self._inode = path.stat().st_ino
            return connection
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # read-only folder, full disk, locked for good
                return self._fall_back(path, str(error))
            return self._renew(path, str(error))
        except OSError as error:
            return self._fall_back(path, error.strerror or str(error))

    def _renew(self, path: Path, why: str) -> sqlite3.Connection:
        """Set the file at ``path`` aside, once in a session; return a new one with what could be taken over."""
        if self._renewed:
            return self._fall_back(path, why)
        self._renewed = True
        self._origins.clear()
        try:
            if self._inode and path.exists() and path.stat().st_ino != self._inode:
                return connect(path)  # another process has set the damaged file aside already
            aside = set_aside(path)
            connection = connect(path)
            self._inode = path.stat().st_ino
            kept = rescue(aside, connection)
        except (OSError, sqlite3.Error) as error:
            return self._fall_back(path, f"{why}; {error}")
        begun = f"starting with {kept} responses that could be taken over" if kept else "starting empty"
        self.notes.append(f"ledger {path} was not usable ({why}): set aside as {aside.name}, {begun}")
        return connection

    def _fall_back(self, path: Path, why: str) -> sqlite3.Connection:
        self.notes.append(f"ledger {path} cannot be written ({why}): responses are kept for this session only")
        self.path = None
        return in_memory()

    def _degrade(self, error: sqlite3.Error) -> None:
        """Go on after ``error``: with a new file if this one is damaged, in memory if it takes nothing more."""
        if self.path is None:
            raise error
        path, old = self.path, self._connection
        self._origins.clear()
        if isinstance(error, sqlite3.OperationalError) and "decode" not in str(error):  # that is damaged text
            self.path, self._behind = None, old
            self.notes.append(
                f"ledger {path} stopped taking responses ({error}): the rest is kept for this session only"
            )
            self._connection = in_memory()
            return
        with contextlib.suppress(sqlite3.Error):
            old.close()
        self._connection = self._renew(path, str(error))
        self._others, self._version = False, self._connection.execute("PRAGMA data_version").fetchone()[0]

    # --- access

    def _safely(self, work: Callable[[], T]) -> T:
        """Do ``work`` under the lock; if the file fails, degrade and do it again, twice at most."""
        with self._lock:
            for _ in range(2):
                try:
                    return work()
                except sqlite3.Error as error:
                    self._degrade(error)
            return work()

    def _read(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return self._safely(lambda: self._connection.execute(query, values).fetchall())

    def _read_behind(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        if self._behind is not None:
            with self._lock, contextlib.suppress(sqlite3.Error):
                return self._behind.execute(query, values).fetchall()
        return []

    def _write(self, query: str, values: Sequence[object]) -> int:
        """Return how many rows were changed."""
        return self._write_many(query, [values])

    def _write_many(self, query: str, rows: Sequence[Sequence[object]]) -> int:
        def write() -> int:
            with self._connection:
                return self._connection.executemany(query, rows).rowcount

        return self._safely(write)

    def _data_version(self) -> int:
        """Return a number that changes when another connection commits to the file."""
        return int(self._read("PRAGMA data_version", ())[0][0])

    def _origin(self, origin: Origin) -> int:
        known = self._origins.get(origin)
        if known is None:
            endpoint, op, run = origin
            names = (_without_secrets(endpoint), op, run)
            with self._connection:
                self._connection.execute("INSERT OR IGNORE INTO origins(endpoint, op, run) VALUES (?,?,?)", names)
            query = "SELECT id FROM origins WHERE endpoint = ? AND op = ? AND run = ?"
            known = self._origins[origin] = int(self._connection.execute(query, names).fetchone()[0])
        return known


def encode(value: Any) -> str:
    """Return the text that is stored for a JSON value; raise `TypeError` or `ValueError` if it is none."""
    text = canonical_json(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # a lone surrogate, which SQLite takes only as an escape
            return json.dumps(value, sort_keys=True)
    return text


def _without_secrets(name: str) -> str:
    """Return the name of an endpoint without what URLs may hide: user, password and query."""
    return re.sub(r"//[^/@\s]*@", "//", name).partition("?")[0]


def _birth(pid: int) -> str:
    """Return when the process began, in the system's own count, or nothing where that is not told.

    Process numbers recur, in containers from one run to the next.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _alive(pid: int, birth: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OverflowError:
        return False
    except OSError:
        return True  # it exists and belongs to somebody else
    return not birth or birth == _birth(pid)
