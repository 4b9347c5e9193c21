"""What a Ray actor does: makes endpoints from data, once each, and answers batches with rows of plain data."""

from __future__ import annotations

import importlib
import json
import os
import platform
import time
from collections.abc import Sequence
from typing import Any, TypeAlias

from robustcore.calls.lanes import settled
from robustcore.calls.packing import Batch
from robustcore.calls.types import Call, CallError, Endpoint, Reply, Response
from robustcore.endpoints.specs import Build, Spec, make_endpoint
from robustcore.errors import RobustError
from robustcore.registry import Registry

KINDS = "robustcore.endpoints.specs:endpoint_kinds"

CallRow: TypeAlias = tuple[str, Any, Any, int, int]
"""``op, payload, settings, replicate, length`` of a call."""

ReplyRow: TypeAlias = tuple[Any, ...]
"""``index, value as JSON text, seconds, input tokens, output tokens``, or ``index, kind, message, exception``."""


class EndpointActor:
    """Holds the endpoints it was asked for. ``kinds`` names the function that returns the registry of their kinds."""

    def __init__(self, kinds: str = KINDS) -> None:
        self._kinds = kinds
        self._made: dict[str, Endpoint] = {}

    def about(self) -> dict[str, Any]:
        """Return the process id; that it answers says that the actor is up."""
        return {"pid": os.getpid()}

    def run(self, name: str, spec: str, fingerprint: str | None, rows: Sequence[CallRow]) -> list[ReplyRow]:
        """Answer the calls ``rows`` of one batch with the endpoint of ``spec``, a JSON text; one row for each."""
        try:
            endpoint = self._endpoint(name, spec, fingerprint)
        except Exception as error:  # it cannot be made here, which is never a verdict on anybody
            failure = CallError(kind="infra_error", message=str(error)[:2000], exception=type(error).__name__)
            return [row_of_reply(index, failure) for index in range(len(rows))]
        calls = tuple(call_of_row(name, row) for row in rows)
        batch = Batch(endpoint=name, op=calls[0].op, keys=("",) * len(calls), calls=calls)
        began = time.perf_counter()
        replies = list(settled(endpoint, batch))
        share = (time.perf_counter() - began) / len(calls)
        return [row_of_reply(index, reply, share) for index, reply in replies]

    def _endpoint(self, name: str, spec: str, fingerprint: str | None) -> Endpoint:
        endpoint = self._made.get(spec)
        if endpoint is None:
            data: Spec = json.loads(spec)
            module, _, attribute = self._kinds.partition(":")
            kinds: Registry[Build] = getattr(importlib.import_module(module), attribute)()
            endpoint = make_endpoint(data, kinds)
            if endpoint.fingerprint != fingerprint:
                what = f"{name} is another one on {platform.node()} than where the run was started"
                found = f"{endpoint.fingerprint!r} instead of {fingerprint!r}"
                raise RobustError(f"{what} ({found}); install the same versions and give every node the same files")
            self._made[spec] = endpoint
        return endpoint


def row_of_call(call: Call) -> CallRow:
    """Return ``call`` as plain data, without the name of its endpoint."""
    return call.op, call.payload, call.settings, call.replicate, call.length


def call_of_row(name: str, row: CallRow) -> Call:
    """Return the call of a row."""
    op, payload, settings, replicate, length = row
    return Call(endpoint=name, op=op, payload=payload, settings=settings, replicate=replicate, length=length)


def row_of_reply(index: int, reply: Reply, share: float = 0.0) -> ReplyRow:
    """Return ``reply`` as plain data; a response that says no time of its own gets ``share`` seconds."""
    if isinstance(reply, CallError):
        return index, reply.kind, reply.message, reply.exception
    try:
        text = json.dumps(reply.value)  # so that no class of ours, or of anybody, is unpickled at the other end
    except (TypeError, ValueError) as error:
        message = f"the endpoint's reply is not a JSON value: {error}"
        return index, "infra_error", message, ""
    return index, text, reply.seconds or share, *reply.usage


def reply_of_row(row: ReplyRow) -> tuple[int, Reply]:
    """Return the index and the reply of a row."""
    if len(row) == 4:
        index, kind, message, exception = row
        return index, CallError(kind=kind, message=message, exception=exception)
    index, text, seconds, read, written = row
    return index, Response(value=json.loads(text), seconds=seconds, usage=(read, written))
