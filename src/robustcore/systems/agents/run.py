"""Run: the agent's own code in motion, and what it returned as an answer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from robustcore.calls.failures import Classifier, classify
from robustcore.calls.types import CallError, Reply
from robustcore.errors import Location
from robustcore.systems.agents.ground import StoppedError
from robustcore.systems.agents.session import (
    CURRENT,
    Ask,
    Rounds,
    Session,
    StepLimitError,
    next_round,
)
from robustcore.systems.base import Answer, Task
from robustcore.systems.replies import Replies
from robustcore.systems.runnables import Shape, input_shape
from robustcore.systems.trace import Trace

GRAPH_STEPS = 8  # steps of a graph that one turn of its model may take, middleware counted


@dataclass(frozen=True, slots=True)
class Make:
    """What gives the agent of a run, and how a question is put to it: looking that up takes longer than a run."""

    agent: Callable[[], Any]
    shape: Shape

    @classmethod
    def of(cls, agent: Callable[[], Any], first: Any, *, name: str, where: Location | None) -> Make:
        """Return the maker ``agent``, whose agents take what ``first`` takes; `InputError` if that cannot be told."""
        return cls(agent, input_shape(first, name=name, where=where))


@dataclass(eq=False)
class Run:
    """A relayed run, shared by all flows that ask for the same. Lives on the agents' ground but for what is noted."""

    key: str
    session: Session
    make: Make
    rounds: Rounds = field(default_factory=Rounds)
    users: int = 0
    holds: bool = False
    task: asyncio.Task[Any] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stateful: list[dict[str, Any]] = field(default_factory=list)
    _before: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def started(self) -> bool:
        """Say whether the agent has begun."""
        return self.task is not None

    def is_at(self, step: int) -> bool:
        """Say whether the calls of ``step`` are known, or that there are none any more."""
        return len(self.rounds.asks) > step or self.rounds.done

    async def advance(self) -> None:
        """Start the agent, or wait for its next calls, or its end."""
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(run_agent(self.make, self.session))
        await next_round(self.session, self.rounds, self.task)

    def give(self, step: int, replies: Sequence[Reply]) -> None:
        """Hand the replies of ``step`` to the agent, once."""
        if step != self.rounds.given:
            return
        self.rounds.given += 1
        for future, reply in zip(self.rounds.waiting[step], replies, strict=True):
            if not future.done():
                future.set_result(reply)

    def before(self, ask: Ask) -> list[dict[str, Any]]:
        """Return the calls of stateful tools in this run before ``ask``."""
        ordinal = ask.payload["ordinal"]
        if ordinal not in self._before:
            self._before[ordinal] = list(self.stateful)
            self.stateful.append({"tool": ask.payload["tool"], "arguments": ask.payload["arguments"]})
        return self._before[ordinal]

    def stop(self) -> None:
        """Cancel what is left of the run."""
        if self.task is not None and not self.task.done():
            self.task.cancel()


async def run_agent(make: Make, session: Session) -> Any:
    """Return what the agent that ``make`` gives returns for the task of ``session``; None for a run that was cut off.

    Its model and tools find the session in the context. A checkpointer gets a thread of its own.
    """
    session.loop, session.running = asyncio.get_running_loop(), asyncio.current_task()
    agent = await asyncio.to_thread(make.agent)
    token = CURRENT.set(session)
    steps = session.limits.steps * GRAPH_STEPS
    config: dict[str, Any] = {"recursion_limit": steps, "configurable": {"thread_id": uuid.uuid4().hex}}
    observer = None
    if not session.relay:
        from robustcore.systems.agents.observed import Observer

        observer = Observer(session)
        config["callbacks"] = [observer]
    try:
        async with asyncio.timeout(None if session.relay else session.limits.seconds) as clock:
            return await agent.ainvoke(_input(make.shape, session.task), config)
    except TimeoutError:
        if not clock.expired():
            raise
        session.ended = "time_limit"
        return None
    except asyncio.CancelledError:
        if session.ended != "step_limit" or session.running is None:
            raise
        session.running.uncancel()
        return None
    except (KeyboardInterrupt, SystemExit) as interrupt:  # raised in a task it would end the loop's thread
        raise StoppedError(interrupt) from None
    except Exception as error:
        if _is_limit(error):
            session.ended = "step_limit"
            return None
        raise
    finally:
        CURRENT.reset(token)
        if observer is not None:
            observer.finish()


def _is_limit(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, StepLimitError) or type(error).__name__ == "GraphRecursionError":
            return True
        error = error.__cause__ or error.__context__
    return False


def _input(shape: Shape, task: Task) -> Any:
    """Return the task as the agent takes it: messages where it does, else the question alone or after the others."""
    messages = [{"role": role, "content": content} for role, content in (*task.history, ("user", task.question))]
    shaped = shape(task.question)
    if isinstance(shaped, dict) and "messages" in shaped:
        return {"messages": messages}
    if not task.history:
        return shaped
    text = "\n".join(f"{message['role']}: {message['content']}" for message in messages)
    return dict.fromkeys(shaped, text) if isinstance(shaped, dict) else text


def final_answer(value: Any, trace: Trace, replies: Replies) -> Answer:
    """Return what an agent returned as an answer with its trace; a run that was cut off has an empty text."""
    if trace.ended != "answered" and value is None:
        return Answer(text="", trace=trace)
    return replace(replies.answer(value), trace=trace)


def broken(error: Exception, classifiers: Sequence[Classifier]) -> CallError:
    """Return what an agent raised as a value; what a tool raised and the agent did not handle is its own fault."""
    link: BaseException | None = error
    while link is not None:
        if getattr(link, "of_a_tool", False):
            text = str(error).strip() or type(error).__name__
            return CallError(kind="system_error", message=text[:2000], exception=type(error).__name__)
        link = link.__cause__ or link.__context__
    return classify(error, classifiers)
