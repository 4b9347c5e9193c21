from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from servers.rag_server import HUGE, RagServer

from robustcore.calls.types import Call, CallError, ConcurrentEndpoint, Reply, Response
from robustcore.endpoints.remote.http_request import Service
from robustcore.endpoints.remote.http_service import ANSWER, MAX_REPLY, HttpService
from robustcore.endpoints.specs import check_ready, make_endpoint
from robustcore.errors import InputError

DOCS = {"d1": "The word apple stands for 1.", "d2": "The word pear stands for 2."}
SECRET = "planted-8f2c-value"
ASKED = "Which digit is the word pear"


@pytest.fixture(name="server")
def _server() -> Iterator[RagServer]:
    with RagServer(DOCS) as server:
        yield server


def endpoint(server: RagServer, path: str = "/ask", *, version: str = "", **changed: Any) -> HttpService:
    given = {
        "url": f"{server.url}{path}",
        "body": {"question": "{question}"},
        "answer": "result.answer",
        "contexts": "result.docs",
        "retries": 0,
        **changed,
    }
    return HttpService(Service(**given), version=version)


def ask(service: HttpService, *questions: str) -> list[Reply]:
    calls = [Call(endpoint="e", op=ANSWER, payload={"question": question}) for question in questions]
    replies = dict(service.run(calls))
    return [replies[index] for index in range(len(calls))]


def error_of(service: HttpService, question: str = ASKED) -> CallError:
    (reply,) = ask(service, question)
    assert isinstance(reply, CallError), reply
    return reply


def value_of(service: HttpService, question: str = ASKED) -> Any:
    (reply,) = ask(service, question)
    assert isinstance(reply, Response), reply
    return reply.value


def test_the_texts_at_the_paths_come_back(server: RagServer) -> None:
    docs = [{"id": "d2", "text": DOCS["d2"]}]
    assert value_of(endpoint(server)) == {"answer": "2", "contexts": docs, "citations": None}
    picked = endpoint(server, contexts="result.docs.*.text", citations="result.docs.*.id")
    assert value_of(picked) == {"answer": "2", "contexts": [DOCS["d2"]], "citations": ["d2"]}


def test_many_calls_come_back_each_to_its_own_question(server: RagServer) -> None:
    asked = [f"Which digit is the word {word}" for word in ("apple", "pear") * 20]
    replies = ask(endpoint(server, concurrency=8), *asked)
    assert [reply.value["answer"] for reply in replies if isinstance(reply, Response)] == ["1", "2"] * 20
    assert server.requests("/ask") == 40


def test_the_same_endpoint_serves_one_loop_after_another(server: RagServer) -> None:
    service = endpoint(server)
    call = Call(endpoint="e", op=ANSWER, payload={"question": ASKED})

    async def once() -> Reply:
        try:
            return await service.answer(call)
        finally:
            await service.aclose()

    replies = [asyncio.run(once()), asyncio.run(once())]
    assert [reply.value["answer"] for reply in replies if isinstance(reply, Response)] == ["2", "2"]


def test_under_get_the_body_becomes_the_query(server: RagServer) -> None:
    body = {"q": "{question}", "top": 3}
    assert value_of(endpoint(server, method="GET", body=body))["answer"] == "2"
    assert (server.seen[0].method, server.seen[0].question) == ("GET", ASKED)


@pytest.mark.parametrize(
    ("path", "kind", "said", "attempts"),
    [
        ("/broken", "infra_error", 'status 500: {"error": "the index is gone"}', 3),
        ("/page", "infra_error", "the reply is no JSON (Expecting value: line 1 column 1 (char 0)): <html>", 3),
        ("/drop", "infra_error", "", 3),
        ("/never", "infra_error", "status 501", 1),
        ("/same", "infra_error", "status 304", 1),
        ("/huge", "infra_error", f"the reply is larger than {MAX_REPLY:,} bytes", 1),
        ("/found", "infra_error", "status 302 redirects to http://127.0.0.1:", 1),
        ("/loop", "infra_error", "more than 3 redirects", 4),
    ],
)
def test_a_service_that_misbehaves_costs_the_call_and_is_nobodys_verdict(
    server: RagServer, path: str, kind: str, said: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_waiting(monkeypatch)
    error = error_of(endpoint(server, path, retries=2))
    assert (error.kind, server.requests(path)) == (kind, attempts)
    assert said in error.message
    assert error.message.startswith("127.0.0.1:")
    assert len(error.message) < 2100 < HUGE


def test_a_question_that_the_service_refuses_is_its_own_answer(server: RagServer) -> None:
    assert error_of(endpoint(server, "/upper"), "LOUD").kind == "system_error"
    assert value_of(endpoint(server, "/upper"))["answer"] == "2"


def test_what_passes_is_tried_again(server: RagServer, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_waiting(monkeypatch)
    assert value_of(endpoint(server, "/once", retries=1))["answer"] == "2"
    assert server.requests("/once") == 2


def test_a_refused_connection_is_an_infrastructure_error() -> None:
    with RagServer(DOCS) as gone:
        service = endpoint(gone)
    assert error_of(service).kind == "infra_error"


def test_a_path_that_does_not_fit_says_what_came(server: RagServer) -> None:
    error = error_of(endpoint(server, answer="answer.text"))
    assert error.kind == "infra_error"
    assert "at the top of the reply there is an object with the keys result, took_ms" in error.message
    wrong = error_of(endpoint(server, answer="result.docs"))
    assert "'result.docs' leads to a list of 1; an answer is text" in wrong.message


def test_a_redirect_on_the_same_host_is_followed_with_the_body(server: RagServer) -> None:
    assert value_of(endpoint(server, "/moved"))["answer"] == "2"
    assert [request.path for request in server.seen] == ["/moved", "/ask"]


def test_a_redirect_to_another_host_is_not_followed(server: RagServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", SECRET)
    with RagServer(DOCS) as other:
        server.elsewhere = other.url
        error = error_of(endpoint(server, "/away", headers={"Authorization": "Bearer ${SERVICE_TOKEN}"}))
        assert other.seen == []
    assert error.kind == "infra_error"
    assert f"redirects to another host, {other.url}/ask" in error.message


def test_a_header_is_filled_at_the_call_and_its_value_is_nowhere_else(
    server: RagServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = endpoint(server, "/echo", headers={"Authorization": "Bearer ${SERVICE_TOKEN}"}, version="1")
    monkeypatch.setenv("SERVICE_TOKEN", f"{SECRET}\n")  # as secrets often come, with a line end
    value = value_of(service)
    assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert "authorization" in value["answer"]
    assert SECRET not in repr((value, service.spec, service.fingerprint, vars(service)))


def test_an_error_that_echoes_the_header_is_told_without_it(server: RagServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.key = "another"
    monkeypatch.setenv("SERVICE_TOKEN", SECRET)
    error = error_of(endpoint(server, headers={"Authorization": "Bearer ${SERVICE_TOKEN}"}))
    assert error.kind == "infra_error"
    assert "status 401" in error.message
    assert SECRET not in error.message


def test_a_variable_that_is_not_set_is_told_before_anything_is_sent(
    server: RagServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVICE_TOKEN", raising=False)
    service = endpoint(server, headers={"Authorization": "Bearer ${SERVICE_TOKEN}"})
    with pytest.raises(InputError, match="needs the environment variable SERVICE_TOKEN, which is not set"):
        check_ready([service])
    assert server.seen == []


def test_it_is_live_unless_it_stands_on_this_machine(server: RagServer) -> None:
    assert endpoint(server).live is False
    assert HttpService(Service(url="https://rag.example", body={"q": "{question}"}, answer="a")).live is True


def test_only_a_declared_version_gives_it_a_fingerprint(server: RagServer) -> None:
    assert endpoint(server).fingerprint is None
    one, other = endpoint(server, version="1"), endpoint(server, version="2")
    assert one.fingerprint != other.fingerprint
    assert one.fingerprint == endpoint(server, version="1", timeout=5.0, concurrency=1, retries=9).fingerprint
    assert one.fingerprint != endpoint(server, version="1", answer="x").fingerprint


def test_it_is_made_from_data(server: RagServer) -> None:
    service = endpoint(server, version="1")
    again = make_endpoint(service.spec)
    assert isinstance(again, HttpService)
    assert isinstance(again, ConcurrentEndpoint)
    assert (again.spec, again.fingerprint) == (service.spec, service.fingerprint)


def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    real = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: real(0))
