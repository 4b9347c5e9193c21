"""The lane of a concurrent endpoint: calls one by one on an event loop, so many at once, committed as they end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

from robustcore.calls.failures import Classifier, classify
from robustcore.calls.loop import Loop
from robustcore.calls.packing import Batch
from robustcore.calls.replies import Answered, Replies
from robustcore.calls.types import CallError, ConcurrentEndpoint, Reply, Response

STOP_SECONDS = 5.0  # how long an interrupt waits for cancelled calls to end


class ConcurrentLane:
    """Keeps up to ``endpoint.concurrency`` calls under way on ``loop``; the loop's thread commits their replies.

    Replies that arrive together share a transaction, and their slots are free after it.
    """

    eager = True
    blocks = False

    def __init__(
        self, endpoint: ConcurrentEndpoint, loop: Loop, replies: Replies, classifiers: Sequence[Classifier]
    ) -> None:
        self._endpoint = endpoint
        self._loop = loop
        self._replies = replies
        self._classifiers = classifiers
        self._taken = 0  # written by the engine's thread alone; all that follows, by the loop's
        self._ended = 0
        self._waiting: deque[Batch] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: list[Answered] = []  # answered, not committed: their slots are not free yet
        self._stopping = False

    @property
    def room(self) -> int:
        """Return how many slots nobody waits for."""
        return max(0, self._endpoint.concurrency - (self._taken - self._ended))

    def submit(self, batches: Sequence[Batch]) -> None:
        """Send ``batches``, or let them wait for a slot."""
        self._taken += len(batches)
        self._loop.soon(self._accept, batches)

    def cancel(self) -> None:
        """Cancel the calls under way; return when they have ended, or after `STOP_SECONDS`."""
        if self._taken > self._ended:
            with contextlib.suppress(TimeoutError):
                self._loop.start(self._stop()).result(STOP_SECONDS + 1)

    def close(self) -> None:
        """Cancel what is left and close the endpoint's connections, if it has an ``aclose``: on its own loop."""
        self.cancel()
        aclose = getattr(self._endpoint, "aclose", None)
        if aclose is not None and self._taken:
            with contextlib.suppress(Exception):  # it was to be thrown away
                self._loop.start(aclose()).result(STOP_SECONDS)

    # --- the loop's thread

    def _accept(self, batches: Sequence[Batch]) -> None:
        self._waiting.extend(batches)
        self._fill()

    def _fill(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting and len(self._tasks) + len(self._done) < self._endpoint.concurrency:
            batch = self._waiting.popleft()
            answered = self._replies.ask(batch)
            if answered:
                self._finish(answered[0])
            else:
                self._tasks.add(loop.create_task(self._answer(batch)))

    async def _answer(self, batch: Batch) -> None:
        began = time.perf_counter()
        reply: Reply
        try:
            reply = await self._endpoint.answer(batch.calls[0])
        except asyncio.CancelledError:
            if self._stopping:
                raise
            reply = CallError(kind="infra_error", message="the call was cancelled")
        except Exception as error:
            reply = classify(error, self._classifiers)
        except BaseException as error:  # handed over: raised here it would end the loop's thread
            self._replies.post(_raiser(error))
            return
        finally:
            self._tasks.discard(asyncio.current_task())
        if isinstance(reply, Response) and not reply.seconds:
            reply = replace(reply, seconds=time.perf_counter() - began)
        self._finish(Answered(batch, 0, reply))

    def _finish(self, answered: Answered) -> None:
        """Queue a reply: all that end in one turn of the loop are committed together."""
        if not self._done:
            asyncio.get_running_loop().call_soon(self._commit)
        self._done.append(answered)

    def _commit(self) -> None:
        done, self._done = self._done, []
        if not done:
            return
        try:
            self._replies.hand_in(done)
        except BaseException as error:
            self._replies.post(_raiser(error))
        self._ended += len(done)
        self._fill()

    async def _stop(self) -> None:
        self._stopping = True
        self._waiting.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            ended, _ = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            self._tasks -= ended  # one that had not begun did not leave by itself
        self._commit()
        self._ended = self._taken
        self._stopping = False


def _raiser(error: BaseException) -> Callable[[], NoReturn]:
    def throw() -> NoReturn:
        raise error

    return throw
