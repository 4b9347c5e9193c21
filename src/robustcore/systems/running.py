"""Run a user's function over many inputs: one by one, in threads, on an event loop, or as one batch."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import Any, TypeAlias

from robustcore.calls.failures import classify
from robustcore.calls.loop import Loop, Outcome, raise_interrupt, timed
from robustcore.systems.replies import ReplyError

Many: TypeAlias = Callable[[Sequence[Any]], Iterator[Outcome]]
"""Runs all inputs; yields one outcome per input, in any order, each as soon as it is there."""


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
        return lambda inputs: timed(attempt(index, value) for index, value in enumerate(inputs))

    def in_threads(inputs: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        pool = ThreadPoolExecutor(concurrency, thread_name_prefix="robust-system")
        try:
            futures = [pool.submit(attempt, index, value) for index, value in enumerate(inputs)]
            yield from (future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    return lambda inputs: timed(in_threads(inputs))


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
        raise_interrupt(result)
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
