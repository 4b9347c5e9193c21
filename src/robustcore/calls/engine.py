"""The engine: drives flows in lock-step, sends each unique call once, keeps every response in the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from robustcore.calls.failures import Classifier, classify
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.packing import Batch, pack
from robustcore.calls.progress import Counters, Progress, Silent
from robustcore.calls.types import Call, CallError, Endpoint, Flow, Reply, Response
from robustcore.errors import Problem, UnknownNameError, suggest
from robustcore.keys import canonical_json, key_of_json

K = TypeVar("K")
T = TypeVar("T")

LIVE_FLOWS = 4_096  # flows in flight at once, enough to fill batches; the rest wait as plain cases
COMMIT_SECONDS = 0.5  # a response waits at most this long for its transaction
COMMIT_CALLS = 4096  # keys are random, so a transaction touches about a page a row: few large ones write far less


class Engine:
    """Sends calls. One per session: what one scenario asked, another gets for free.

    ``endpoints`` are known by name (more may be added before they are used); ``allow_live`` False refuses endpoints
    that cost money or leave the machine; ``classifiers`` extend what counts as an infrastructure error; ``shared``
    says that other processes take part in the same run, whose responses may already be in the ledger.
    """

    def __init__(
        self,
        ledger: Ledger,
        run: Run,
        *,
        allow_live: bool = False,
        classifiers: Sequence[Classifier] = (),
        progress: Progress | None = None,
        shared: bool = False,
    ) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        self._who: dict[str, str] = {}
        self.counters = Counters()
        self.progress: Progress = progress or Silent()
        self._ledger = ledger
        self._run = run
        self._allow_live = allow_live
        self._classifiers = classifiers
        self._run_scope_may_hit = run.resumed or shared
        self._replies: dict[str, Reply] = {}
        self._stored: set[str] = set()  # keys whose responses are in the ledger and no longer held here
        self._pending: dict[str, tuple[str, float]] = {}
        self._committed_at = 0.0
        self._flows_done = 0
        self._flows_all = 0

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

    def run(self, flows: Iterable[tuple[K, Flow[T]]], *, expected: int = 0) -> Iterator[tuple[K, T]]:
        """Drive ``flows`` to their ends; yield ``(name, result)`` as each ends, in no promised order.

        At most ``LIVE_FLOWS`` are alive at once. ``expected`` is the number of flows, for the progress bar.
        On an interrupt everything that has been answered is committed before the exception goes on.
        """
        self._flows_done, self._flows_all = 0, expected
        source = iter(flows)
        try:
            while window := list(islice(source, LIVE_FLOWS)):
                yield from self._lock_step(window)
                self.forget()
        finally:
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
        here = {key for key in keys if key in self._stored or isinstance(self._replies.get(key), Response)}
        return here | set(self._ledger.get_many([key for key in keys if key not in here]))

    def commit(self) -> None:
        """Write what is pending to the ledger."""
        if self._pending:
            self._ledger.put_encoded(self._pending)
            self._pending = {}
        self._committed_at = time.monotonic()

    def forget(self) -> None:
        """Drop the responses held in memory; whoever asks for one again gets it from the ledger."""
        self.commit()
        self._stored.update(key for key, reply in self._replies.items() if isinstance(reply, Response))
        self._replies = {key: reply for key, reply in self._replies.items() if isinstance(reply, CallError)}

    def _lock_step(self, window: list[tuple[K, Flow[T]]]) -> Iterator[tuple[K, T]]:
        steps = [_Step(name, flow) for name, flow in window]
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
            self._answer([step.calls for step in steps], steps)

    def _answer(self, rounds: list[list[Call]], steps: Sequence[_Step[K, T]]) -> None:
        keyed = [[self.key_of(call) for call in calls] for calls in rounds]
        unique: dict[str, Call] = {}
        for keys, calls in zip(keyed, rounds, strict=True):
            self.counters.asked += len(keys)
            unique.update(zip(keys, calls, strict=True))
        self._fill(unique)
        for step, keys in zip(steps, keyed, strict=True):
            step.advance([self._replies[key] for key in keys])

    def _fill(self, unique: Mapping[str, Call]) -> None:
        needed = {key: call for key, call in unique.items() if key not in self._replies}
        again = [key for key in needed if key in self._stored]
        self._replies.update(self._ledger.get_many(again))
        fresh = {key: call for key, call in needed.items() if key not in self._stored}
        self.counters.unique += len(fresh)
        hits = self._ledger.get_many([key for key, call in fresh.items() if self._may_hit(call)])
        self._replies.update(hits)
        self.counters.hits += len(hits)
        missing = [(key, call) for key, call in needed.items() if key not in self._replies]
        self._show()
        for batch in pack(missing, self.endpoints):
            self._send(batch)
            self._show()

    def _show(self) -> None:
        self.progress.update(self.counters, self._flows_done, max(self._flows_all, self._flows_done))

    def _may_hit(self, call: Call) -> bool:
        return self._run_scope_may_hit or self._endpoint(call.endpoint).fingerprint is not None

    def _send(self, batch: Batch) -> None:
        self._attempt(batch)
        self.counters.sent += len(batch.calls)
        for key, call in zip(batch.keys, batch.calls, strict=True):
            reply = self._replies[key]
            if isinstance(reply, CallError) and reply.kind == "system_error":
                self.counters.retried += 1  # judged only if the raise recurs on one retry
                self._attempt(Batch(endpoint=batch.endpoint, op=batch.op, keys=(key,), calls=(call,)))
            self.counters.failed += isinstance(self._replies[key], CallError)
            self.counters.paid(batch.endpoint, self._replies[key])

    def _attempt(self, batch: Batch) -> None:
        """Run ``batch`` once; every key of it then has a reply. What came before an interrupt is kept."""
        endpoint = self._endpoint(batch.endpoint)
        if endpoint.live and not self._allow_live:
            refused = CallError(kind="infra_error", message=f"{batch.endpoint} is live and --robust-live is not set")
            self._replies.update(dict.fromkeys(batch.keys, refused))
            return
        open_keys = dict.fromkeys(batch.keys)
        missing: Reply = CallError(kind="missing_reply", message=f"{batch.endpoint} gave no reply for this call")
        began = time.perf_counter()
        try:
            for index, reply in endpoint.run(batch.calls):
                key = batch.keys[index]
                if key in open_keys:
                    del open_keys[key]
                    self._keep(key, reply)
        except Exception as error:  # whatever an endpoint raises becomes a value here
            missing = classify(error, self._classifiers)
        except BaseException:
            self.commit()
            raise
        self.counters.seconds += time.perf_counter() - began
        self._replies.update(dict.fromkeys(open_keys, missing))

    def _keep(self, key: str, reply: Reply) -> None:
        """Remember ``reply`` and queue it for the ledger; a value that is no JSON becomes an error of its own call."""
        if isinstance(reply, Response) and key not in self._pending:
            try:
                self._pending[key] = canonical_json(reply.value), reply.seconds
            except (TypeError, ValueError) as error:
                reply = CallError(kind="infra_error", message=f"the endpoint's reply is not a JSON value: {error}")
        self._replies[key] = reply
        if len(self._pending) >= COMMIT_CALLS or time.monotonic() - self._committed_at > COMMIT_SECONDS:
            self.commit()

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


class _Step(Generic[K, T]):
    """A flow with the calls it waits for, or its result."""

    __slots__ = ("calls", "done", "flow", "name", "result")

    def __init__(self, name: K, flow: Flow[T]) -> None:
        self.name = name
        self.flow = flow
        self.calls: list[Call] = []
        self.done = False
        self.result: T

    def advance(self, replies: list[Reply] | None) -> None:
        try:
            self.calls = next(self.flow) if replies is None else self.flow.send(replies)
        except StopIteration as stop:
            self.done, self.calls, self.result = True, [], stop.value
