"""Run a user's function over many inputs: one by one, in threads, on an event loop, or as one batch."""

from __future__ import annotations

import asyncio
import inspect
import queue
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from robustcore.calls.failures import classify
from robustcore.systems.replies import ReplyError


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


Many: TypeAlias = Callable[[Sequence[Any]], Iterator[Outcome]]
"""Runs all inputs; yields one outcome per input, in any order, each as soon as it is there."""

_END = object()


class Loop:
    """An event loop in a daemon thread, started at first use and kept for all batches.

    One loop for all of them, since asynchronous clients (HTTP pools, database drivers) stay bound to the loop on which
    they were first used; in a thread, so that it works where the caller's thread already runs a loop.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

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

        future = asyncio.run_coroutine_threadsafe(work(), self._running())
        future.add_done_callback(lambda _: finished.put(_END))
        try:
            yield from _timed(iter(finished.get, _END))
        finally:
            future.cancel()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            loop = asyncio.new_event_loop()
            threading.Thread(target=_serve, args=(loop,), name="robust-async", daemon=True).start()
            weakref.finalize(self, loop.call_soon_threadsafe, loop.stop)
            self._loop = loop
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def is_async(function: Any) -> bool:
    """Say whether calling ``function`` gives a coroutine: ``async def``, a partial of one, or an async ``__call__``."""
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function) or _is_async_object(function)


def _is_async_object(value: Any) -> bool:
    return inspect.iscoroutinefunction(inspect.getattr_static(type(value), "__call__", None))


def each(function: Callable[[Any], Any], loop: Loop, *, concurrency: int) -> Many:
    """Return a runner of single calls: on ``loop`` if ``function`` is async, else in threads if ``concurrency`` > 1."""
    if is_async(function):
        return lambda inputs: loop.each(function, inputs, concurrency=concurrency)

    def attempt(index: int, value: Any) -> tuple[int, Any]:
        try:
            result = function(value)
            return index, loop.wait(result) if inspect.isawaitable(result) else result
        except Exception as error:  # becomes this input's outcome, so that the others are not lost
            return index, error

    if concurrency <= 1:
        return lambda inputs: _timed(attempt(index, value) for index, value in enumerate(inputs))

    def in_threads(inputs: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="robust-system")
        try:
            futures = [pool.submit(attempt, index, value) for index, value in enumerate(inputs)]
            yield from (future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    return lambda inputs: _timed(in_threads(inputs))


def together(function: Callable[[list[Any]], Any], loop: Loop) -> Many:
    """Return a runner of one call for all inputs; ``function`` returns a list in the order of its inputs.

    An exception among the returned values is that input's outcome. If the whole call raises through a fault of the
    system's own, each input is tried alone, so that one bad input does not take the others with it.
    """

    def call(inputs: Sequence[Any]) -> list[Any]:
        result = function(list(inputs))
        result = loop.wait(result) if inspect.isawaitable(result) else result
        if isinstance(result, (str, bytes, dict)) or not hasattr(result, "__len__"):
            raise ReplyError(f"a batch must return a list of replies, not {type(result).__name__}")
        if len(result) != len(inputs):
            raise ReplyError(f"a batch of {len(inputs)} inputs returned {len(result)} replies")
        _raise_interrupt(result)
        return list(result)

    def run(inputs: Sequence[Any]) -> Iterator[Outcome]:
        began = time.perf_counter()
        try:
            values = call(inputs)
        except Exception as error:
            alone = len(inputs) == 1 or isinstance(error, ReplyError) or classify(error).kind == "infra_error"
            if alone:
                share = (time.perf_counter() - began) / len(inputs)
                yield from (Outcome(index, error, share) for index in range(len(inputs)))
                return
            for index, value in enumerate(inputs):
                (outcome,) = run([value])
                yield Outcome(index, outcome.value, outcome.seconds)
            return
        share = (time.perf_counter() - began) / len(inputs)
        yield from (Outcome(index, value, share) for index, value in enumerate(values))

    return run


def converted(many: Many, convert: Callable[[Any], Any]) -> Many:
    """Return ``many`` with ``convert`` applied to each value; an input whose value cannot be converted fails alone."""

    def run(inputs: Sequence[Any]) -> Iterator[Outcome]:
        for outcome in many(inputs):
            if outcome.failed:
                yield outcome
                continue
            try:
                yield Outcome(outcome.index, convert(outcome.value), outcome.seconds)
            except Exception as error:
                yield Outcome(outcome.index, error, outcome.seconds)

    return run


def _timed(pairs: Iterator[tuple[int, Any]]) -> Iterator[Outcome]:
    """Yield the pairs as outcomes with the time since the one before: the shares add up to the batch's wall time."""
    before = time.perf_counter()
    for index, value in pairs:
        _raise_interrupt([value])
        now = time.perf_counter()
        yield Outcome(index, value, now - before)
        before = time.perf_counter()


def _raise_interrupt(values: Sequence[Any]) -> None:
    """Raise the first value that is an interrupt: libraries that return exceptions as values return these too."""
    for value in values:
        if isinstance(value, BaseException) and not isinstance(value, Exception):
            raise value
