"""The broker: in the controller of an xdist run, sees to it that each call is sent once and each model loaded once."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from typing import Any

from pytest_robust.desk import Desk
from pytest_robust.leases import Leases, Notice
from pytest_robust.messages import HOST, call_from_json, error_to_json, hear, tell
from robustcore.calls.types import CallError, Endpoint

DESK = "desk"

Find = Callable[[str, str, str], Endpoint | None]
"""Returns an endpoint by scenario file, scenario and name, made in this process from data alone; None if it cannot."""


class Broker:
    """Serves the workers of a run on a loopback port, to those that know ``secret``.

    Each worker has one connection on which it asks and one on which it is told. It asks which of its calls it may
    send (``claim``), says what came of them (``settle``), whether an endpoint can be hosted here (``host``), and hands
    over calls to hosted endpoints (``ask``). Nothing that comes in is executed or unpickled.
    """

    def __init__(self, find: Find) -> None:
        self.secret = secrets.token_hex(32)
        self._listener = Listener((HOST, 0), backlog=64, authkey=bytes.fromhex(self.secret))
        self._leases = Leases()
        self._lock = threading.RLock()
        self._find = find
        self._desk: Desk | None = None
        self._ears: dict[str, Connection] = {}
        self._closed = False
        threading.Thread(target=self._accept, name="robust-broker", daemon=True).start()

    @property
    def port(self) -> int:
        """Return the port on `HOST`."""
        return int(self._listener.address[1])

    def open_desk(self, make: Callable[[Callable[[Sequence[str], Mapping[str, CallError]], None]], Desk]) -> None:
        """Have endpoints hosted at the desk that ``make`` returns when it is given where to tell what was answered."""
        self._desk = make(self._answered)

    @property
    def desk(self) -> Desk | None:
        """Return the desk, if endpoints can be hosted."""
        return self._desk

    def close(self) -> None:
        """Stop serving; what the desk has answered is kept."""
        if self._closed:
            return
        self._closed = True
        if self._desk is not None:
            self._desk.close()
        with contextlib.suppress(OSError):
            self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection = self._listener.accept()
                hello = hear(connection)
            except (OSError, EOFError, AuthenticationError, ValueError):
                continue  # somebody without the secret, or the listener has been closed
            who, role = str(hello["who"]), hello["role"]
            if role == "hear":
                with self._lock:
                    self._ears[who] = connection
            else:
                threading.Thread(target=self._serve, args=(who, connection), name="robust-peer", daemon=True).start()

    def _serve(self, who: str, connection: Connection) -> None:
        try:
            while True:
                message = hear(connection)
                reply = self._do(who, message)
                if reply is not None:
                    tell(connection, reply)
        except (EOFError, OSError):  # the worker has ended, or crashed
            with self._lock:
                self._ears.pop(who, None)
                self._tell(self._leases.drop(who))

    def _do(self, who: str, message: Mapping[str, Any]) -> Any:
        op = message["op"]
        if op == "first":
            with self._lock:
                return self._leases.first(message["names"])
        if op == "claim":
            with self._lock:
                return asdict(self._leases.claim(who, message["keys"]))
        if op == "settle":
            with self._lock:
                self._tell(self._leases.settle(message["done"], message["failed"]))
            return None
        if op == "host":
            return self._host(message["file"], message["scenario"], message["endpoint"], message["fingerprint"])
        self._ask(who, message["calls"])
        return None

    def _host(self, file: str, scenario: str, name: str, fingerprint: str | None) -> bool:
        """Say whether the endpoint is hosted: made here, and the same as the one the worker has."""
        if self._desk is None:
            return False
        with self._lock:
            if name not in self._desk.endpoints:
                endpoint = self._find(file, scenario, name)
                if endpoint is None or endpoint.fingerprint != fingerprint:
                    return False
                self._desk.endpoints[name] = endpoint
        return True

    def _ask(self, who: str, calls: Mapping[str, Any]) -> None:
        keys = list(calls)
        with self._lock:
            claim = self._leases.claim(who, keys, owner=DESK)
            known = Notice(
                done=[keys[index] for index in claim.done],
                failed={keys[index]: error for index, error in claim.failed.items()},
            )
            if known.done or known.failed:
                self._tell({who: known})
        new = {keys[index]: call_from_json(calls[keys[index]]) for index in claim.mine}
        if new and self._desk is not None:
            self._desk.take(new)

    def _answered(self, done: Sequence[str], failed: Mapping[str, CallError]) -> None:
        with self._lock:
            self._tell(self._leases.settle(done, {key: error_to_json(error) for key, error in failed.items()}))

    def _tell(self, notices: Mapping[str, Notice]) -> None:
        for who, notice in notices.items():
            ear = self._ears.get(who)
            if ear is not None:
                with contextlib.suppress(OSError):  # it has just ended; its other connection tells
                    tell(ear, asdict(notice))
