"""Laws of the engine with lanes of every kind: any schedule gives the results of one call at a time."""

from __future__ import annotations

from unittest.mock import patch

from concurrent_endpoint import ShuffledEndpoint
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import ManyLanes

import robustcore.calls.engine as engine_module
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, Endpoint, Flow, Packing, Response
from robustcore.endpoints.scripted import ScriptedEndpoint

# A flow is a list of rounds; a round is a list of (endpoint, number); each reply is added to what comes next.
Rounds = list[list[tuple[str, int]]]
NAMES = ("here", "far", "farther")
ROUND = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 5)), max_size=4)
KINDS = st.sampled_from(["own", "workers", "shared"])
FLOWS = st.lists(st.lists(ROUND, max_size=4), max_size=12)


def formula(call: Call) -> int:
    return len(call.endpoint) + int(call.payload[0]) * 3 + int(call.payload[1])


def flow(rounds: Rounds) -> Flow[list[int]]:
    total, seen = 0, []
    for asked in rounds:
        replies = yield [Call(endpoint=name, op="add", payload=[total % 7, n], length=n) for name, n in asked]
        values = [reply.value for reply in replies if isinstance(reply, Response)]
        assert len(values) == len(asked)
        total += sum(values)
        seen.append(total)
    return seen


def one_at_a_time(rounds: Rounds) -> list[int]:
    """The reference: no engine, each call answered where it is asked."""
    driven = flow(rounds)
    try:
        calls = next(driven)
        while True:
            calls = driven.send([Response(value=formula(call)) for call in calls])
    except StopIteration as stop:
        result: list[int] = stop.value
        return result


def endpoints(seed: int, size: int, version: str = "") -> dict[str, Endpoint]:
    return {
        "here": ScriptedEndpoint(formula, packing=Packing(max_calls=size), version=version and f"{version} here"),
        "far": ShuffledEndpoint(formula, concurrency=size, seed=seed, version=version and f"{version} far"),
        "farther": ShuffledEndpoint(formula, concurrency=1, seed=seed, version=version and f"{version} farther"),
    }


def sent(asked: dict[str, Endpoint]) -> list[tuple[str, int, int]]:
    return [(name, *call.payload) for name, endpoint in asked.items() for call in endpoint.sent]  # type: ignore[attr-defined]


def run(
    flows: list[Rounds], asked: dict[str, Endpoint], ledger: Ledger | None = None, *, kind: str = "own", window: int = 5
) -> tuple[list[list[int]], Engine]:
    engine = Engine(ledger or Ledger(None), Run("r"), lanes=ManyLanes(kind))
    engine.add_endpoints(asked)
    with patch.object(engine_module, "LIVE_FLOWS", window), patch.object(engine_module, "STARTED_AT_ONCE", 3):
        results = dict(engine.run((i, flow(rounds)) for i, rounds in enumerate(flows)))
    engine.close()
    return [results[i] for i in range(len(flows))], engine


@given(FLOWS, st.integers(1, 7), st.integers(0, 1000), KINDS, st.integers(1, 20))
@settings(max_examples=150, deadline=None)
def test_any_schedule_gives_the_results_of_one_call_at_a_time(
    flows: list[Rounds], size: int, seed: int, kind: str, window: int
) -> None:
    results, _ = run(flows, endpoints(seed, size), kind=kind, window=window)
    assert results == [one_at_a_time(rounds) for rounds in flows]


@given(FLOWS, st.integers(1, 7), st.integers(0, 1000), KINDS)
@settings(max_examples=150, deadline=None)
def test_each_unique_call_is_sent_once_and_counted(flows: list[Rounds], size: int, seed: int, kind: str) -> None:
    asked = endpoints(seed, size)
    _, engine = run(flows, asked, kind=kind)
    all_sent = sent(asked)
    assert len(all_sent) == len(set(all_sent)) == engine.counters.unique == engine.counters.sent
    assert engine.counters.under_way == 0
    assert asked["far"].most <= size  # type: ignore[attr-defined]
    assert asked["farther"].most <= 1  # type: ignore[attr-defined]


@given(FLOWS, st.randoms(use_true_random=False), st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_order_is_irrelevant(flows: list[Rounds], random: object, seed: int) -> None:
    order = list(range(len(flows)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    one, other = endpoints(seed, 3), endpoints(seed + 1, 3)
    straight, _ = run(flows, one)
    shuffled, _ = run([flows[i] for i in order], other)
    assert [straight[i] for i in order] == shuffled
    assert set(sent(one)) == set(sent(other))


@given(FLOWS, FLOWS, st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_a_second_run_over_the_same_ledger_sends_only_what_is_new(
    first: list[Rounds], second: list[Rounds], seed: int
) -> None:
    ledger = Ledger(None)
    before: set[tuple[str, int, int]] = set()
    for flows in (first, first + second, second):
        asked = endpoints(seed, 3, version="1")
        run(flows, asked, ledger)
        assert not before & set(sent(asked))
        before.update(sent(asked))
    assert not sent(asked)


@given(FLOWS, st.integers(1, 40), st.integers(0, 1000))
@settings(max_examples=100, deadline=None)
def test_an_interrupt_at_any_reply_loses_nothing_that_was_answered(flows: list[Rounds], at: int, seed: int) -> None:
    """A Ctrl-C in the main thread, a little after the ``at``-th reply; then the run is done again to its end."""
    ledger = Ledger(None)
    answered: list[Call] = []

    def interrupted(call: Call) -> object:
        if len(answered) >= at:
            return KeyboardInterrupt()
        answered.append(call)
        return formula(call)

    broken: dict[str, Endpoint] = {
        "here": ScriptedEndpoint(interrupted, packing=Packing(max_calls=2), version="1 here"),
        "far": ShuffledEndpoint(interrupted, concurrency=3, seed=seed, version="1 far"),
        "farther": ShuffledEndpoint(interrupted, concurrency=1, seed=seed, version="1 farther"),
    }
    try:
        run(flows, broken, ledger)
    except KeyboardInterrupt:
        assert len(answered) == at
    asked = endpoints(seed, 3, version="1")
    results, engine = run(flows, asked, ledger)
    assert results == [one_at_a_time(rounds) for rounds in flows]
    assert not {(call.endpoint, *call.payload) for call in answered} & set(sent(asked))
    assert engine.counters.hits == len(answered)
