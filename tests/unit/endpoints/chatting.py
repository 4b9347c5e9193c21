"""What the tests of chat endpoints share: calls, and endpoints that ask the fault server without long waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from servers.fault_server import FaultServer

from robustcore.calls.types import Call, CallError, Reply, Response
from robustcore.endpoints.generation import Generation
from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.remote.rates import Limits
from robustcore.endpoints.remote.retry import Patience

QUICK = Patience(retries=1, timeout=0.5, total_timeout=60, first_wait=0.01)


def call(prompt: str, **settings: Any) -> Call:
    payload = {"messages": [{"role": "user", "content": prompt}]}
    return Call(endpoint="chat", op="chat", payload=payload, settings=settings or None)


def endpoint(server: FaultServer, *, concurrency: int = 64, patience: Patience = QUICK, **more: Any) -> ChatEndpoint:
    options = {"base_url": server.url, **more.pop("options", {})}
    limits = more.pop("limits", Limits(concurrency=concurrency))
    return ChatEndpoint("openai:served", options=options, limits=limits, patience=patience, **more)


def replies(asked: ChatEndpoint, calls: Sequence[Call]) -> list[Reply]:
    found = dict(asked.run(calls))
    return [found[index] for index in range(len(calls))]


def said(reply: Reply) -> Generation:
    assert isinstance(reply, Response), reply
    return Generation.from_json(reply.value)


def why(reply: Reply) -> CallError:
    assert isinstance(reply, CallError), reply
    return reply
