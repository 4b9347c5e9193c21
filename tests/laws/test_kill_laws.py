"""A run that is killed at any moment pays again for no call that was committed, and for few that were under way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.counted_run import EchoService

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call

SERVERS = Path(__file__).parents[1] / "servers"
CALLS, KILLS, CONCURRENCY, LATENCY = 2000, 10, 16, 0.005


class Server:
    def __init__(self, folder: Path) -> None:
        self.log = folder / "received.log"
        self.log.touch()
        command = [sys.executable, str(SERVERS / "counting_server.py"), str(self.log), str(LATENCY)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = self.process.stdout.readline().strip()

    def received(self) -> Counter[str]:
        return Counter(self.log.read_text().split())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()


def start(ledger: Path, server: Server) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(SERVERS / "counted_run.py"), str(ledger), server.port, str(CONCURRENCY), str(CALLS)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def committed(path: Path) -> set[str]:
    ledger = Ledger(path)
    engine = Engine(ledger, Run("reader"))
    engine.add_endpoints({"echo": EchoService(0, 1)})
    keys = {engine.key_of(Call(endpoint="echo", op="say", payload=n)): str(n) for n in range(CALLS)}
    found = {keys[key] for key in ledger.get_many(list(keys))}
    assert not ledger.notes
    ledger.close()
    return found


def test_what_was_committed_before_a_kill_is_never_asked_again(tmp_path: Path, server: Server) -> None:
    path = tmp_path / "ledger.sqlite"
    rng = random.Random(2)
    paid: list[tuple[Counter[str], set[str]]] = []  # what the server had received at each kill, and what was committed
    before: Counter[str] = Counter()
    for at in sorted(rng.sample(range(1, CALLS), KILLS)):
        process = start(path, server)
        while sum(server.received().values()) < max(at, before.total() + 1):
            assert process.poll() is None, "the run ended before it could be killed"
            time.sleep(0.002)
        time.sleep(rng.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(10 * LATENCY)  # the server may still read what was sent
        seen, done = server.received(), committed(path)
        assert len(set(seen - before) - done) <= CONCURRENCY
        paid.append((seen, done))
        before = seen
    last = start(path, server)
    told, _ = last.communicate(timeout=60)
    assert last.returncode == 0
    final = server.received()
    assert set(final) == {str(number) for number in range(CALLS)}
    for seen, done in paid:
        assert all(final[call] == seen[call] for call in done)
    assert final.total() - CALLS <= KILLS * CONCURRENCY
    assert told.split()[1] == str(len(paid[-1][1]))
