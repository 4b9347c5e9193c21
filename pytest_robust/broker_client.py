"""A worker's line to the broker: what it asks, and who in this process is told what other processes have answered."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from multiprocessing import AuthenticationError
from typing import Any, Protocol

from pytest_robust.messages import call_to_json, connect, error_from_json, error_to_json, hear, tell
from robustcore.calls.packing import Batch
from robustcore.calls.types import CallError

GONE = (EOFError, OSError, AuthenticationError)
CALLS_PER_MESSAGE = 1000


class Waiter(Protocol):
    """Is told, from another thread, about keys it waits for."""

    def done_elsewhere(self, keys: Sequence[str]) -> None:
        """Take the responses of ``keys`` from the ledger: another process has committed them."""
        ...

    def failed_elsewhere(self, errors: Mapping[str, CallError]) -> None:
        """Take the errors of calls that another process has sent."""
        ...

    def free(self, keys: Sequence[str]) -> None:
        """See to ``keys``: whoever had them is gone."""
        ...


class BrokerClient:
    """A worker's connections to the broker; the `Peers` of its engine.

    If the broker is lost, this process goes on as if it were alone: whatever it needs, it sends itself.
    """

    def __init__(self, port: int, secret: str, who: str) -> None:
        self._ear = connect(port, secret, who=who, role="hear")
        self._mouth = connect(port, secret, who=who, role="ask")
        self._lock = threading.Lock()
        self._waiting: dict[str, Waiter] = {}
        self._lost = False
        threading.Thread(target=self._listen, name="robust-ear", daemon=True).start()

    def first(self, names: Sequence[str]) -> Collection[str]:
        """Return those of ``names`` that no process of the run has named before."""
        positions = self._request({"op": "first", "names": list(names)})
        return names if positions is None else {names[index] for index in positions}

    def host(self, file: str, scenario: str, endpoint: str, fingerprint: str | None) -> bool:
        """Say whether the broker runs this endpoint for everybody."""
        message = {"op": "host", "file": file, "scenario": scenario, "endpoint": endpoint, "fingerprint": fingerprint}
        return bool(self._request(message))

    def claim(self, lane: Waiter, keys: Sequence[str]) -> dict[str, Any]:
        """Ask which of ``keys`` this process may send; ``lane`` is told about those it has to wait for."""
        with self._lock:
            self._waiting.update(dict.fromkeys(keys, lane))
        claim = self._request({"op": "claim", "keys": list(keys)})
        if claim is None:
            claim = {"mine": list(range(len(keys))), "done": [], "failed": {}}
        with self._lock:
            for index in (*claim["mine"], *claim["done"], *map(int, claim["failed"])):
                self._waiting.pop(keys[index], None)
        return dict(claim)

    def settle(self, done: Sequence[str], failed: Mapping[str, CallError]) -> None:
        """Say what came of keys that were leased to this process; their responses are in the ledger."""
        errors = {key: error_to_json(error) for key, error in failed.items()}
        self._send({"op": "settle", "done": list(done), "failed": errors})

    def ask(self, lane: Waiter, batches: Sequence[Batch]) -> None:
        """Have the broker answer ``batches`` of one call each; ``lane`` is told."""
        with self._lock:
            self._waiting.update((batch.keys[0], lane) for batch in batches)
        for start in range(0, len(batches), CALLS_PER_MESSAGE):
            part = batches[start : start + CALLS_PER_MESSAGE]
            calls = {batch.keys[0]: call_to_json(batch.calls[0]) for batch in part}
            if not self._send({"op": "ask", "calls": calls}):
                self._free(list(calls))

    def forget(self, lane: Waiter) -> None:
        """Tell ``lane`` nothing more."""
        with self._lock:
            self._waiting = {key: other for key, other in self._waiting.items() if other is not lane}

    def close(self) -> None:
        """Leave the run."""
        self._lost = True
        for connection in (self._mouth, self._ear):
            connection.close()

    def _request(self, message: Any) -> Any:
        if not self._send(message):
            return None
        try:
            return hear(self._mouth)
        except GONE:
            self._lose()
            return None

    def _send(self, message: Any) -> bool:
        if self._lost:
            return False
        try:
            tell(self._mouth, message)
        except GONE:
            self._lose()
        return not self._lost

    def _listen(self) -> None:
        try:
            while True:
                notice = hear(self._ear)
                self._pass_on("done", notice["done"])
                self._pass_on("failed", notice["failed"])
                self._free(notice["free"])
        except (*GONE, TypeError, ValueError):  # a connection closed while it is read gives any of these
            if not self._lost:
                self._lose()

    def _lose(self) -> None:
        self._lost = True
        self._free(list(self._waiting))

    def _free(self, keys: Sequence[str]) -> None:
        self._pass_on("free", keys)

    def _pass_on(self, what: str, keys: Collection[str]) -> None:
        by_lane: dict[int, tuple[Waiter, list[str]]] = {}
        with self._lock:
            for key in keys:
                lane = self._waiting.pop(key, None)
                if lane is not None:
                    by_lane.setdefault(id(lane), (lane, []))[1].append(key)
        for lane, its in by_lane.values():
            if what == "done":
                lane.done_elsewhere(its)
            elif what == "free":
                lane.free(its)
            elif isinstance(keys, Mapping):
                lane.failed_elsewhere({key: error_from_json(keys[key]) for key in its})
