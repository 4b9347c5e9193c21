"""Laws of the engine over random sets of flows: batched equals one by one, each unique call once, order irrelevant."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, Flow, Packing, Response
from robustcore.endpoints.scripted import ScriptedEndpoint

# A flow is a list of rounds; a round is a list of small numbers; each reply is added to what comes next.
Rounds = list[list[int]]
FLOWS = st.lists(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=4), max_size=12)


def flow(rounds: Rounds) -> Flow[list[int]]:
    total, seen = 0, []
    for numbers in rounds:
        replies = yield [Call(endpoint="sum", op="add", payload=[total % 7, n], length=n) for n in numbers]
        values = [reply.value for reply in replies if isinstance(reply, Response)]
        assert len(values) == len(numbers)
        total += sum(values)
        seen.append(total)
    return seen


def run(flows: list[Rounds], size: int) -> tuple[list[list[int]], ScriptedEndpoint]:
    endpoint = ScriptedEndpoint(lambda call: call.payload[0] * 3 + call.payload[1], packing=Packing(max_calls=size))
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints({"sum": endpoint})
    results = dict(engine.run((i, flow(rounds)) for i, rounds in enumerate(flows)))
    return [results[i] for i in range(len(flows))], endpoint


@given(FLOWS, st.integers(1, 7))
@settings(max_examples=150, deadline=None)
def test_batched_equals_one_by_one(flows: list[Rounds], size: int) -> None:
    together, _ = run(flows, size)
    assert together == [run([rounds], 1)[0][0] for rounds in flows]


@given(FLOWS, st.integers(1, 7))
@settings(max_examples=150, deadline=None)
def test_each_unique_call_is_sent_once(flows: list[Rounds], size: int) -> None:
    _, endpoint = run(flows, size)
    sent = [tuple(call.payload) for call in endpoint.sent]
    assert len(sent) == len(set(sent))


@given(FLOWS, st.randoms(use_true_random=False), st.integers(1, 7))
@settings(max_examples=100, deadline=None)
def test_order_is_irrelevant(flows: list[Rounds], random: object, size: int) -> None:
    order = list(range(len(flows)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    straight, one = run(flows, size)
    shuffled, other = run([flows[i] for i in order], size)
    assert [straight[i] for i in order] == shuffled
    assert {tuple(c.payload) for c in one.sent} == {tuple(c.payload) for c in other.sent}


@given(FLOWS, FLOWS)
@settings(max_examples=100, deadline=None)
def test_a_second_run_over_the_same_ledger_sends_only_what_is_new(first: list[Rounds], second: list[Rounds]) -> None:
    ledger = Ledger(None)
    sent: list[set[tuple[int, ...]]] = []
    for flows in (first, first + second, second):
        endpoint = ScriptedEndpoint(lambda call: call.payload[0] * 3 + call.payload[1], version="1")
        engine = Engine(ledger, Run("r"))
        engine.add_endpoints({"sum": endpoint})
        dict(engine.run((i, flow(rounds)) for i, rounds in enumerate(flows)))
        sent.append({tuple(call.payload) for call in endpoint.sent})
    assert not sent[0] & sent[1]
    assert not sent[2]
