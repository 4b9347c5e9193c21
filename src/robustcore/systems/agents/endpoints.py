"""The endpoints of an agent: its steps, its model, its tools, or its run as a whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from robustcore.calls.failures import Classifier, classify
from robustcore.calls.types import Call, Packing, Reply, Response
from robustcore.endpoints.driving import answers
from robustcore.systems.agents.ground import Ground, StoppedError, World
from robustcore.systems.agents.run import broken
from robustcore.systems.agents.session import Result

MANY: Final = 4096


class _Waiting:
    """What these endpoints share: calls one by one on the agents' ground, at most ``concurrency`` at once."""

    live = False
    packing = Packing(max_calls=1, by_length=False)

    def __init__(self, ground: Ground, *, concurrency: int, fingerprint: str | None = None) -> None:
        self.ground = ground
        self.concurrency = concurrency
        self.fingerprint = fingerprint

    async def answer(self, call: Call) -> Reply:
        """Return the reply of one call."""
        began = time.perf_counter()
        reply: Reply = await self.ground.here(self.reply(call))
        if isinstance(reply, Response) and not reply.seconds:
            return Response(value=reply.value, seconds=time.perf_counter() - began, usage=reply.usage)
        return reply

    async def reply(self, call: Call) -> Reply:
        """Return the reply of one call, on the ground."""
        raise NotImplementedError

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Answer ``calls`` from synchronous code, each reply as soon as it is there."""
        return answers(self.answer, calls, concurrency=self.concurrency, close=_nothing)


async def _nothing() -> None:
    return None


class Steps(_Waiting):
    """Brings a run to the point where it waits for calls, or to its end: ``reach(key of the run, number of the step)``.

    Its replies hold nothing: the run is in memory, and whoever is answered from the ledger brings it there itself.
    """

    def __init__(self, ground: Ground, reach: Callable[[str, int], Any]) -> None:
        super().__init__(ground, concurrency=MANY)
        self._reach = reach

    async def reply(self, call: Call) -> Reply:
        """Return an empty response once the run is there."""
        await self._reach(call.payload["run"], call.payload["step"])
        return Response(value=call.payload["step"])


class Model(_Waiting):
    """The chat model of an agent: op ``turn`` with messages, tools and options gives its message.

    ``live`` is True for a model that is reached by name; an object of the user's is the user's matter.
    """

    def __init__(
        self, ground: Ground, make: Callable[[], Any], *, concurrency: int, fingerprint: str | None,
        live: bool = False, classifiers: Sequence[Classifier] = (),
    ) -> None:  # fmt: skip
        super().__init__(ground, concurrency=concurrency, fingerprint=fingerprint)
        self.live = live
        self._make = make
        self._model: Any = None
        self._classifiers = classifiers

    async def reply(self, call: Call) -> Reply:
        """Return the model's message as JSON."""
        from robustcore.systems.agents import messages as wire

        try:
            if self._model is None:
                self._model = self._make()
            payload: Mapping[str, Any] = call.payload
            options = dict(payload["options"])
            stop = options.pop("stop", None)
            model = self._model.bind_tools(payload["tools"], **options) if payload["tools"] else self._model
            if not payload["tools"] and options:
                model = model.bind(**options)
            messages = wire.messages_from_json(payload["messages"])
            message = await model.ainvoke(messages, **({"stop": stop} if stop else {}))
        except StoppedError as stopped:
            raise stopped.interrupt from None
        except Exception as error:  # costs this call alone
            return classify(error, self._classifiers)
        used = getattr(message, "usage_metadata", None) or {}
        usage = int(used.get("input_tokens", 0)), int(used.get("output_tokens", 0))
        (value,) = wire.messages_to_json([message])
        return Response(value=value, usage=usage)


class PureTools(_Waiting):
    """Tools whose result depends on their arguments alone: one set of them for all trials."""

    def __init__(
        self, ground: Ground, world: Callable[[], World], *, limit: float, concurrency: int, fingerprint: str | None
    ) -> None:
        super().__init__(ground, concurrency=concurrency, fingerprint=fingerprint)
        self._world = world
        self._limit = limit

    async def reply(self, call: Call) -> Reply:
        """Return the result of one call, as `Result`'s fields; what a tool raises is a result."""
        return Response(value=_fields(await ran(self._world(), call.payload, self._limit)))


class StatefulTools(_Waiting):
    """Tools that may change something: each trial has a world of its own, in which its calls happen once, in order.

    ``payload["before"]`` are the calls of the trial so far; those that did not happen in this process (the ledger
    answered for them) are made up for, so that a resumed trial finds the state it had.
    """

    def __init__(self, ground: Ground, world_of: Callable[[str], World], *, limit: float, concurrency: int) -> None:
        super().__init__(ground, concurrency=concurrency)
        self._world_of = world_of
        self._limit = limit

    async def reply(self, call: Call) -> Reply:
        """Return the result of one call, as `Result`'s fields; what a tool raises is a result."""
        payload = call.payload
        world = self._world_of(payload["trial"])
        due = [*payload["before"], payload]
        async with world.lock:
            for earlier in due[len(world.results) :]:
                world.results.append(await ran(world, earlier, self._limit))
        return Response(value=_fields(world.results[len(due) - 1]))


async def ran(world: World, payload: Mapping[str, Any], limit: float) -> Result:
    """Return what a tool of ``world`` gives for the arguments of ``payload``, after its delay."""
    from robustcore.systems.agents.wrapped import executed, executed_here, has_async

    try:
        name = payload["tool"]
        tool = world.tool(name) if world.made else await asyncio.to_thread(world.tool, name)
    except KeyError:
        return Result(text=f"Error: there is no tool {payload['tool']!r}", status="error")
    call = {"type": "tool_call", "id": "call", "name": payload["tool"], "args": payload["arguments"]}
    delay = float(payload.get("delay", 0.0))
    if has_async(tool):
        return await executed(lambda: tool.ainvoke(call), limit, delay)
    return await executed_here(lambda: tool.invoke(call), limit, delay)


def _fields(result: Result) -> dict[str, Any]:
    return {name: getattr(result, name) for name in ("text", "content", "artifact", "status", "raised", "seconds")}


class Runs(_Waiting):
    """The run of an agent as one call: ``run(payload)`` gives an `Answer` as JSON."""

    def __init__(
        self, ground: Ground, run: Callable[[Mapping[str, Any]], Any], *, concurrency: int, fingerprint: str | None,
        classifiers: Sequence[Classifier] = (),
    ) -> None:  # fmt: skip
        super().__init__(ground, concurrency=concurrency, fingerprint=fingerprint)
        self._run = run
        self._classifiers = classifiers

    async def reply(self, call: Call) -> Reply:
        """Return the answer with its trace."""
        try:
            return Response(value=await self._run(call.payload))
        except StoppedError as stopped:
            raise stopped.interrupt from None
        except Exception as error:
            return broken(error, self._classifiers)
