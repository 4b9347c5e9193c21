"""Replies: what has been answered, in memory and in the ledger, and the door through which lanes hand it in."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from robustcore.calls.ledger import Ledger, Origin, Row, encode
from robustcore.calls.packing import Batch
from robustcore.calls.types import Call, CallError, Reply, Response
from robustcore.errors import MissingExtraError

COMMIT_SECONDS = 0.5  # a response of a local batch waits at most this long for its transaction
COMMIT_CALLS = 4096  # keys are random, so a transaction touches about a page a row: few large ones write far less
DEAD_AFTER = 20  # calls, each sent alone, that fail in a row before the session stops sending to their endpoint

_MISSING = MissingExtraError.__name__

How: TypeAlias = Literal["sent", "hit", "refused", "elsewhere"]


class Answered(NamedTuple):
    """The reply of the call at index ``at`` of ``batch``, and how it came.

    ``sent`` by this session, a ``hit`` in the ledger after all, ``refused`` and never sent, or answered ``elsewhere``:
    by another process of the same run, which counts it.
    """

    batch: Batch
    at: int
    reply: Reply
    how: How = "sent"


Arrival: TypeAlias = Sequence[Answered] | Callable[[], object]


class Replies:
    """The replies of a session by key.

    ``held`` are those in memory: of the calls that flows wait for now, errors, and what came since `forget`.
    ``bound_to`` tells by an endpoint's name to which run its responses are bound (empty: to none). The
    engine's thread uses everything here; lanes use `keep` in the engine's thread and, from any other thread, only
    `ask`, `stored`, `hand_in` and `post`.
    """

    def __init__(self, ledger: Ledger, bound_to: Callable[[str], str] = lambda name: "") -> None:
        self.held: dict[str, Reply] = {}
        self.notes: list[str] = []
        self._ledger = ledger
        self._bound_to = bound_to
        self._origins: dict[tuple[str, str], Origin] = {}
        self._stored: set[str] = set()  # keys whose responses are in the ledger and no longer held here
        self._pending: dict[str, Row] = {}
        self._committed_at = 0.0
        self._arrived: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._failed: dict[str, int] = {}
        self._dead: dict[str, CallError] = {}

    # --- the engine's thread

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return which of ``keys`` have a response, here or in the ledger."""
        here = {key for key in keys if key in self._stored or isinstance(self.held.get(key), Response)}
        return here | set(self._ledger.get_many([key for key in keys if key not in here]))

    def recall(self, keys: Iterable[str]) -> list[str]:
        """Take back what was forgotten of ``keys``; return those that nobody has asked for before."""
        fresh: list[str] = []
        again: list[str] = []
        for key in keys:
            if key not in self.held:
                (again if key in self._stored else fresh).append(key)
        if again:
            self.held.update(self._ledger.get_many(again))
        return fresh

    def look_up(self, keys: Sequence[str]) -> set[str]:
        """Fetch the responses that the ledger has for ``keys``; return for which."""
        hits = self._ledger.get_many(keys)
        self.held.update(hits)
        return set(hits)

    def late(self, keys: Sequence[str]) -> dict[str, Response]:
        """Return what another run answered since ``keys`` were looked up; costs next to nothing if there is none."""
        return self._ledger.get_many(keys) if self._ledger.shared else {}

    def keep(self, key: str, call: Call, reply: Reply) -> None:
        """Remember ``reply``; it is committed with others, at most `COMMIT_SECONDS` after the one before it."""
        if isinstance(reply, Response) and key not in self._pending:
            try:
                self._pending[key] = self._row(call, reply)
            except (TypeError, ValueError) as error:
                reply = _no_json(error)
        self.held[key] = reply
        self._tell_of_missing_package(reply)
        if len(self._pending) >= COMMIT_CALLS or time.monotonic() - self._committed_at > COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Write what is pending to the ledger."""
        if self._pending:
            self._ledger.put_encoded(self._pending)
            self._pending = {}
        self._committed_at = time.monotonic()

    def forget(self, wanted: Iterable[str] = ()) -> None:
        """Drop the responses held in memory but for ``wanted``; whoever asks for one gets it from the ledger."""
        self.commit()
        held, self.held = self.held, {}
        self.held = {key: held[key] for key in wanted if key in held}
        for key, reply in held.items():
            if isinstance(reply, CallError):
                self.held[key] = reply
            elif key not in self.held:
                self._stored.add(key)

    def arrivals(self, *, wait: bool) -> Iterable[Arrival]:
        """Yield what lanes have handed in since; with ``wait`` at least one thing, waiting for it if need be."""
        if wait:
            yield self._arrived.get()
        while not self._arrived.empty():
            yield self._arrived.get()

    # --- any thread

    def ask(self, batch: Batch) -> list[Answered]:
        """Return the replies that ``batch`` has without being sent: its endpoint was given up, or another run sent it.

        A lane that keeps calls waiting asks just before it sends them, and hands in what it is told.
        """
        dead = self._dead.get(batch.endpoint)
        if dead is not None:
            return [Answered(batch, index, dead, "refused") for index in range(len(batch.calls))]
        late = self.late(batch.keys)
        return [Answered(batch, index, late[key], "hit") for index, key in enumerate(batch.keys) if key in late]

    def stored(self, keys: Sequence[str]) -> dict[str, Response]:
        """Return the responses that the ledger has for ``keys`` now: what another process of the run committed."""
        return self._ledger.get_many(keys)

    def hand_in(self, group: Sequence[Answered]) -> None:
        """Take replies; when this returns they are committed. One reply for each call, in any order and grouping.

        The slot of a call may be given to another after this, not before: then at most as many calls as a lane has
        slots are repeated after a crash. Only what was ``sent`` is committed.
        """
        rows: dict[str, Row] = {}
        sound = []
        for answered in group:
            reply, call = answered.reply, answered.batch.calls[answered.at]
            if isinstance(reply, Response) and answered.how == "sent":
                try:
                    rows[answered.batch.keys[answered.at]] = self._row(call, reply)
                except (TypeError, ValueError) as error:
                    answered = answered._replace(reply=_no_json(error))
            self._watch(call.endpoint, answered)
            sound.append(answered)
        if rows:
            self._ledger.put_encoded(rows)
        self._arrived.put(sound)

    def post(self, action: Callable[[], object]) -> None:
        """Have ``action`` called in the engine's thread, when it next takes replies; what it raises ends the run."""
        self._arrived.put(action)

    def _row(self, call: Call, response: Response) -> Row:
        """Return what is stored of ``response``; raise `TypeError` or `ValueError` if it is no JSON value."""
        origin = self._origins.get((call.endpoint, call.op))
        if origin is None:
            origin = call.endpoint, call.op, self._bound_to(call.endpoint)
            self._origins[call.endpoint, call.op] = origin
        return encode(response.value), response.seconds, origin

    def _watch(self, name: str, answered: Answered) -> None:
        """Give an endpoint up that fails call after call, each sent alone: the rest would only wait for the same."""
        self._tell_of_missing_package(answered.reply)
        if answered.how != "sent" or len(answered.batch.calls) > 1:
            return  # one fault takes a whole batch with it, which says little about the next
        reply = answered.reply
        if isinstance(reply, Response) or reply.kind != "infra_error":
            self._failed[name] = 0
            return
        count = self._failed[name] = self._failed.get(name, 0) + 1
        if count == DEAD_AFTER:
            what = f"{name} failed {count} calls in a row, the last with: {reply.message}"
            message = f"not sent: {what}"
            self._dead[name] = CallError(kind="infra_error", message=message, exception=reply.exception)
            self.notes.append(f"{what}; nothing more was sent to it, run again when it answers")

    def _tell_of_missing_package(self, reply: Reply) -> None:
        """Note what brings a package that is not installed: why much is unscored is not to be a riddle."""
        if isinstance(reply, CallError) and reply.exception == _MISSING and reply.message not in self.notes:
            self.notes.append(reply.message)


def _no_json(error: Any) -> CallError:
    return CallError(kind="infra_error", message=f"the endpoint's reply is not a JSON value: {error}")
