"""Session: one run of an agent, with what strikes its tools on the way and what it has done so far."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from robustcore.calls.types import CallError, Reply
from robustcore.perturb.tools.results import Faulty
from robustcore.systems.agents.striking import Striking, Struck
from robustcore.systems.base import Task
from robustcore.systems.trace import Ended, ToolUse, Trace

CURRENT: ContextVar[Session | None] = ContextVar("robust_session", default=None)
"""The run in whose code we are; None outside of any, where wrapped tools and models do what they always do."""


class StepLimitError(RuntimeError):
    """The agent asked its model more often than the step limit allows."""


class CallFailedError(RuntimeError):
    """A call of the run has no response, so the run has no result: an agent that handles this has none either."""

    def __init__(self, error: CallError) -> None:
        super().__init__(error.message)


@dataclass(frozen=True, slots=True)
class Ask:
    """A call that the run waits for: ``op`` is ``model`` or ``tool``, ``payload`` its JSON value."""

    op: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a call of a tool came to, as JSON values: its text, an artifact, how it went, and what it raised."""

    text: str
    content: Any = None
    artifact: Any = None
    status: str = "ok"
    raised: str = ""
    seconds: float = 0.0


Execute: TypeAlias = Callable[[float], Awaitable[Result]]
"""Runs a tool for real, after a delay in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a run may be: turns of the model, seconds of the run, seconds of one call of a tool."""

    steps: int
    seconds: float
    tool: float


class Session:
    """One run. ``relay`` hands calls over as `Ask`s; without it they are made where they arise.

    All of it is used in one event loop.
    """

    def __init__(self, task: Task, limits: Limits, *, dangerous: tuple[str, ...], relay: bool) -> None:
        self.task = task
        self.limits = limits
        self.relay = relay
        self.dangerous = frozenset(dangerous)
        self.striking = Striking(task.faults, dangerous=dangerous, limit=limits.tool)
        self.uses: list[ToolUse] = []
        self.said: list[str] = []
        self.turns = 0
        self.called = 0  # calls of tools that have begun
        self.ended: Ended = "answered"
        self.impossible = ""
        self.lost: CallError | None = None  # the first call without a response, whatever the agent makes of it
        self.expected = 1  # calls of tools that the model asked for at once
        self.spent = 0.0  # seconds that models and tools took
        self.loop: asyncio.AbstractEventLoop | None = None
        self.running: asyncio.Task[Any] | None = None
        self.asked: asyncio.Queue[tuple[Ask, asyncio.Future[Reply]]] = asyncio.Queue()

    # --- what the wrapped model and the wrapped tools of the agent call

    def turn(self) -> None:
        """Count a turn of the model; raise `StepLimitError` if it is one too many."""
        if self.turns >= self.limits.steps:
            self.ended = "step_limit"
            raise StepLimitError(f"the agent asked its model {self.turns} times without an end")
        self.turns += 1

    def cut_off(self) -> None:
        """End the run from code that cannot raise into it; ``ended`` says why."""
        if self.loop is not None and self.running is not None:
            self.loop.call_soon_threadsafe(self.running.cancel)

    async def ask(self, ask: Ask) -> Any:
        """Return the value of the response to ``ask``; raise `CallFailedError` if it has none."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.asked.put_nowait((ask, future))
        reply = await future
        if isinstance(reply, CallError):
            self.lost = self.lost or reply
            raise CallFailedError(reply)
        self.spent += reply.seconds
        return reply.value

    def ask_waiting(self, awaitable: Any) -> Any:
        """Return the result of a coroutine of this session from code in another thread."""
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(awaitable, self.loop).result()

    async def use(self, tool: str, arguments: Mapping[str, Any], execute: Execute) -> tuple[Result, str]:
        """Return what the agent gets of a call of ``tool``, and the kind of fault that struck; note the call."""
        self.called += 1
        struck = self.striking.before(tool)
        if struck is not None and struck.result is not None:
            return self._lost(tool, arguments, struck, struck.result), struck.fault.kind
        result = await execute(struck.delay if struck is not None else 0.0)
        found = self.striking.after(tool, result.text) if result.status == "ok" else None
        kind = found[0].kind if found is not None else struck.fault.kind if struck is not None else ""
        made = found[1] if found is not None else None
        self._note(
            ToolUse(
                tool=tool,
                arguments=plain(arguments),
                result=result.text if made is None else made.text,
                clean=None if made is None else result.text,
                fault=kind,
                planted="" if made is None else made.planted,
                truth="" if made is None else made.truth,
                status=result.status if result.status in ("error", "timeout") else "ok",  # type: ignore[arg-type]
                dangerous=tool in self.dangerous,
                seconds=result.seconds,
            )
        )
        if made is not None:
            result = Result(text=made.text, content=made.text, artifact=result.artifact, seconds=result.seconds)
        return result, kind

    def _lost(self, tool: str, arguments: Mapping[str, Any], struck: Struck, made: Faulty) -> Result:
        self._note(
            ToolUse(
                tool=tool,
                arguments=plain(arguments),
                result=made.text,
                fault=struck.fault.kind,
                status="timeout" if made.status == "timeout" else "error",
                dangerous=tool in self.dangerous,
            )
        )
        raises = struck.fault.detail.get("how") == "raise"
        kind = "TimeoutError" if made.status == "timeout" else "ToolException"
        return Result(text=made.text, content=made.text, status=made.status, raised=kind if raises else "")

    def _note(self, use: ToolUse) -> None:
        self.uses.append(use)

    @property
    def trace(self) -> Trace:
        """Return what has happened so far."""
        order = next((fault for fault in self.striking.faults if fault.kind == "injection"), None)
        return Trace(
            uses=tuple(self.uses),
            turns=self.turns,
            ended=self.ended,
            said=tuple(self.said),
            reached=tuple(dict.fromkeys(self.striking.reached)),
            unchanged=tuple(dict.fromkeys(self.striking.unchanged)),
            canary=str(order.detail.get("canary", "")) if order else "",
            target=str(order.detail.get("target", "")) if order else "",
            impossible=self.impossible,
        )


@dataclass(slots=True)
class Rounds:
    """What a relayed run waits for, round by round, and what it was told: the bridge between its loop and a flow.

    ``asks[n]`` are the calls of round n. ``done`` holds the result of the run, or what it raised.
    """

    asks: list[list[Ask]] = field(default_factory=list)
    waiting: list[list[asyncio.Future[Reply]]] = field(default_factory=list)
    given: int = 0
    result: Any = None
    error: Exception | None = None
    done: bool = False


QUIET: Final = 0.02  # seconds without another call, after which a round of several is taken as complete


async def next_round(session: Session, rounds: Rounds, task: asyncio.Task[Any]) -> None:
    """Wait until the run needs calls that it has not asked for before, or ends; note which in ``rounds``.

    Calls that a model asked for at once belong to one round: it ends when the run asks for nothing more.
    """
    first = asyncio.ensure_future(session.asked.get())
    limit = max(0.0, session.limits.seconds - session.spent)
    began = time.perf_counter()
    await asyncio.wait({first, task}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    session.spent += time.perf_counter() - began
    if not first.done():
        first.cancel()
        _finish(session, rounds, task)
        return
    found = [first.result()]
    if found[0][0].op == "tool":
        while len(found) < session.expected:
            try:
                found.append(await asyncio.wait_for(session.asked.get(), QUIET))
            except TimeoutError:
                break
    rounds.asks.append([ask for ask, _ in found])
    rounds.waiting.append([future for _, future in found])


def _finish(session: Session, rounds: Rounds, task: asyncio.Task[Any]) -> None:
    rounds.done = True
    if not task.done():
        session.ended = "time_limit"
        task.cancel()
        return
    error = task.exception()
    if isinstance(error, Exception):
        rounds.error = error
    elif error is not None:
        raise error
    else:
        rounds.result = task.result()


def plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``arguments`` as JSON values; what is none is shown as text."""
    return {str(key): _json(value) for key, value in arguments.items()}


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)[:200]
