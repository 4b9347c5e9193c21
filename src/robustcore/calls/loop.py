"""Loop: one event loop in a thread of its own, for everything that waits on a network."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one input came to: ``value``, or the exception it raised; ``seconds`` is its share of the wall time."""

    index: int
    value: Any
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Say whether ``value`` is an exception."""
        return isinstance(self.value, Exception)


_END = object()


class Loop:
    """An event loop in a daemon thread, started at first use and kept for all batches.

    One loop for all of them, since asynchronous clients (HTTP pools, database drivers) stay bound to the loop on which
    they were first used; in a thread, so that it works where the caller's thread already runs a loop.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def wait(self, awaitable: Awaitable[Any]) -> Any:
        """Return the result of ``awaitable``, or raise what it raised."""

        async def give(_: Any) -> Any:
            return await awaitable

        (outcome,) = self.each(give, [None], concurrency=1)
        if outcome.failed:
            raise outcome.value
        return outcome.value

    def each(
        self, function: Callable[[Any], Awaitable[Any]], inputs: Sequence[Any], *, concurrency: int
    ) -> Iterator[Outcome]:
        """Yield outcomes as they come; at most ``concurrency`` inputs are under way at once."""
        finished: queue.SimpleQueue[Any] = queue.SimpleQueue()

        async def one(gate: asyncio.Semaphore, index: int) -> None:
            async with gate:
                try:
                    finished.put((index, await function(inputs[index])))
                except asyncio.CancelledError:  # a cancelled request; or our own cancellation, when nobody listens
                    finished.put((index, RuntimeError("the call was cancelled")))
                except BaseException as error:  # handed over: raised here it would end the loop's thread
                    finished.put((index, error))

        async def work() -> None:
            gate = asyncio.Semaphore(concurrency)
            await asyncio.gather(*(one(gate, index) for index in range(len(inputs))))

        future = self.start(work())
        future.add_done_callback(lambda _: finished.put(_END))
        try:
            yield from timed(iter(finished.get, _END))
        finally:
            future.cancel()

    def soon(self, function: Callable[..., object], *arguments: object) -> None:
        """Have ``function`` called in the loop's thread."""
        self._running().call_soon_threadsafe(function, *arguments)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the loop; return a future that other threads may wait for."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._running())

    def close(self) -> None:
        """End the thread; a later call starts another."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_serve, args=(loop,), name="robust-async", daemon=True)
            self._thread.start()
            weakref.finalize(self, _stop, loop)
            self._loop = loop
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)


def timed(pairs: Iterator[tuple[int, Any]]) -> Iterator[Outcome]:
    """Yield the pairs as outcomes with the time since the one before: the shares add up to the batch's wall time."""
    before = time.perf_counter()
    for index, value in pairs:
        raise_interrupt([value])
        now = time.perf_counter()
        yield Outcome(index, value, now - before)
        before = time.perf_counter()


def raise_interrupt(values: Sequence[Any]) -> None:
    """Raise the first value that is an interrupt: libraries that return exceptions as values return these too."""
    for value in values:
        if isinstance(value, BaseException) and not isinstance(value, Exception):
            raise value
