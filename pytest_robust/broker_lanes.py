"""The lanes of a worker: they send only what is leased to it, or leave it to the broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_robust.broker_client import BrokerClient
from pytest_robust.messages import error_from_json
from robustcore.calls.failures import Classifier
from robustcore.calls.lanes import Lane, settled
from robustcore.calls.packing import Batch
from robustcore.calls.replies import Answered, Replies
from robustcore.calls.types import CallError, Endpoint, Reply

Origins = Mapping[str, tuple[str, str]]
"""Scenario file and scenario by the name of an endpoint that is made from data alone."""


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
            self._replies.commit()  # each by itself: the next call may take the process down
            kept = self._replies.held[key]
            if not isinstance(kept, CallError):
                done.append(key)
            elif kept.kind == "system_error" and key not in self._again:
                self._again.add(key)  # the lease stays until it has raised again
            else:
                failed[key] = kept
        self._again.difference_update(done, failed)
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
