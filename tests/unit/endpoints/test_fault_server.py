from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request

import pytest
from servers.fault_server import FaultServer
from servers.faults import FAULTS, HUGE, REPLIES


def ask(server: FaultServer, prompt: str, **more: object) -> dict[str, object]:
    body = {"model": "m", "messages": [{"role": "user", "content": prompt}], **more}
    headers = {"X-Client-Request-Id": "mine", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=0.3) as response:
        assert response.headers.get("X-Client-Request-Id", "mine") in ("mine", "another-request")
        answer: dict[str, object] = json.load(response)
    return answer


def test_every_fault_is_one_and_is_not_counted_as_an_answer() -> None:
    with FaultServer() as server:
        for fault in FAULTS:
            prompt = f"[fault: {fault} x1] why"
            try:
                body = json.dumps(ask(server, prompt))
            except (OSError, ValueError, http.client.HTTPException):
                body = ""
            assert "answer to" not in body or fault == "wrong_id"
            assert server.counts()[prompt] == {"arrived": 1, "answered": 0}
            assert f"answer to {prompt}" in json.dumps(ask(server, prompt))
            assert server.counts()[prompt] == {"arrived": 2, "answered": 1}
        assert len(FAULTS) + len(REPLIES) >= 12


def test_unusual_answers_count_as_answers() -> None:
    with FaultServer() as server:
        for reply in REPLIES:
            assert len(json.dumps(ask(server, f"[fault: {reply}]"))) > (HUGE if reply == "huge" else 100)
        assert all(count["answered"] == 1 for count in server.counts().values())


def test_it_speaks_top_logprobs_and_tells_how_many_requests_were_under_way() -> None:
    with FaultServer() as server:
        answer = ask(server, "two words", logprobs=True, top_logprobs=3)
        assert json.dumps(answer).count('"top_logprobs"') == len(["answer", "to", "two", "words"])
        assert server.most_at_once == 1


def test_a_rate_limit_says_when_to_come_back() -> None:
    with FaultServer() as server, pytest.raises(urllib.error.HTTPError) as caught:
        ask(server, "[fault: rate_limit_after]")
    assert caught.value.headers["Retry-After"] == "1"
