"""(f) Chat calls through engine, endpoint and ledger: against what the service's latency allows, and a bare loop."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.timing import Usage, interleaved, median_of, median_ratio, print_table, verdict
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Call, Flow, Response
from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.remote.chat_model import make_model
from robustcore.endpoints.remote.rates import Limits

CONCURRENCY = 64
SLOW, FAST = 0.5, 0.05  # seconds before the service answers
OF_IDEAL, OF_BARE = 1.25, 1.1
SETTINGS = {"max_tokens": 64, "temperature": 0}
TESTS = Path(__file__).parents[1] / "tests"


def run(folder: Path, repeats: int, *, calls: int = 2000) -> None:
    """Measure and print both; ``calls`` unique calls each time, with the service in a process of its own."""
    with service(SLOW) as url:
        _ours(folder / "warm", url, 2 * CONCURRENCY)  # imports, and the service's own
        slow = [_ours(folder / f"slow-{repeat}", url, calls) for repeat in range(repeats)]
    ideal = calls * SLOW / CONCURRENCY
    wall = median_of(slow, "wall")
    rows = [[f"{SLOW * 1e3:.0f} ms", f"calls x latency / {CONCURRENCY}: {ideal:.2f} s", *_row(slow)]]
    rows[0] += [f"{wall / ideal:.3f}", verdict(wall / ideal, at_most=OF_IDEAL)]
    with service(FAST) as url:
        number = iter(range(repeats + 1))
        work: dict[str, Callable[[], Usage]] = {
            "ours": lambda: _ours(folder / f"fast-{next(number)}", url, calls),
            "bare": partial(_bare, url, calls),
        }
        taken = interleaved(work, repeats)
    ratio = median_ratio(taken["ours"], taken["bare"], "wall")
    bare = "bounded ainvoke: {}, cpu {}".format(*_row(taken["bare"]))
    rows.append([f"{FAST * 1e3:.0f} ms", bare, *_row(taken["ours"]), f"{ratio:.3f}", verdict(ratio, at_most=OF_BARE)])
    print_table(
        f"(f) {calls} unique chat calls, {CONCURRENCY} at once; {repeats} interleaved repeats",
        ["service answers after", "reference", "wall", "cpu", "ratio of wall", "target"],
        rows,
    )


def _row(usages: list[Usage]) -> list[str]:
    return [f"{median_of(usages, figure):.2f} s" for figure in ("wall", "cpu")]


@contextmanager
def service(latency: float) -> Iterator[str]:
    """Serve the chat completions API on loopback; give its base URL."""
    command = [sys.executable, "-m", "servers.fault_server", f"--latency={latency}"]
    place = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, env=place, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _ours(folder: Path, url: str, calls: int) -> Usage:
    """Put each prompt through a flow of its own; every answer is in the ledger's file at the end."""
    began, cpu = time.perf_counter(), _cpu()
    ledger = Ledger(folder / "ledger.sqlite")
    engine = Engine(ledger, ledger.start_run())
    limits = Limits(concurrency=CONCURRENCY)
    engine.add_endpoints({"chat": ChatEndpoint("openai:served", options={"base_url": url}, limits=limits)})
    answered = sum(done for _, done in engine.run(((n, _flow(n)) for n in range(calls)), expected=calls))
    usage = Usage(wall=time.perf_counter() - began, cpu=_cpu() - cpu)
    _check(answered, calls, url)
    return usage


def _flow(number: int) -> Flow[bool]:
    (reply,) = yield [Call(endpoint="chat", op="chat", payload={"messages": _messages(number)}, settings=SETTINGS)]
    return isinstance(reply, Response)


def _bare(url: str, calls: int) -> Usage:
    """Do what a script would: the same LangChain model, ``ainvoke`` under a semaphore."""

    async def one(model: Any, gate: asyncio.Semaphore, number: int) -> bool:
        async with gate:
            return bool((await model.ainvoke(_messages(number), **SETTINGS)).content)

    async def loop() -> int:
        model, client = make_model("openai:served", {"base_url": url}, "", here=True)
        gate = asyncio.Semaphore(CONCURRENCY)
        answered = sum(await asyncio.gather(*(one(model, gate, number) for number in range(calls))))
        await client.aclose()
        return answered

    began, cpu = time.perf_counter(), _cpu()
    answered = asyncio.run(loop())
    usage = Usage(wall=time.perf_counter() - began, cpu=_cpu() - cpu)
    _check(answered, calls, url)
    return usage


def _messages(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"question {number}: what does the harbour authority of Orlewick inspect?"}]


def _check(answered: int, calls: int, url: str) -> None:
    """Fail if the figures would not be those of ``calls`` answers that the service was asked for."""
    with urlopen(url.replace("/v1", "/counts")) as told:
        reached = told.read().count(b'"arrived"')
    if answered != calls or reached < calls:
        raise SystemExit(f"{answered} of {calls} calls were answered; {reached} prompts reached the service")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
