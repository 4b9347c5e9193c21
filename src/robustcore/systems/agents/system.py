"""Agents as systems: in parts, with every call of its model and tools kept; or as they are, a run being one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from robustcore.calls.failures import Classifier
from robustcore.calls.flows import FlowError
from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.perturb.tools.faults import LISTED, Fault, ToolFaults
from robustcore.systems.agents.endpoints import Model, PureTools, Runs, StatefulTools, Steps
from robustcore.systems.agents.ground import Ground, StoppedError, World
from robustcore.systems.agents.run import Make, Run, broken, final_answer, run_agent
from robustcore.systems.agents.session import Ask, Limits, Session
from robustcore.systems.agents.spec import AgentOptions
from robustcore.systems.base import Answer, Task
from robustcore.systems.replies import Replies, ReplyError
from robustcore.systems.trace import Trace
from robustcore.systems.wire import answer_from_json, answer_to_json

POINTS: Final = frozenset(("question", "tools", "history"))
CORPUS_HINT: Final = "to offer 'context' or 'corpus', test the retriever of the agent as a RAG system of its own"


def task_to_json(task: Task) -> dict[str, Any]:
    """Return ``task`` as a JSON object; `task_from_json` gives an equal one back."""
    faults = [fault.to_json() for fault in task.faults.faults]
    return {"question": task.question, "history": [list(turn) for turn in task.history], "faults": faults}


def task_from_json(value: Mapping[str, Any]) -> Task:
    """Return the task that `task_to_json` wrote."""
    faults = tuple(Fault.from_json(fault) for fault in value["faults"])
    history = tuple((role, content) for role, content in value["history"])
    return Task(question=value["question"], history=history, faults=ToolFaults(faults=faults))


class _Agent:
    """What both kinds share."""

    points = POINTS
    hint = CORPUS_HINT

    def __init__(self, *, name: str, stem: str, options: AgentOptions, replies: Replies) -> None:
        self.name = name
        self.stem = stem
        self.options = options
        self.replies = replies
        self.limits = Limits(steps=options.step_limit, seconds=options.time_limit, tool=options.tool_timeout)

    def answer(
        self, question: str, *, corpus: CorpusEdit, replicate: int, history: tuple[tuple[str, str], ...] = ()
    ) -> Flow[Answer]:
        """Return the flow of one run with nothing wrong; ``corpus`` is empty, since it does not offer that point."""
        del corpus
        return self.perform(Task(question=question, history=history), replicate=replicate)

    def perform(self, task: Task, *, replicate: int) -> Flow[Answer]:
        """Return the flow of one run from a fresh state."""
        raise NotImplementedError

    def read(self, value: Any, trace: Trace) -> Answer:
        """Return what the agent returned as an answer with its trace; a run that was cut off has an empty text."""
        return final_answer(value, trace, self.replies)


class AgentInParts(_Agent):
    """An agent that is built with our model and tools: its calls come as calls of its flows.

    ``make`` builds the agent, ``world`` a fresh set of tools, ``model`` the user's model. Four endpoints: the steps of
    runs, the model, pure tools (with ``fingerprint`` under a declared version, as the model) and all others, whose
    calls belong to their run and trial.
    """

    def __init__(
        self,
        *,
        name: str,
        stem: str,
        options: AgentOptions,
        replies: Replies,
        make: Make,
        world: Callable[[], Any],
        model: Callable[[], Any],
        live: bool,
        fingerprint: str | None,
        classifiers: Sequence[Classifier] = (),
    ) -> None:
        super().__init__(name=name, stem=stem, options=options, replies=replies)
        self._make = make
        self._world = world
        self._classifiers = classifiers
        self._ground = Ground()
        self._runs: dict[str, Run] = {}
        self._worlds: dict[str, World] = {}
        self._shared: World | None = None
        self._slots: asyncio.Semaphore | None = None
        at_once = options.concurrency
        self._steps, self._model, self._tools, self._pure = (f"{stem}.{p}" for p in ("steps", "model", "tools", "pure"))
        endpoints: dict[str, Endpoint] = {
            self._steps: Steps(self._ground, self._reach),
            self._model: Model(
                self._ground,
                model,
                concurrency=at_once,
                fingerprint=fingerprint,
                live=live,
                classifiers=classifiers,
            ),
            self._tools: StatefulTools(
                self._ground, self._world_of, limit=options.tool_timeout, concurrency=at_once
            ),
            self._pure: PureTools(
                self._ground,
                self._shared_world,
                limit=options.tool_timeout,
                concurrency=at_once,
                fingerprint=fingerprint,
            ),
        }  # fmt: skip
        self.endpoints: Mapping[str, Endpoint] = MappingProxyType(endpoints)

    @property
    def later(self) -> frozenset[str]:
        """Return the endpoints that a run asks once it has begun."""
        return frozenset((self._model, self._tools, self._pure))

    @property
    def calls_ahead(self) -> Mapping[str, int]:
        """Return how many calls a run makes at most: of the model by the step limit, of tools as often as that."""
        return dict.fromkeys((*sorted(self.later), self._steps), self.options.step_limit)

    def perform(self, task: Task, *, replicate: int) -> Flow[Answer]:
        """Return the flow of one run: a step of the agent, the calls it waits for, and so on to its end."""
        key = content_key(self.stem, task_to_json(task), replicate)
        run = self._runs.get(key)
        if run is None:
            session = Session(task, self.limits, dangerous=self.options.dangerous, relay=True)
            run = self._runs[key] = Run(key, session, self._make)
        run.users += 1
        try:
            return (yield from self._driven(run, replicate))
        finally:
            run.users -= 1
            if not run.users:
                self._runs.pop(key, None)
                self._ground.soon(self._leave, run)

    def _driven(self, run: Run, replicate: int) -> Flow[Answer]:
        step = 0
        while True:
            payload = {"run": run.key, "step": step}
            (reply,) = yield [Call(endpoint=self._steps, op="step", payload=payload, replicate=replicate)]
            if isinstance(reply, CallError):
                raise FlowError(reply)
            if not run.is_at(step):  # the ledger, or another process, answered in place of the agent
                self._ground.wait(self._reach(run.key, step, slot=False))
            if run.rounds.done and step >= len(run.rounds.asks):
                return self._result(run)
            calls = [self._call(run, ask, replicate) for ask in run.rounds.asks[step]]
            replies = yield calls
            self._ground.soon(run.give, step, list(replies))
            step += 1

    def _call(self, run: Run, ask: Ask, replicate: int) -> Call:
        if ask.op == "model":
            size = sum(len(str(message)) for message in ask.payload["messages"])
            return Call(endpoint=self._model, op="turn", payload=ask.payload, replicate=replicate, length=size)
        rest = {key: value for key, value in ask.payload.items() if key != "ordinal"}
        if ask.payload["tool"] in self.options.pure:
            return Call(endpoint=self._pure, op="call", payload=rest)
        before = run.before(ask)
        payload = {**rest, "trial": run.key, "before": before}
        return Call(endpoint=self._tools, op="call", payload=payload, replicate=replicate)

    def _result(self, run: Run) -> Answer:
        error = run.rounds.error
        if isinstance(error, StoppedError):
            raise error.interrupt
        if run.session.lost is not None:
            raise FlowError(run.session.lost)
        if error is not None:
            raise FlowError(broken(error, self._classifiers))
        try:
            return self.read(run.rounds.result, run.session.trace)
        except ReplyError as wrong:
            raise FlowError(broken(wrong, self._classifiers)) from None

    # --- on the ground

    async def _reach(self, key: str, step: int, *, slot: bool = True) -> None:
        run = self._runs.get(key)
        if run is None:
            return
        async with run.lock:
            if run.is_at(step):
                return
            if not run.started and slot:
                if self._slots is None:
                    self._slots = asyncio.Semaphore(self.options.concurrency)
                await self._slots.acquire()
                run.holds = True
            await run.advance()
            if run.rounds.done:
                self._free(run)

    def _free(self, run: Run) -> None:
        if run.holds and self._slots is not None:
            run.holds = False
            self._slots.release()

    def _leave(self, run: Run) -> None:
        run.stop()
        self._free(run)
        world = self._worlds.pop(run.key, None)
        if world is not None:
            world.close()

    def _world_of(self, trial: str) -> World:
        return self._worlds.setdefault(trial, World(self._world))

    def _shared_world(self) -> World:
        if self._shared is None:
            self._shared = World(self._world)
        return self._shared


class AgentAsItIs(_Agent):
    """A finished agent: a compiled graph or any Runnable with tools, whose run is one call.

    ``make`` gives the agent, fresh for every trial where ``fresh``; faults of the list of tools cannot be put to it.
    """

    def __init__(
        self,
        *,
        name: str,
        stem: str,
        options: AgentOptions,
        replies: Replies,
        make: Make,
        fingerprint: str | None,
        classifiers: Sequence[Classifier] = (),
    ) -> None:
        super().__init__(name=name, stem=stem, options=options, replies=replies)
        self._make = make
        self._ground = Ground()
        self._endpoint = Runs(
            self._ground,
            self._run,
            concurrency=options.concurrency,
            fingerprint=fingerprint,
            classifiers=classifiers,
        )
        self.endpoints: Mapping[str, Endpoint] = MappingProxyType({stem: self._endpoint})

    def perform(self, task: Task, *, replicate: int) -> Flow[Answer]:
        """Return the flow of one run: one call."""
        if any(fault.kind in LISTED for fault in task.faults.faults):
            why = (
                "the list of tools of a finished agent cannot be changed: "
                "pass LangChainAgent(build=..., model=..., tools=...)"
            )
            return Answer(text="", trace=Trace(impossible=why))
        call = Call(
            endpoint=self.stem, op="run", payload=task_to_json(task), replicate=replicate, length=len(task.question)
        )
        (reply,) = yield [call]
        if isinstance(reply, CallError):
            raise FlowError(reply)
        return answer_from_json(reply.value)

    async def _run(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        session = Session(task_from_json(payload), self.limits, dangerous=self.options.dangerous, relay=False)
        value = await run_agent(self._make, session)
        return answer_to_json(self.read(value, session.trace))
