"""Every fault of the fault server, a hundred calls each: all answered or unscored with the reason, none paid twice."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

pytest.importorskip("langchain_openai", reason='needs pip install "pytest-robust[chat]"')

from servers.fault_server import FaultServer
from servers.faults import FAULTS, REPLIES, fault_of

from robustcore.calls.types import Call, CallError, Response
from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.remote.rates import Limits
from robustcore.endpoints.remote.retry import Patience

CALLS = 100
RETRIES = 1
SPENT = {"quota", "error_400", "unauthorized"}  # no other attempt would help
NO_ANSWER = {"empty_choices", "null_choices", "no_content"}
SILENT = {"hang", "trickle"}  # found out by waiting; where an answer comes, a slow machine must not count as silence
ASKS_TO_WAIT = {"rate_limit_after", "rate_limit_date", "rate_limit_ms"}  # everybody waits each time


def prompts_of(fault: str) -> list[str]:
    """Half of them get the fault once and then a good answer; the others get it every time."""
    once = f"[fault: {fault} x1]" if fault in FAULTS else f"[fault: {fault}]"
    always = once if fault in ASKS_TO_WAIT else f"[fault: {fault}]"
    return [f"{once if number % 2 else always} number {number}" for number in range(CALLS)]


def expected_answers(fault: str) -> int:
    if fault in SPENT:
        return 0
    return CALLS if fault in REPLIES or fault in ASKS_TO_WAIT else CALLS // 2


@pytest.mark.parametrize("fault", sorted({**FAULTS, **REPLIES}))
def test_a_hundred_calls_end_and_no_answer_is_paid_twice(fault: str) -> None:
    prompts = prompts_of(fault)
    with FaultServer() as server:
        limits = Limits(concurrency=CALLS if fault in SILENT | ASKS_TO_WAIT else 24)  # those wait all at once
        patience = Patience(retries=RETRIES, timeout=_silence(server) if fault in SILENT else 60, first_wait=0.01)
        asked = ChatEndpoint("openai:served", options={"base_url": server.url}, limits=limits, patience=patience)
        replies = dict(asked.run(_calls(prompts)))
        counts = server.counts()
    assert sorted(replies) == list(range(CALLS))
    for index, prompt in enumerate(prompts):
        reply, count = replies[index], counts[prompt]
        assert count["arrived"] <= 1 + RETRIES
        assert count["answered"] <= 1
        assert count["answered"] == isinstance(reply, Response)
        if isinstance(reply, CallError):
            assert reply.kind == ("missing_reply" if fault in NO_ANSWER else "infra_error")
            assert len(reply.message) > len("openai:served: ")
            # given up only when nothing else could have been tried
            # (of those that are never answered, some may not reach a busy server before their time is up)
            assert fault in SILENT or count["arrived"] == (1 if fault in SPENT else 1 + RETRIES)
        else:
            assert fault in REPLIES or fault_of(prompt, 1) == ""
    assert sum(isinstance(reply, Response) for reply in replies.values()) == expected_answers(fault)


def _calls(prompts: Sequence[str]) -> list[Call]:
    return [
        Call(endpoint="chat", op="chat", payload={"messages": [{"role": "user", "content": prompt}]})
        for prompt in prompts
    ]


def _silence(server: FaultServer) -> float:
    """Return after how many seconds nothing will come any more, by how long this machine takes for good answers."""
    asked = ChatEndpoint("openai:served", options={"base_url": server.url}, limits=Limits(concurrency=CALLS))
    began = time.perf_counter()
    assert len(dict(asked.run(_calls([f"good {number}" for number in range(CALLS)])))) == CALLS
    return max(1.5, 4 * (time.perf_counter() - began))
