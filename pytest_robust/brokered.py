"""The worker's side of the broker: a client, and lanes that send only what is leased to this process."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from multiprocessing import AuthenticationError
from typing import Any

from pytest_robust.messages import call_to_json, connect, error_from_json, error_to_json, hear, tell
from robustcore.calls.failures import Classifier
from robustcore.calls.lanes import Lane, settled
from robustcore.calls.packing import Batch
from robustcore.calls.replies import Answered, Replies
from robustcore.calls.types import CallError, Endpoint, Reply

GONE = (EOFError, OSError, AuthenticationError)
CALLS_PER_MESSAGE = 1000

Origins = Mapping[str, tuple[str, str]]
"""Scenario file and scenario by the name of an endpoint that is made from data alone."""


class BrokerClient:
    """A worker's connections to the broker; the `Peers` of its engine.

    If the broker is lost, this process goes on as if it were alone: whatever it needs, it sends itself.
    """

    def __init__(self, port: int, secret: str, who: str) -> None:
        self._ear = connect(port, secret, who=who, role="hear")
        self._mouth = connect(port, secret, who=who, role="ask")
        self._lock = threading.Lock()
        self._waiting: dict[str, BrokeredLane] = {}
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

    def claim(self, lane: BrokeredLane, keys: Sequence[str]) -> dict[str, Any]:
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

    def ask(self, lane: BrokeredLane, batches: Sequence[Batch]) -> None:
        """Have the broker answer ``batches`` of one call each; ``lane`` is told."""
        with self._lock:
            self._waiting.update((batch.keys[0], lane) for batch in batches)
        for start in range(0, len(batches), CALLS_PER_MESSAGE):
            part = batches[start : start + CALLS_PER_MESSAGE]
            calls = {batch.keys[0]: call_to_json(batch.calls[0]) for batch in part}
            if not self._send({"op": "ask", "calls": calls}):
                self._free(list(calls))

    def forget(self, lane: BrokeredLane) -> None:
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
        except (*GONE, TypeError):  # closing a connection while a thread reads it is a TypeError
            if not self._lost:
                self._lose()

    def _lose(self) -> None:
        self._lost = True
        self._free(list(self._waiting))

    def _free(self, keys: Sequence[str]) -> None:
        self._pass_on("free", keys)

    def _pass_on(self, what: str, keys: Collection[str]) -> None:
        by_lane: dict[int, tuple[BrokeredLane, list[str]]] = {}
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


class BrokeredLane:
    """What both lanes share: batches that wait for another process, and what to do when it tells or is gone."""

    def __init__(
        self, client: BrokerClient, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._replies = replies
        self._classifiers = classifiers
        self._waits: dict[str, tuple[Batch, int]] = {}  # by key; written before anybody can tell

    def done_elsewhere(self, keys: Sequence[str]) -> None:
        """Hand in what another process has committed; what is not in the ledger after all is sent from here."""
        found = self._replies.stored(keys)
        self._hand_in(found)
        missing = [key for key in keys if key not in found]
        if missing:
            self.free(missing)

    def failed_elsewhere(self, errors: Mapping[str, CallError]) -> None:
        """Hand in the errors of calls that another process has sent."""
        self._hand_in(errors)

    def free(self, keys: Sequence[str]) -> None:
        """Send ``keys`` from this process, in the engine's thread: whoever had them is gone."""
        batches = [Batch.one(batch.keys[at], batch.calls[at]) for batch, at in map(self._waits.__getitem__, keys)]
        self._replies.post(lambda: self._take_over(batches))

    def cancel(self) -> None:
        """Wait for nothing more."""
        self._client.forget(self)
        self._waits.clear()

    def close(self) -> None:
        """Wait for nothing more."""
        self.cancel()

    def _hand_in(self, found: Mapping[str, Reply]) -> None:
        group = [Answered(*self._waits.pop(key), reply, "elsewhere") for key, reply in found.items()]
        if group:
            self._replies.hand_in(group)

    def _take_over(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self._waits.pop(batch.keys[0], None)
            self._replies.hand_in(
                [Answered(batch, at, reply) for at, reply in settled(self._endpoint, batch, self._classifiers)]
            )


class HostedLane(BrokeredLane):
    """Hands every call to the broker, which runs the endpoint for all processes."""

    eager = True
    blocks = False

    @property
    def room(self) -> int:
        """Return 1 while nothing is under way, else 0: how full the broker is, it alone knows."""
        return 0 if self._waits else 1

    def submit(self, batches: Sequence[Batch]) -> None:
        """Hand ``batches`` over."""
        self._waits.update((batch.keys[0], (batch, 0)) for batch in batches)
        self._client.ask(self, batches)


class LeasedLane(BrokeredLane):
    """Runs, in the engine's thread, what is leased to this process; waits for what another process has under way."""

    eager = False
    blocks = True
    room = 1

    def __init__(
        self, client: BrokerClient, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]
    ) -> None:
        super().__init__(client, endpoint, replies, classifiers)
        self._again: set[str] = set()  # leased, raised once, and about to be tried once more

    def submit(self, batches: Sequence[Batch]) -> None:
        """Run what nobody else runs of ``batches``."""
        for batch in batches:
            if batch.keys[0] in self._again:
                self._run(batch)
            else:
                self._claim(batch)

    def _claim(self, batch: Batch) -> None:
        self._waits.update((key, (batch, at)) for at, key in enumerate(batch.keys))
        mine = self._leased(batch)
        for key in mine:
            del self._waits[key]
        if mine:
            self._run(batch.without(key for key in batch.keys if key not in mine))

    def _leased(self, batch: Batch) -> set[str]:
        """Return the keys of ``batch`` that are this process's to send; what is known of the others is handed in."""
        claim = self._client.claim(self, batch.keys)
        self.failed_elsewhere({batch.keys[int(at)]: error_from_json(e) for at, e in claim["failed"].items()})
        if claim["done"]:
            self.done_elsewhere([batch.keys[at] for at in claim["done"]])
        return {batch.keys[at] for at in claim["mine"]}

    def _run(self, batch: Batch) -> None:
        done: list[str] = []
        failed: dict[str, CallError] = {}
        for at, reply in settled(self._endpoint, batch, self._classifiers):
            key = batch.keys[at]
            self._replies.keep(key, batch.calls[at], reply)
            kept = self._replies.held[key]
            if not isinstance(kept, CallError):
                done.append(key)
            elif kept.kind == "system_error" and key not in self._again:
                self._again.add(key)  # the lease stays until it has raised again
            else:
                failed[key] = kept
        self._again.difference_update(done, failed)
        self._replies.commit()
        self._client.settle(done, failed)

    def _take_over(self, batches: Sequence[Batch]) -> None:
        """Claim what is free again: several processes may have waited for it."""
        for batch in batches:
            (key,) = batch.keys
            if not self._leased(batch):
                continue
            self._waits.pop(key, None)
            ((_, reply),) = settled(self._endpoint, batch, self._classifiers)
            self._replies.hand_in([Answered(batch, 0, reply)])
            if isinstance(reply, CallError) and reply.kind == "system_error":
                self._again.add(key)
            elif isinstance(reply, CallError):
                self._client.settle((), {key: reply})
            else:
                self._client.settle((key,), {})


class BrokerLanes:
    """The lanes of a worker: hosted where the broker can make the endpoint from data, leased where it cannot.

    ``origins`` may grow; an endpoint that is not in it is a user's own object.
    """

    def __init__(self, client: BrokerClient, origins: Origins) -> None:
        self._client = client
        self._origins = origins

    def __call__(self, name: str, endpoint: Endpoint, replies: Replies, classifiers: Sequence[Classifier]) -> Lane:
        """Return the lane of ``endpoint``."""
        origin = self._origins.get(name)
        hosted = origin is not None and self._client.host(*origin, name, endpoint.fingerprint)
        return (HostedLane if hosted else LeasedLane)(self._client, endpoint, replies, classifiers)
