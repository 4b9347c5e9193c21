"""A run of 2,000 calls against the counting server: ``python counted_run.py LEDGER PORT CONCURRENCY CALLS``."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Call, Flow, Packing, Reply, Response


class EchoService:
    """Asks the server over a connection of its own for each call."""

    packing = Packing()
    live: Final = False
    fingerprint: Final = "echo-service-1"

    def __init__(self, port: int, concurrency: int) -> None:
        self.port = port
        self.concurrency = concurrency

    async def answer(self, call: Call) -> Reply:
        """Return what the server echoes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = json.dumps(call.payload).encode()
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer = await reader.read()
        writer.close()
        return Response(value=json.loads(answer.partition(b"\r\n\r\n")[2]))

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Refuse: the engine asks call by call."""
        raise AssertionError("a concurrent endpoint was given a batch")


def ask(number: int) -> Flow[int]:
    """Ask one thing, and another with what came back."""
    half, later = number // 2, 0
    (reply,) = yield [Call(endpoint="echo", op="say", payload=2 * half)]
    if isinstance(reply, Response):
        (second,) = yield [Call(endpoint="echo", op="say", payload=reply.value + number % 2)]
        assert isinstance(second, Response)
        later = second.value
    return later


if __name__ == "__main__":
    ledger = Ledger(Path(sys.argv[1]))
    engine = Engine(ledger, ledger.start_run())
    engine.add_endpoints({"echo": EchoService(int(sys.argv[2]), int(sys.argv[3]))})
    results = dict(engine.run((number, ask(number)) for number in range(int(sys.argv[4]))))
    engine.close()
    assert results == {number: number for number in results}
    print(engine.counters.sent, engine.counters.hits)
