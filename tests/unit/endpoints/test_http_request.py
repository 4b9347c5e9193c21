from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.endpoints.remote.http_request import Service, origin

URL = "https://rag.example/ask"


def service(**changed: Any) -> Service:
    return Service(**{"url": URL, "body": {"question": "{question}"}, "answer": "answer", **changed})


def findings(**changed: Any) -> list[str]:
    return [f"{'.'.join(path)}: {what}" for path, what, _ in service(**changed).findings()]


def test_a_sound_service_has_no_findings() -> None:
    sound = service(
        contexts="docs.*.text", headers={"Authorization": "Bearer ${TOKEN}", "Accept-Language": "en"}, method="PUT"
    )
    assert list(sound.findings()) == []
    assert sound.variables == ("TOKEN",)
    assert Service(**sound.to_json()) == sound


@given(st.text())
def test_any_question_stays_inside_its_json_value(question: str) -> None:
    body = service(body={"input": {"q": "{question}", "n": 3}, "chat": ["Say: {question}", True, None]})
    sent = json.loads(json.dumps(body.request_body(question)))
    assert sent == {"input": {"q": question, "n": 3}, "chat": [f"Say: {question}", True, None]}


def test_a_placeholder_inside_a_question_is_left_as_it_is() -> None:
    assert service(body={"a": "{question}{question}"}).request_body("{question}") == {"a": "{question}{question}"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"url": "rag.example/ask"}, "http: 'rag.example/ask' is no URL of a service"),
        ({"url": "ftp://rag.example"}, "http: 'ftp://rag.example' is no URL of a service"),
        ({"url": "http://a:99999/x"}, "http: 'http://a:99999/x' is no URL of a service"),
        ({"url": "http://a/x y"}, "http: 'http://a/x y' is no URL of a service"),
        ({"url": "https://me:pass@rag.example/"}, "http: credentials stand in the URL"),
        (
            {"url": "https://${HOST}.example/"},
            "http: environment variables are read in headers only, not in the URL",
        ),
        ({"url": "https://a.example/#x"}, "http: a fragment (#...) is never sent to a service"),
        ({"body": {"q": "{query}"}}, "body: 'body' has no {question}; it has {query}"),
        ({"body": {"q": 1}}, "body: 'body' has no {question}"),
        (
            {"method": "GET", "body": {"q": ["{question}"]}},
            "body: under method GET the body becomes query parameters: a mapping to texts and numbers",
        ),
        ({"answer": "$.a"}, "answer: 'answer': '$.a' is no path of the notation used here"),
        ({"contexts": "a..b"}, "contexts: 'contexts': 'a..b' is no path: steps are keys"),
        (
            {"headers": {"Authorization": "Bearer $TOKEN"}},
            "headers.Authorization: header 'Authorization': '$TOKEN' names no environment variable",
        ),
        (
            {"headers": {"X-Trace": "${a-b}"}},
            "headers.X-Trace: header 'X-Trace': '${a-b}' names no environment variable",
        ),
        ({"headers": {"X-Trace": "${OPEN"}}, "headers.X-Trace: header 'X-Trace': '${OPEN' names no environment"),
        (
            {"headers": {"X-Api-Key": "abcdef123456"}},
            "headers.X-Api-Key: header 'X-Api-Key' holds a secret in the file",
        ),
        ({"headers": {"Bad Name": "x"}}, "headers.Bad Name: 'Bad Name' is no name of a header"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "headers.X-A: header 'X-A' holds characters that headers cannot carry"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(changed: dict[str, Any], expected: str) -> None:
    (found,) = findings(**changed)
    assert found.startswith(expected)


def test_a_secret_written_into_the_file_is_not_repeated_in_the_message() -> None:
    assert "abcdef123456" not in " ".join(findings(headers={"X-Api-Key": "abcdef123456"}))


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/ask", True),
        ("http://127.8.9.1/ask", True),
        ("http://localhost:1/ask", True),
        ("http://[::1]:8000/ask", True),
        ("http://127.0.0.1.example/ask", False),
        ("http://10.0.0.1/ask", False),
        ("http://0.0.0.0/ask", False),
        ("https://rag.example/ask", False),
    ],
)
def test_only_loopback_is_local(url: str, local: bool) -> None:
    assert service(url=url).local is local


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("http://a.example/x") == origin("http://a.example:80/y?z")
    assert len({origin(url) for url in ("http://a.example", "https://a.example", "http://a.example:81")}) == 3
