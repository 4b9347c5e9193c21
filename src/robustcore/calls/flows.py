"""Small combinators for flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from robustcore.calls.types import Call, CallError, Flow, Reply

T = TypeVar("T")


class FlowError(Exception):
    """Raised inside a flow when a call it depends on has no response; carries the `CallError`."""

    def __init__(self, error: CallError) -> None:
        self.error = error
        super().__init__(error.message)


def values(calls: Sequence[Call]) -> Flow[list[Any]]:
    """Return the flow that makes ``calls`` in one round and returns the values of their responses, in order.

    Raises `FlowError` with the first error among the replies. No calls make no round.
    """
    replies = (yield list(calls)) if calls else []
    for reply in replies:
        if isinstance(reply, CallError):
            raise FlowError(reply)
    return [reply.value for reply in replies if not isinstance(reply, CallError)]


def gather(flows: Sequence[Flow[T]]) -> Flow[list[T]]:
    """Return a flow that advances ``flows`` side by side and returns their results in order.

    Each round yields the calls of all of them at once, so that independent steps share a round.
    """
    results: dict[int, T] = {}
    waiting: dict[int, list[Call]] = {}
    for index, flow in enumerate(flows):
        _advance(flow, None, index, waiting, results)
    while waiting:
        order = sorted(waiting)
        replies = yield [call for index in order for call in waiting[index]]
        start = 0
        for index in order:
            count = len(waiting.pop(index))
            _advance(flows[index], replies[start : start + count], index, waiting, results)
            start += count
    return [results[index] for index in range(len(flows))]


def _advance(
    flow: Flow[T], replies: list[Reply] | None, index: int, waiting: dict[int, list[Call]], results: dict[int, T]
) -> None:
    try:
        waiting[index] = next(flow) if replies is None else flow.send(replies)
    except StopIteration as stop:
        results[index] = stop.value


def run_alone(flow: Flow[T]) -> T:
    """Return the result of a flow that yields no call; raise `RuntimeError` if it does."""
    try:
        calls = next(flow)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise RuntimeError(f"the flow waits for {len(calls)} call(s): drive it with an Engine")
