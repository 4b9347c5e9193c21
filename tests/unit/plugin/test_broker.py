"""The broker over real connections: engines in threads stand for the workers of a run."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import pytest

from pytest_robust.broker import Broker
from pytest_robust.broker_client import BrokerClient
from pytest_robust.broker_lanes import BrokerLanes
from pytest_robust.desk import Desk
from pytest_robust.messages import HOST
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, CallError, Endpoint, Flow, Packing, Reply, Response
from robustcore.keys import content_key

RUN = Run("run", resumed=True)


class Echo:
    """Returns what it is asked, slowly enough for processes to meet; counts in a list that its copies share."""

    live = False

    def __init__(self, sent: list[str], *, fingerprint: str | None = None, fails: str = "", batch: int = 4) -> None:
        self.sent, self.fingerprint, self.fails = sent, fingerprint, fails
        self.packing = Packing(max_calls=batch, by_length=False)

    def run(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        for index, call in enumerate(calls):
            self.sent.append(call.payload)
            time.sleep(0.002)
            if call.payload == self.fails:
                yield index, CallError(kind="system_error", message="it raises", exception="KeyError")
            else:
                yield index, Response(value=call.payload.upper())


def asks(texts: Sequence[str]) -> Iterator[tuple[str, Flow[str]]]:
    for text in texts:
        yield text, _ask(text)


def _ask(text: str) -> Flow[str]:
    (reply,) = yield [Call(endpoint="echo", op="echo", payload=text)]
    return reply.value if isinstance(reply, Response) else f"{reply.kind}: {reply.message}"


class Company:
    """A broker, and workers that it serves."""

    def __init__(self, folder: Path, hosted: Endpoint | None = None) -> None:
        self.ledger = folder / "ledger.sqlite"
        Ledger(self.ledger).close()
        self.broker = Broker(lambda file, scenario, name: hosted)
        if hosted is not None:
            self.broker.open_desk(lambda told: Desk(self.ledger, told, bound_to=lambda name: ""))
        self.results: dict[str, dict[str, str]] = {}
        self.engines: dict[str, Engine] = {}

    def worker(self, who: str, endpoint: Endpoint, texts: Sequence[str], *, hosted: bool = False) -> threading.Thread:
        def work() -> None:
            client = BrokerClient(self.broker.port, self.broker.secret, who)
            lanes = BrokerLanes(client, {"echo": ("file", "scenario")} if hosted else {})
            engine = self.engines[who] = Engine(Ledger(self.ledger), RUN, peers=client, lanes=lanes)
            engine.add_endpoints({"echo": endpoint})
            self.results[who] = dict(engine.run(asks(texts)))
            engine.close()
            client.close()

        return threading.Thread(target=work)

    def work(self, *workers: threading.Thread) -> None:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
            assert not worker.is_alive(), "a worker waits for ever"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path)
    yield made
    made.broker.close()


TEXTS = [f"word {number}" for number in range(60)]


def test_workers_send_each_call_once_and_all_get_every_reply(company: Company) -> None:
    sent: list[str] = []
    orders = (TEXTS, TEXTS[::-1], TEXTS[30:] + TEXTS[:30])
    company.work(*(company.worker(f"gw{i}", Echo(sent), order) for i, order in enumerate(orders)))
    assert Counter(sent) == Counter(TEXTS)
    assert all(found == {text: text.upper() for text in TEXTS} for found in company.results.values())
    counted = [engine.counters for engine in company.engines.values()]
    assert (sum(c.unique for c in counted), sum(c.sent for c in counted)) == (60, 60)
    assert sum(c.hits for c in counted) == 0


def test_what_raises_is_tried_twice_in_all_and_told_to_everybody(company: Company) -> None:
    sent: list[str] = []
    company.work(*(company.worker(f"gw{i}", Echo(sent, fails="word 7"), TEXTS) for i in range(3)))
    assert Counter(sent) == Counter([*TEXTS, "word 7"])
    assert {found["word 7"] for found in company.results.values()} == {"system_error: it raises"}
    assert sum(engine.counters.failed for engine in company.engines.values()) == 1


def test_a_lost_broker_leaves_every_worker_on_its_own(company: Company) -> None:
    sent: list[str] = []
    first = company.worker("gw0", Echo(sent), TEXTS)
    first.start()
    while len(sent) < 5:
        time.sleep(0.002)
    for ear in list(company.broker._ears.values()):
        ear.close()
    company.broker.close()
    first.join(30)
    assert company.results["gw0"] == {text: text.upper() for text in TEXTS}


def test_hosted_endpoints_run_at_the_desk_alone(tmp_path: Path) -> None:
    here: list[str] = []
    there: list[str] = []
    key = content_key("echo")
    company = Company(tmp_path, Echo(there, fingerprint=key, fails="word 7"))
    workers = [company.worker(f"gw{i}", Echo(here, fingerprint=key), TEXTS, hosted=True) for i in range(2)]
    company.work(*workers)
    company.broker.close()
    assert here == []
    assert Counter(there) == Counter([*TEXTS, "word 7"])
    expected = {text: text.upper() for text in TEXTS} | {"word 7": "system_error: it raises"}
    assert all(found == expected for found in company.results.values())
    desk = company.broker.desk
    assert desk is not None
    assert (desk.counters.sent, desk.counters.failed, desk.counters.retried) == (60, 1, 1)
    assert sum(engine.counters.sent for engine in company.engines.values()) == 0


def test_an_endpoint_that_is_another_one_here_stays_with_the_workers(tmp_path: Path) -> None:
    here: list[str] = []
    there: list[str] = []
    company = Company(tmp_path, Echo(there, fingerprint="a"))
    workers = [company.worker(f"gw{i}", Echo(here, fingerprint="b"), TEXTS, hosted=True) for i in range(2)]
    company.work(*workers)
    company.broker.close()
    assert there == []
    assert Counter(here) == Counter(TEXTS)


def test_who_does_not_know_the_secret_is_not_served(company: Company) -> None:
    with pytest.raises(AuthenticationError):
        Client((HOST, company.broker.port), authkey=b"guess")
    sent: list[str] = []
    company.work(company.worker("gw0", Echo(sent), TEXTS[:3]))
    assert len(sent) == 3


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def test_messages_are_json(monkeypatch: pytest.MonkeyPatch, company: Company) -> None:
    """Nothing is pickled: what the desk and the workers exchange can be read as JSON."""
    import multiprocessing.connection as connection

    seen: list[bytes] = []
    send = connection.Connection.send_bytes

    def watched(self: connection.Connection, data: bytes, *rest: int) -> None:
        seen.append(bytes(data))
        send(self, data, *rest)

    monkeypatch.setattr(connection.Connection, "send_bytes", watched)
    monkeypatch.setattr(connection.Connection, "send", None)
    company.work(company.worker("gw0", Echo([]), TEXTS[:3]))
    said = [_read(data) for data in seen if not data.startswith(b"#")]
    assert said.count(None) == seen.count(b"#WELCOME#") > 0  # digests that two sides know one another by
    assert any(message.get("op") == "claim" for message in said if isinstance(message, dict))
