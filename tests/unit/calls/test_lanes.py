"""Concurrent endpoints are kept busy, committed as they answer, stopped when told, and given up when dead."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from concurrent_endpoint import ShuffledEndpoint

import robustcore.calls.engine as engine_module
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.progress import Spent
from robustcore.calls.replies import DEAD_AFTER
from robustcore.calls.types import Call, CallError, Endpoint, Flow, Packing, Reply, Response
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.measures.ir_endpoint import IrEndpoint


def ask(*payloads: object, endpoint: str = "far") -> Flow[list[Reply]]:
    return (yield [Call(endpoint=endpoint, op="say", payload=payload) for payload in payloads])


def engine_with(ledger: Ledger | None = None, **endpoints: Endpoint) -> Engine:
    engine = Engine(ledger or Ledger(None), Run("r"))
    engine.add_endpoints(endpoints)
    return engine


def echo(call: Call) -> object:
    return call.payload


def test_a_call_under_way_is_not_sent_again_and_every_flow_gets_its_reply() -> None:
    far = ShuffledEndpoint(echo, concurrency=8)
    results = dict(engine_with(far=far).run((n, ask("a", n % 3)) for n in range(30)))
    assert len(far.sent) == 4
    assert all(results[n] == [Response(value="a", seconds=results[n][0].seconds), results[n][1]] for n in range(30))  # type: ignore[union-attr]


def test_all_slots_are_filled_and_never_more() -> None:
    far = ShuffledEndpoint(echo, concurrency=7)
    dict(engine_with(far=far).run((n, ask(n)) for n in range(100)))
    assert far.most == 7


def test_a_slow_call_does_not_hold_up_the_flows_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of flows is refilled one by one: its slowest flow outlasts a hundred others."""
    monkeypatch.setattr(engine_module, "LIVE_FLOWS", 4)
    others: list[object] = []
    enough = asyncio.Event()

    async def slow() -> str:
        await enough.wait()
        return "slow"

    def script(call: Call) -> object:
        if call.payload == 0:
            return slow()
        others.append(call.payload)
        if len(others) == 100:
            enough.set()
        return call.payload

    far = ShuffledEndpoint(script, concurrency=4)
    ended = [name for name, _ in engine_with(far=far).run((n, ask(n)) for n in range(101))]
    assert ended[-1] == 0


def test_calls_go_on_while_a_local_batch_holds_the_engines_thread() -> None:
    answered: list[object] = []
    many = threading.Event()

    def far_script(call: Call) -> object:
        answered.append(call.payload)
        if len(answered) == 20:
            many.set()
        return call.payload

    def local_script(call: Call) -> object:
        assert many.wait(30)
        return call.payload

    far = ShuffledEndpoint(far_script, concurrency=2)
    here = ScriptedEndpoint(local_script, packing=Packing(max_calls=1))
    engine = engine_with(far=far, here=here)
    results = dict(engine.run([*((n, ask(n)) for n in range(20)), ("x", ask("x", endpoint="here"))]))
    assert isinstance(results["x"][0], Response)


def test_a_local_batch_waits_until_it_is_full_while_a_lane_is_busy() -> None:
    """Eight flows end their far call one after another; the local batches of four are full nevertheless."""

    def flow(n: int) -> Flow[None]:
        yield from ask(n)
        yield from ask(n, endpoint="here")

    far = ShuffledEndpoint(echo, concurrency=1)
    here = ScriptedEndpoint(echo, packing=Packing(max_calls=4))
    dict(engine_with(far=far, here=here).run((n, flow(n)) for n in range(8)))
    assert here.batches == [4, 4]


def test_a_slot_is_free_only_after_its_reply_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    ledger, reader = Ledger(path), Ledger(path)
    lag: list[int] = []

    def script(call: Call) -> object:
        lag.append(len(far.sent) - reader.count())
        return call.payload

    far = ShuffledEndpoint(script, concurrency=5)
    dict(engine_with(ledger, far=far).run((n, ask(n)) for n in range(60)))
    assert max(lag) <= 5
    assert reader.count() == 60


def test_an_own_exception_is_retried_once() -> None:
    far = ShuffledEndpoint(lambda call: KeyError(call.payload))
    engine = engine_with(far=far)
    (reply,) = dict(engine.run([(1, ask("a"))]))[1]
    assert isinstance(reply, CallError)
    assert (reply.kind, len(far.sent)) == ("system_error", 2)
    assert (engine.counters.sent, engine.counters.retried, engine.counters.failed) == (1, 1, 1)


def test_a_reply_that_is_no_json_becomes_an_error_of_its_call_alone() -> None:
    far = ShuffledEndpoint(lambda call: {1, 2} if call.payload == "bad" else call.payload)
    results = dict(engine_with(far=far).run((p, ask(p)) for p in ("bad", "good")))
    assert isinstance(results["bad"][0], CallError)
    assert isinstance(results["good"][0], Response)


def test_a_dead_endpoint_is_given_up_with_the_reason() -> None:
    far = ShuffledEndpoint(lambda call: ConnectionRefusedError("nobody listens"), concurrency=4)
    engine = engine_with(far=far)
    replies = [reply for _, (reply,) in engine.run((n, ask(n)) for n in range(200))]
    assert DEAD_AFTER <= len(far.sent) < DEAD_AFTER + 4
    assert all(isinstance(reply, CallError) and reply.kind == "infra_error" for reply in replies)
    assert all("nobody listens" in reply.message for reply in replies if isinstance(reply, CallError))
    assert engine.counters.refused == 200 - len(far.sent)
    assert engine.counters.failed == 200
    assert "nobody listens" in engine.notes[0]
    assert len(engine.notes) == 1


def test_a_package_that_is_missing_is_told_of_once_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    engine = engine_with(ir=IrEndpoint())
    given = {"measure": "R@5", "relevance": {"a": 1}}
    found = dict(engine.run((n, ask(given | {"ranking": [f"d{n}"]}, endpoint="ir")) for n in range(30)))
    assert all(isinstance(reply, CallError) for replies in found.values() for reply in replies)
    assert engine.notes == [
        "a retrieval measure needs 'ir_measures', which is not installed: pip install \"pytest-robust[ir]\""
    ]


def test_an_endpoint_that_answers_now_and_then_is_not_given_up() -> None:
    far = ShuffledEndpoint(lambda call: call.payload if call.payload % 15 == 0 else TimeoutError("slow"), concurrency=1)
    engine = engine_with(far=far)
    dict(engine.run((n, ask(n)) for n in range(100)))
    assert len(far.sent) == 100
    assert not engine.notes


@pytest.mark.parametrize("again", [False, True])
def test_ctrl_c_cancels_what_is_under_way_and_keeps_what_was_answered(tmp_path: Path, again: bool) -> None:
    """Once, and a second time while the first is still being cleaned up after."""
    path = tmp_path / "l.sqlite"
    pressed: list[bool] = []

    async def never() -> None:
        if len([call for call in far.sent if call.payload >= 10]) == 3 and not pressed:
            pressed.append(True)  # all three may see three: only one of them presses
            os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if again and len(pressed) == 1:  # a third might come when the test is over, and end the whole run
                pressed.append(True)
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.sleep(0.01)
            raise

    far = ShuffledEndpoint(lambda call: call.payload if call.payload < 10 else never(), concurrency=3, version="1")
    engine = engine_with(Ledger(path), far=far)
    with pytest.raises(KeyboardInterrupt):
        dict(engine.run((n, ask(n)) for n in range(40)))
    if not again:
        assert far.cancelled == 3
    second = ShuffledEndpoint(echo, version="1")
    ledger = Ledger(path)
    dict(engine_with(ledger, far=second).run((n, ask(n)) for n in range(40)))
    assert sorted(call.payload for call in second.sent) == list(range(10, 40))
    assert not ledger.notes


def test_an_engine_goes_on_after_an_interrupt() -> None:
    far = ShuffledEndpoint(lambda call: KeyboardInterrupt() if len(far.sent) == 5 else call.payload, concurrency=2)
    engine = engine_with(far=far)
    with pytest.raises(KeyboardInterrupt):
        dict(engine.run((n, ask(n)) for n in range(20)))
    results = dict(engine.run((n, ask(n)) for n in range(20)))
    assert [reply.value for n in range(20) for reply in results[n] if isinstance(reply, Response)] == list(range(20))
    assert engine.counters.under_way == 0


def test_tokens_are_counted_by_endpoint_and_only_when_they_are_paid_for(tmp_path: Path) -> None:
    for expected in ({"far": Spent(sent=10, input_tokens=30, output_tokens=10)}, {}):
        far = ShuffledEndpoint(lambda call: Response(value=call.payload, usage=(3, 1)), version="1")
        engine = engine_with(Ledger(tmp_path / "l.sqlite"), far=far)
        dict(engine.run((n, ask(n)) for n in range(10)))
        assert {name: replace(spent, seconds=0.0) for name, spent in engine.counters.spent.items()} == expected


@pytest.mark.parametrize("kind", ["far", "here"])
def test_what_another_run_answers_meanwhile_is_not_sent(tmp_path: Path, kind: str) -> None:
    """The other run commits everything while this one waits for its first reply."""
    path = tmp_path / "l.sqlite"
    other = Ledger(path)

    def script(call: Call) -> object:
        if not other.count():
            calls = [Call(endpoint=kind, op="say", payload=n) for n in range(10)]
            other.put_many({engine.key_of(c): Response(value=c.payload) for c in calls if c.payload != call.payload})
        return call.payload

    far = ShuffledEndpoint(script, concurrency=1, version="1")
    here = ScriptedEndpoint(script, version="1", packing=Packing(max_calls=1))
    engine = engine_with(Ledger(path), far=far, here=here)
    results = dict(engine.run((n, ask(n, endpoint=kind)) for n in range(10)))
    assert [reply.value for n in range(10) for reply in results[n] if isinstance(reply, Response)] == list(range(10))
    assert len(far.sent) + len(here.sent) == 1
    assert (engine.counters.sent, engine.counters.hits) == (1, 9)


def test_responses_in_memory_do_not_grow_with_the_number_of_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "LIVE_FLOWS", 10)
    engine = engine_with(far=ShuffledEndpoint(echo, concurrency=3))
    most = 0
    for _ in engine.run((n, ask(n, "shared")) for n in range(200)):
        most = max(most, len(engine._replies.held))
    assert most < 40
    assert engine.counters.sent == 201
