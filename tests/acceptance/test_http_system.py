"""A deployed RAG service as the system under test, against a real server on loopback."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.conftest import EACH, GATE, WORDS, App
from servers.rag_server import RagServer

SECRET = "planted-b51e-value"
DOCS = {f"d{number}": f"The word {word} stands for {number}." for number, word in enumerate(WORDS, 1)}


@pytest.fixture(name="server")
def _server() -> Iterator[RagServer]:
    with RagServer(DOCS) as server:
        yield server


def scenario(app: App, server: RagServer, path: str = "/ask", *, more: str = "", body: str = EACH) -> None:
    system = f"{{http: '{server.url}{path}', body: {{question: '{{question}}'}}, answer: result.answer"
    app.scenario(system=f"{system}, contexts: result.docs, retries: 0{more}}}", body=body)


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    yield from ((path, path.read_bytes()) for path in folder.rglob("*") if path.is_file())


def test_a_service_is_gated_without_its_code(app: App, server: RagServer) -> None:
    scenario(app, server, body=GATE)
    result = app.run("--robust-report=out.json")
    result.assert_outcomes(passed=6)
    assert server.requests("/ask") == 10
    (report,) = json.loads((app.path / "out.json").read_text())["scenarios"]
    assert report["system"] == f"{server.url.removeprefix('http://')}/ask"
    case = report["cases"][0]
    assert (case["texts"]["answer"], case["texts"]["passages"]) == ("1", "d1")


@pytest.mark.parametrize("path", ["/broken", "/page", "/huge", "/drop", "/found", "/loop"])
def test_a_fault_of_the_service_is_an_error_and_no_failure(app: App, server: RagServer, path: str) -> None:
    scenario(app, server, path)
    result = app.run()
    result.assert_outcomes(errors=5)
    result.stdout.fnmatch_lines(["*infra_error: 127.0.0.1:*"])


def test_a_path_that_does_not_fit_is_an_error_that_shows_the_keys(app: App, server: RagServer) -> None:
    scenario(app, server, more=", citations: result.sources")
    result = app.run()
    result.assert_outcomes(errors=5)
    result.stdout.fnmatch_lines(["*the path 'result.sources' does not fit the reply: at 'result' there is an object*"])


def test_a_question_that_the_service_refuses_only_when_disturbed_is_a_failure(app: App, server: RagServer) -> None:
    scenario(app, server, "/upper")
    result = app.run()
    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(["*the system raises on the perturbed input (twice), not on the clean one*"])


def test_a_scenario_that_needs_passages_is_skipped_with_a_hint(app: App, server: RagServer) -> None:
    system = f"{{http: '{server.url}/ask', body: {{question: '{{question}}'}}, answer: result.answer}}"
    app.scenario(system=system, perturb="  - context.position_shuffle", body=EACH)
    result = app.run()
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines(["*does not offer context; a service over HTTP is given questions only*"])
    assert server.seen == []


def test_replies_are_reused_by_later_sessions_only_under_a_version(app: App, server: RagServer) -> None:
    scenario(app, server)
    app.run().assert_outcomes(passed=5)
    app.run().assert_outcomes(passed=5)
    assert server.requests("/ask") == 20
    scenario(app, server, more=", version: '7'")
    app.run().assert_outcomes(passed=5)
    app.run().assert_outcomes(passed=5)
    assert server.requests("/ask") == 30


@pytest.mark.parametrize("path", ["/ask", "/echo", "/broken", "/away"])
def test_a_secret_is_sent_and_found_nowhere_else(
    app: App, server: RagServer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGING_TOKEN", SECRET)
    with RagServer(DOCS) as other:
        server.elsewhere = other.url
        scenario(app, server, path, more=", headers: {Authorization: 'Bearer ${STAGING_TOKEN}'}")
        options = ["--robust-report=out.json", "--junitxml=junit.xml", "-vv", "--log-file=log.txt"]
        result = app.run_apart(*options, "--log-file-level=DEBUG", "--showlocals", "--full-trace")
        plan = app.run_apart("--robust-plan")
        assert other.seen == []
    assert all(request.headers["authorization"] == f"Bearer {SECRET}" for request in server.seen)
    assert len(server.seen) == 10
    told = result.stdout.str() + result.stderr.str() + plan.stdout.str()
    assert not re.search(SECRET, told)
    files = list(written(app.path))
    assert {"out.json", "junit.xml", "log.txt", "ledger.sqlite"} <= {path.name for path, _ in files}
    assert [path for path, content in files if SECRET.encode() in content] == []


def test_a_wrong_key_is_an_error_that_does_not_show_it(
    app: App, server: RagServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.key = "another"
    monkeypatch.setenv("STAGING_TOKEN", SECRET)
    scenario(app, server, more=", headers: {Authorization: 'Bearer ${STAGING_TOKEN}'}")
    result = app.run()
    result.assert_outcomes(errors=5)
    result.stdout.fnmatch_lines(["*status 401*"])
    assert SECRET not in result.stdout.str()


def test_mistakes_are_collection_errors_with_their_places(app: App) -> None:
    path = app.scenario(system="{http: 'rag.example', body: {q: '{question}'}, answer: 'a[0]'}", body=EACH)
    result = app.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [f"*{path.name}:3:16: 'rag.example' is no URL*", f"*{path.name}:3:*'a[[]0]' is no path*"]
    )
