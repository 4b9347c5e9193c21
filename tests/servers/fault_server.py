"""A chat service on loopback with real sockets that misbehaves as each prompt asks, and counts what it was sent.

In a test: ``with FaultServer() as server: ...``, with ``server.url`` as the base URL of an OpenAI-compatible API. In a
process of its own: ``python -m servers.fault_server --latency 0.05`` prints its URL and serves until it is ended;
``GET /counts`` tells then what it was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from servers.faults import FAULTS, REPLIES, Asked, Said, completion, echo, fault_of, message, prompt_of

Answer = Callable[[Asked], Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request that arrived: for which ``prompt``, what it was given (``fault``, empty for a good answer)."""

    prompt: str
    fault: str
    answered: bool
    headers: dict[str, str]
    body: dict[str, Any]


class FaultServer:
    """The service; a context manager that runs it in a thread. ``seen`` lists requests in order of their replies.

    ``answer`` makes the text of a good answer, or a call of a tool; ``latency`` seconds pass before any reply;
    ``capacity`` answers 429 to requests that arrive while so many are under way.
    """

    def __init__(self, *, latency: float = 0.0, answer: Answer | None = None, capacity: int = 0) -> None:
        self.latency, self.capacity = latency, capacity
        self.seen: list[Seen] = []
        self.most_at_once = self.connections = 0
        self.url = ""
        self._answer: Answer = answer or (lambda asked: f"answer to {asked.prompt}")
        self._arrived: dict[str, int] = {}
        self._under_way = 0
        self._loop = asyncio.new_event_loop()

    def requests(self, prompt: str) -> int:
        """Return how many requests for ``prompt`` have been replied to."""
        return sum(seen.prompt == prompt for seen in self.seen)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return for each prompt how many requests ``arrived``, and how many were ``answered``."""
        counts = {prompt: {"arrived": arrived, "answered": 0} for prompt, arrived in self._arrived.items()}
        for seen in self.seen:
            counts[seen.prompt]["answered"] += seen.answered
        return counts

    def __enter__(self) -> Self:
        """Start serving on a free port of 127.0.0.1."""
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        if not started.wait(10):
            raise RuntimeError("the server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and drop the connections that are open."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self, started: threading.Event) -> None:
        self._loop.run_until_complete(self.open())
        started.set()
        try:
            self._loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    async def open(self, port: int = 0) -> asyncio.Server:
        """Listen on ``port`` (0: a free one) and set ``url``."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", port, backlog=1024)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                await self._one(reader, writer)
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        data = await reader.readexactly(int(headers.get("content-length", "0")))
        if method == "GET":
            writer.write(message(200, json.dumps(self.counts()).encode()))
            return
        try:
            body = json.loads(data)
        except ValueError:  # no question: somebody takes this for another service
            writer.write(message(400, b"{}"))
            return
        await self._reply(Asked(path=path, headers=headers, body=body, prompt=prompt_of(body)), reader, writer)

    async def _reply(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before = self._arrived.get(asked.prompt, 0)
        self._arrived[asked.prompt] = before + 1
        fault = fault_of(asked.prompt, before)
        if self.capacity and self._under_way >= self.capacity:
            fault = "rate_limit"
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            await asyncio.sleep(self.latency)
            await self._act(asked, fault, reader, writer)
        finally:
            self._under_way -= 1

    async def _act(self, asked: Asked, fault: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        text = self._answer(asked)
        good = message(200, json.dumps(completion(asked, text)).encode(), echo(asked))
        # counted before it is written: a client that has its answer must find it in the counts
        answered = fault not in FAULTS
        self.seen.append(
            Seen(prompt=asked.prompt, fault=fault, answered=answered, headers=asked.headers, body=asked.body)
        )
        if not fault:
            writer.write(good)
            await writer.drain()
            return
        act = {**FAULTS, **REPLIES}[fault](asked, good, writer)
        if fault not in ("hang", "trickle"):
            await act
            return
        # a client that gives up closes its side: nothing hangs for nobody
        sides = {asyncio.ensure_future(act), asyncio.ensure_future(reader.read(1))}
        await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        for side in sides:
            side.cancel()
        writer.close()


def main() -> None:
    """Serve in this process until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m servers.fault_server", description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()

    async def serve() -> None:
        service = FaultServer(latency=given.latency)
        server = await service.open(given.port)
        print(service.url, flush=True)
        await server.serve_forever()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
