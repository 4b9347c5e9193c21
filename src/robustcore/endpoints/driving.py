"""Answer a batch of calls from synchronous code: on an event loop in a thread of its own, some at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

from robustcore.calls.types import Call, Reply


def answers(
    answer: Callable[[Call], Awaitable[Reply]],
    calls: Sequence[Call],
    *,
    concurrency: int,
    close: Callable[[], Awaitable[None]],
) -> Iterator[tuple[int, Reply]]:
    """Yield ``(index, reply)`` as they come, at most ``concurrency`` calls under way; then ``close`` on the same loop.

    Whoever stops listening, an interrupt too, cancels what is under way. An exception of ``answer`` is raised here.
    """
    from robustcore.calls.loop import Loop  # asyncio takes long to import

    loop = Loop()
    try:
        for outcome in loop.each(answer, calls, concurrency=concurrency):
            if outcome.failed:
                raise outcome.value
            yield outcome.index, outcome.value
    finally:
        loop.wait(close())
        loop.close()
