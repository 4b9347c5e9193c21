"""The engine: drives flows, sends each unique call once and early, keeps every response in the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from robustcore.calls.failures import Classifier
from robustcore.calls.lanes import LaneFactory, OwnLanes
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.peers import Again, Alone, Peers
from robustcore.calls.progress import Counters, Progress, Silent
from robustcore.calls.replies import Replies
from robustcore.calls.sending import Sender
from robustcore.calls.types import Call, Endpoint, Flow, Reply
from robustcore.errors import Problem, UnknownNameError, suggest
from robustcore.keys import canonical_json, key_of_json

K = TypeVar("K")
T = TypeVar("T")

LIVE_FLOWS = 4_096  # flows in flight at once, enough to fill batches; the rest wait as plain cases
STARTED_AT_ONCE = 256  # of them, so that the first calls leave before the last flow has begun
SHOW_SECONDS = 0.1  # a bar drawn for every reply of a concurrent endpoint would cost more than the reply


class Engine:
    """Sends calls. One per session: what one scenario asked, another gets for free.

    ``endpoints`` are known by name (more may be added before they are used); ``allow_live`` False refuses endpoints
    that cost money or leave the machine; ``classifiers`` extend what counts as an infrastructure error; ``peers``
    are other processes that take part in the same run, whose responses may already be in the ledger; ``lanes`` says
    where the batches of an endpoint run.

    While every lane blocks, flows advance in lock-step: all of them, then all batches they wait for. As soon as one
    does not (`Lane.blocks`), a flow advances when its own replies are there, and a finished one is replaced at once.
    """

    def __init__(
        self,
        ledger: Ledger,
        run: Run,
        *,
        allow_live: bool = False,
        classifiers: Sequence[Classifier] = (),
        progress: Progress | None = None,
        peers: Peers | None = None,
        lanes: LaneFactory | None = None,
    ) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self.counters = Counters()
        self.progress: Progress = progress or Silent()
        self._who: dict[str, str] = {}
        self._run = run
        self._peers = peers or Alone()
        self._run_scope_may_hit = run.resumed or peers is not None
        self._replies = Replies(ledger, self.bound_to)
        self._sender = Sender(
            self.endpoints,
            self._replies,
            self.counters,
            may_hit=self._may_hit,
            allow_live=allow_live,
            classifiers=classifiers,
            lanes=lanes or OwnLanes(),
            peers=self._peers,
        )
        self._flows_done = 0
        self._flows_all = 0
        self._shown_at = 0.0

    @property
    def notes(self) -> list[str]:
        """Return what a reader of the results should know."""
        return self._replies.notes

    def add_endpoints(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Make ``endpoints`` known; the same name must always mean the same object or an equal fingerprint."""
        for name, endpoint in endpoints.items():
            known = self.endpoints.setdefault(name, endpoint)
            if known is not endpoint and (known.fingerprint is None or known.fingerprint != endpoint.fingerprint):
                raise ValueError(f"two different endpoints are called {name!r}")

    def key_of(self, call: Call) -> str:
        """Return the ledger key: by fingerprint where the endpoint has one, else bound to this run."""
        who = self._who.get(call.endpoint) or self._identify(call.endpoint)
        settings = "null" if call.settings is None else canonical_json(call.settings)
        return key_of_json(who, canonical_json(call.op), canonical_json(call.payload), settings, str(call.replicate))

    def run(self, flows: Iterable[tuple[K, Flow[T] | Again[T]]], *, expected: int = 0) -> Iterator[tuple[K, T]]:
        """Drive ``flows`` to their ends; yield ``(name, result)`` as each ends, in no promised order.

        At most ``LIVE_FLOWS`` are alive at once. ``expected`` is the number of flows, for the progress bar.
        On an interrupt everything that has been answered is committed before the exception goes on.
        """
        self._flows_done, self._flows_all = 0, expected
        source = iter(flows)
        try:
            if self._sender.blocks:
                while window := list(islice(source, LIVE_FLOWS)):
                    yield from self._lock_step([_Step(name, flow) for name, flow in window])
                    self.forget()
            else:
                yield from self._slide(source)
                self.forget()
        except BaseException:
            self._sender.stop()
            raise
        finally:
            self.counters.under_way = 0
            self.commit()

    def first_calls(self, flows: Iterable[Flow[T]]) -> dict[str, Call]:
        """Return the unique calls of the first round by key, without sending any: what a plan can know exactly."""
        unique: dict[str, Call] = {}
        for flow in flows:
            step = _Step(None, flow)
            step.advance(None)
            unique.update((self.key_of(call), call) for call in step.calls)
            flow.close()
        return unique

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return which of ``keys`` are answered already, in this session or in the ledger."""
        return self._replies.known(keys)

    def commit(self) -> None:
        """Write what is pending to the ledger."""
        self._replies.commit()

    def forget(self) -> None:
        """Drop the responses held in memory; whoever asks for one again gets it from the ledger."""
        self._replies.forget()

    def close(self) -> None:
        """Commit, and free what the lanes hold: connections, workers."""
        self.commit()
        self._sender.close()

    def _lock_step(self, steps: list[_Step[K, T]]) -> Iterator[tuple[K, T]]:
        for step in steps:
            step.advance(None)
        while True:
            done = [step for step in steps if step.done]
            steps = [step for step in steps if not step.done]
            self._flows_done += len(done)
            self._show()
            for step in done:
                yield step.name, step.result
            if not steps:
                return
            self._ask(steps)
            self._sender.send_all(self._show)
            held = self._replies.held
            for step in steps:
                step.advance([held[key] for key in step.keys])

    def _slide(self, source: Iterator[tuple[K, Flow[T] | Again[T]]]) -> Iterator[tuple[K, T]]:
        """Drive flows each at its own pace; a finished one is replaced at once, so that lanes never run dry."""
        waiters: dict[str, list[_Step[K, T]]] = {}  # by the key they wait for
        ready: list[_Step[K, T]] = []
        live = ended = 0
        more = True
        while more or ready or waiters:
            room = min(STARTED_AT_ONCE, LIVE_FLOWS - live)
            started = [_Step(name, flow) for name, flow in islice(source, room)]
            more = len(started) == room
            held = self._replies.held
            for step in started:
                step.advance(None)
            for step in ready:
                step.advance([held[key] for key in step.keys])
            done = [step for step in (*ready, *started) if step.done]
            live += len(started) - len(done)
            ended += len(done)
            self._flows_done += len(done)
            self._show(seldom=True)
            for step in done:
                yield step.name, step.result
            ready = self._await([step for step in (*ready, *started) if not step.done], waiters)
            if ended >= LIVE_FLOWS:
                ended = 0
                waiting = {id(step): step for steps in (*waiters.values(), ready) for step in steps}
                self._replies.forget(key for step in waiting.values() for key in step.keys)
            while waiters and not ready and not (more and live < LIVE_FLOWS):
                ready = _woken(self._sender.move(), waiters)
                self._show(seldom=True)

    def _await(self, steps: Sequence[_Step[K, T]], waiters: dict[str, list[_Step[K, T]]]) -> list[_Step[K, T]]:
        """Ask for what ``steps`` need; return those that have it already, and enter the others with ``waiters``."""
        self._ask(steps)
        held = self._replies.held
        ready = []
        for step in steps:
            missing = {key for key in step.keys if key not in held}
            step.open = len(missing)
            for key in missing:
                waiters.setdefault(key, []).append(step)
            if not missing:
                ready.append(step)
        return ready

    def _ask(self, steps: Sequence[_Step[K, T]]) -> None:
        unique: dict[str, Call] = {}
        key_of = self.key_of
        for step in steps:
            step.keys = [key_of(call) for call in step.calls]
            if step.counted:
                self.counters.asked += len(step.keys)
            unique.update(zip(step.keys, step.calls, strict=True))
        self._sender.ask(unique)
        self._show(seldom=not self._sender.blocks)

    def _show(self, *, seldom: bool = False) -> None:
        now = time.monotonic()
        if seldom and now - self._shown_at < SHOW_SECONDS:
            return
        self._shown_at = now
        self.counters.under_way = self._sender.under_way
        self.progress.update(self.counters, self._flows_done, max(self._flows_all, self._flows_done))

    def _may_hit(self, name: str) -> bool:
        return self._run_scope_may_hit or self._endpoint(name).fingerprint is not None

    def bound_to(self, name: str) -> str:
        """Return the run that responses of an endpoint are bound to, an empty string if it has a fingerprint."""
        return "" if self._endpoint(name).fingerprint is not None else self._run.id

    def _identify(self, name: str) -> str:
        """Return, and remember, the part of a key that says who is asked."""
        scope = self._endpoint(name).fingerprint
        who = canonical_json(["fp", scope] if scope is not None else ["run", self._run.id, name])
        self._who[name] = who
        return who

    def _endpoint(self, name: str) -> Endpoint:
        try:
            return self.endpoints[name]
        except KeyError:
            names = tuple(sorted(self.endpoints))
            what = f"no endpoint is called {name!r}"
            raise UnknownNameError(Problem(what=what, choices=names, fix=suggest(name, names))) from None


def _woken(keys: Iterable[str], waiters: dict[str, list[_Step[K, T]]]) -> list[_Step[K, T]]:
    """Return the steps that ``keys`` were the last to wait for."""
    ready = []
    for key in keys:
        for step in waiters.pop(key, ()):
            step.open -= 1
            if not step.open:
                ready.append(step)
    return ready


class _Step(Generic[K, T]):
    """A flow with the calls it waits for, their keys, and how many of these are ``open``; or its result."""

    __slots__ = ("calls", "counted", "done", "flow", "keys", "name", "open", "result")

    def __init__(self, name: K, flow: Flow[T] | Again[T]) -> None:
        self.name = name
        self.counted = not isinstance(flow, Again)
        self.flow: Flow[T] = flow.flow if isinstance(flow, Again) else flow
        self.calls: list[Call] = []
        self.keys: list[str] = []
        self.open = 0
        self.done = False
        self.result: T

    def advance(self, replies: list[Reply] | None) -> None:
        try:
            self.calls = next(self.flow) if replies is None else self.flow.send(replies)
        except StopIteration as stop:
            self.done, self.calls, self.result = True, [], stop.value
