"""Ground: the event loop that agents and their tools run on, and the worlds that tools change, one per trial."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from robustcore.calls.loop import Loop

T = TypeVar("T")


class StoppedError(RuntimeError):
    """Code of the user's was interrupted in a thread; ``interrupt`` is what it raised, to be raised again."""

    def __init__(self, interrupt: BaseException) -> None:
        self.interrupt = interrupt
        super().__init__(type(interrupt).__name__)


class DaemonThreads(ThreadPoolExecutor):
    """An executor that gives each job a daemon thread of its own.

    A job that never ends then neither takes a place that another one waits for nor keeps the process alive.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn`` in a thread of its own."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except (KeyboardInterrupt, SystemExit) as interrupt:  # raised in a task it would end the loop's thread
                future.set_exception(StoppedError(interrupt))
            except BaseException as error:  # handed over to whoever waits
                future.set_exception(error)

        threading.Thread(target=work, name="robust-agent", daemon=True).start()
        return future


class Ground:
    """One event loop for all agents of a system: asynchronous clients stay bound to the loop of their first use."""

    def __init__(self) -> None:
        self._loop = Loop()
        self._ready = False

    async def here(self, awaitable: Awaitable[T]) -> T:
        """Return the result of ``awaitable``, run on this ground, to code on another loop."""
        settled: T | _Interrupt = await asyncio.wrap_future(self._start(_settled(awaitable)))
        return _given(settled)

    def wait(self, awaitable: Awaitable[T]) -> T:
        """Return the result of ``awaitable`` to code that runs on no loop."""
        settled: T | _Interrupt = self._start(_settled(awaitable)).result()
        return _given(settled)

    def soon(self, function: Callable[..., object], *arguments: object) -> None:
        """Have ``function`` called on this ground."""
        self._loop.soon(function, *arguments)

    def _start(self, coroutine: Any) -> Future[Any]:
        if not self._ready:
            self._ready = True
            self._loop.start(_with_daemons()).result()
        return self._loop.start(coroutine)


async def _settled(awaitable: Awaitable[T]) -> T | _Interrupt:
    """Return the result of ``awaitable``, or an interrupt as a value: raised here it would end the loop's thread."""
    try:
        return await awaitable
    except StoppedError as stopped:
        return _Interrupt(stopped.interrupt)
    except (KeyboardInterrupt, SystemExit) as interrupt:
        return _Interrupt(interrupt)


def _given(result: T | _Interrupt) -> T:
    if isinstance(result, _Interrupt):
        raise result.error
    return result


@dataclass(frozen=True, slots=True)
class _Interrupt:
    """An interrupt on its way from one loop to another."""

    error: BaseException


async def _with_daemons() -> None:
    asyncio.get_running_loop().set_default_executor(DaemonThreads(1))


class World:
    """The tools of one trial, made when the first of them is called, and what their calls came to, in order."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: AbstractContextManager[Any] | None = None
        self._tools: dict[str, Any] | None = None
        self.results: list[Any] = []
        self.lock = asyncio.Lock()

    @property
    def made(self) -> bool:
        """Say whether its tools are there."""
        return self._tools is not None

    def tool(self, name: str) -> Any:
        """Return the tool called ``name``; raise KeyError if there is none."""
        if self._tools is None:
            made = self._make()
            if hasattr(made, "__enter__"):
                self._made = made
                made = made.__enter__()
            self._tools = by_name(made)
        return self._tools[name]

    def close(self) -> None:
        """Leave the context manager that gave the tools, if one did."""
        if self._made is not None:
            self._made.__exit__(None, None, None)
            self._made = None


def by_name(tools: Sequence[Any]) -> dict[str, Any]:
    """Return tools by name; plain functions become tools as in LangChain."""
    return {tool.name: tool for tool in tools_of(tools)}


def tools_of(given: Any) -> list[Any]:
    """Return what a user gave as a list of LangChain tools."""
    from langchain_core.tools import BaseTool, tool

    return [one if isinstance(one, BaseTool) else tool(one) for one in given]
