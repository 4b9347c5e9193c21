"""Answer a batch of calls from synchronous code: on an event loop in a thread of its own, some at a time."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
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
    replies: queue.SimpleQueue[tuple[int, Reply] | BaseException | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()

    async def work() -> None:
        waiting = iter(enumerate(calls))

        async def worker() -> None:
            for index, call in waiting:
                replies.put((index, await answer(call)))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(calls))):
                    group.create_task(worker())
        finally:
            await close()

    task = loop.create_task(work())

    def serve() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.get_loop().run_until_complete(task)
            replies.put(None)
        except BaseException as error:  # handed over: the thread that listens raises it
            replies.put(error)

    thread = threading.Thread(target=serve, name="robust-chat", daemon=True)
    thread.start()
    try:
        while (reply := replies.get()) is not None:
            if isinstance(reply, BaseException):
                raise reply
            yield reply
    finally:
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(task.cancel)
        thread.join()
