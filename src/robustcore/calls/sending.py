"""Sending: sees to it that each call is answered once, by what is known, or through the lane of its endpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from robustcore.calls.failures import Classifier
from robustcore.calls.lanes import Lane, LaneFactory
from robustcore.calls.packing import Batch, Packer
from robustcore.calls.peers import Alone, Peers
from robustcore.calls.progress import Counters, Spent
from robustcore.calls.replies import Answered, How, Replies
from robustcore.calls.types import Call, CallError, Endpoint, Response


class Sender:
    """Takes calls by key, each once; their replies are in ``replies.held`` when they are said to have landed.

    ``may_hit`` tells by an endpoint's name whether the ledger may answer for it. A ``system_error`` is judged only if
    it recurs: its call is sent once more, alone.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        replies: Replies,
        counters: Counters,
        *,
        may_hit: Callable[[str], bool],
        allow_live: bool,
        classifiers: Sequence[Classifier],
        lanes: LaneFactory,
        peers: Peers,
    ) -> None:
        self._endpoints = endpoints
        self._replies = replies
        self._counters = counters
        self._may_hit = may_hit
        self._allow_live = allow_live
        self._classifiers = classifiers
        self._lane_of = lanes
        self._peers = peers
        self._late: How = "hit" if isinstance(peers, Alone) else "elsewhere"
        self._lanes: dict[str, Lane] = {}
        self._open: dict[str, Lane] = {}  # those of endpoints asked since the last stop
        self._packer = Packer(endpoints)
        self._under_way: set[str] = set()  # keys that wait for a batch or are in a lane
        self._retried: set[str] = set()

    @property
    def blocks(self) -> bool:
        """Say whether every lane blocks: nothing happens while flows advance."""
        return all(self._lane(name).blocks for name in self._endpoints)

    @property
    def under_way(self) -> int:
        """Return how many calls have been asked for and not answered."""
        return len(self._under_way)

    def ask(self, calls: Mapping[str, Call]) -> None:
        """See that ``calls`` are answered: hold what is known, hand over or let wait what is not."""
        replies, counters = self._replies, self._counters
        wanted = [key for key in calls if key not in self._under_way]
        fresh = replies.recall(wanted)
        first = self._peers.first(fresh) if fresh else ()
        counters.unique += len(first)
        hits = replies.look_up([key for key in fresh if self._may_hit(calls[key].endpoint)])
        counters.hits += len(hits) if first is fresh else len(hits.intersection(first))
        single: dict[str, list[Batch]] = {}
        held, add = replies.held, self._packer.add
        for key in wanted:
            if key not in held:
                call = calls[key]
                name = call.endpoint
                lane = self._open.get(name) or self._admit(name)
                if lane is None:
                    held[key] = self._refusal(name)
                    continue
                self._under_way.add(key)
                if lane.eager:
                    single.setdefault(name, []).append(Batch.one(key, call))
                else:
                    add(key, call)
        for name, batches in single.items():
            self._lanes[name].submit(batches)

    def send_all(self, show: Callable[[], None]) -> None:
        """Send everything that waits and return when all of it has landed; ``show`` is called after each batch."""
        for batch in self._packer.drain():
            self._send(batch)
            show()
        while self._under_way:
            self._receive(wait=True)
            show()

    def move(self) -> list[str]:
        """Do the next best thing while no flow can advance; return the keys that landed, if any.

        Lanes that do not block are fed first, so that they never run dry for want of a batch; what has been answered
        is taken next. A batch that would block is run when it is full, when such a lane idles, or when nothing else
        is left.
        """
        lanes, packer = self._lanes, self._packer
        for full in (True, False):
            while batch := packer.next_batch(lambda name: not lanes[name].blocks and lanes[name].room > 0, full=full):
                self._send(batch)
        landed = self._receive(wait=False)
        if landed:
            return landed
        waiting = len(packer)
        batch = packer.next_batch(lambda name: lanes[name].blocks, full=True)
        if batch is None and waiting and (waiting == len(self._under_way) or self._idles()):
            batch = packer.next_batch(lambda name: lanes[name].blocks, full=False)
        if batch is not None:
            return self._send(batch)
        if not self._under_way:
            raise RuntimeError("flows wait for calls that nobody has been asked for")
        return self._receive(wait=True)

    def stop(self) -> None:
        """Cancel what is under way; what was answered is kept."""
        for lane in self._lanes.values():
            lane.cancel()
        for arrival in self._replies.arrivals(wait=False):
            for answered in () if callable(arrival) else arrival:
                if isinstance(answered.reply, Response):
                    self._land(answered)
        held = self._replies.held
        for key in self._under_way:
            if isinstance(held.get(key), CallError):  # not tried again, so not judged
                del held[key]
        self._packer.clear()
        self._under_way.clear()
        self._open.clear()

    def close(self) -> None:
        """Free what the lanes hold."""
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()

    def _lane(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lane_of(name, self._endpoints[name], self._replies, self._classifiers)
            self._lanes[name] = lane
        return lane

    def _idles(self) -> bool:
        return any(not lane.blocks and lane.room > 0 for lane in self._open.values())

    def _admit(self, name: str) -> Lane | None:
        """Return the lane of an endpoint that is asked for the first time, or None if it may not be asked."""
        if self._endpoints[name].live and not self._allow_live:
            return None
        lane = self._open[name] = self._lane(name)
        return lane

    def _refusal(self, name: str) -> CallError:
        self._counters.refused += 1
        self._counters.failed += 1
        return CallError(kind="infra_error", message=f"{name} is live and --robust-live is not set")

    def _send(self, batch: Batch) -> list[str]:
        """Hand ``batch`` to its lane; return the keys that have landed when it comes back."""
        landed: list[str] = []
        late = self._replies.late(batch.keys)
        if late:
            for index, key in enumerate(batch.keys):
                if key in late:
                    landed += self._land(Answered(batch, index, late[key], self._late))
            batch = batch.without(late)
        lane = self._lanes[batch.endpoint]
        began = time.perf_counter()
        if batch.calls:
            lane.submit((batch,))
        if lane.blocks:
            self._counters.seconds += time.perf_counter() - began
            landed += self._kept(batch)
        return landed

    def _kept(self, batch: Batch) -> list[str]:
        """Count what a lane kept of ``batch``; what it did not keep, it will hand in."""
        held, counters = self._replies.held, self._counters
        spent = counters.spent.setdefault(batch.endpoint, Spent())
        landed, again = [], []
        for key, call in zip(batch.keys, batch.calls, strict=True):
            reply = held.get(key)
            if reply is None:
                continue
            if isinstance(reply, CallError):
                if reply.kind == "system_error" and key not in self._retried:
                    again.append((key, call))
                    continue
                counters.failed += 1
            spent.add(reply)
            landed.append(key)
        counters.sent += len(landed)
        self._under_way.difference_update(landed)
        for key, call in again:
            landed += self._retry(key, call)
        return landed

    def _retry(self, key: str, call: Call) -> list[str]:
        self._retried.add(key)
        self._counters.retried += 1
        self._replies.held.pop(key, None)
        return self._send(Batch.one(key, call))

    def _receive(self, *, wait: bool) -> list[str]:
        landed: list[str] = []
        for arrival in self._replies.arrivals(wait=wait):
            if callable(arrival):
                arrival()
                continue
            for answered in arrival:
                landed += self._land(answered)
        return landed

    def _land(self, answered: Answered) -> list[str]:
        """Hold a reply that a lane handed in; return its key, or nothing if it was not waited for or is tried again."""
        batch, index, reply, how = answered
        key, call, counters = batch.keys[index], batch.calls[index], self._counters
        if key not in self._under_way:
            return []
        if isinstance(reply, CallError):
            if reply.kind == "system_error" and how == "sent" and key not in self._retried:
                return self._retry(key, call)
            counters.failed += how != "elsewhere"
        self._replies.held[key] = reply
        self._under_way.discard(key)
        if how == "elsewhere":
            return [key]
        if how == "hit":
            counters.hits += 1
        elif how == "refused":
            counters.refused += 1
        else:
            counters.sent += 1
            counters.seconds += reply.seconds if isinstance(reply, Response) else 0.0
            counters.paid(call.endpoint, reply)
        return [key]
