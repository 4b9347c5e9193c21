"""`gather` runs flows side by side; `run_alone` is for flows that need nobody."""

from __future__ import annotations

import pytest

from robustcore.calls.flows import gather, run_alone
from robustcore.calls.types import Call, Flow, Response


def steps(*rounds: int) -> Flow[list[int]]:
    got = []
    for payload in rounds:
        (reply,) = yield [Call(endpoint="e", op="o", payload=payload)]
        assert isinstance(reply, Response)
        got.append(reply.value)
    return got


def test_independent_steps_share_a_round() -> None:
    flow = gather([steps(1, 2), steps(), steps(3)])
    first = next(flow)
    assert [call.payload for call in first] == [1, 3]
    second = flow.send([Response(value=10), Response(value=30)])
    assert [call.payload for call in second] == [2]
    with pytest.raises(StopIteration) as stop:
        flow.send([Response(value=20)])
    assert stop.value.value == [[10, 20], [], [30]]


def test_nothing_to_gather_is_an_empty_list() -> None:
    assert run_alone(gather([])) == []


def test_run_alone_refuses_a_flow_that_waits() -> None:
    with pytest.raises(RuntimeError, match="Engine"):
        run_alone(steps(1))
