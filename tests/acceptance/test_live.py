"""What costs money or leaves the machine runs only when asked; otherwise it is skipped, and nothing is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from acceptance.conftest import EACH, GATE, App

HOSTED = "{http: 'https://rag.example/ask', body: {q: '{question}'}, answer: answer}"


def socket_watch(app: App) -> Path:
    """Write every connection that anything tries into a file."""
    app.pytester.makepyfile(
        watch="""
        import sys

        def watch(event, arguments):
            if event in ("socket.connect", "socket.getaddrinfo"):
                with open("connections.log", "a") as log:
                    log.write(f"{event} {arguments[1:]}\\n")

        sys.addaudithook(watch)
        """
    )
    return app.path / "connections.log"


@pytest.mark.parametrize("expect", [EACH, GATE])
def test_a_hosted_service_is_skipped_with_the_reason(app: App, expect: str) -> None:
    log = socket_watch(app)
    app.scenario(system=HOSTED, body=expect)
    result = app.run_apart("-p", "watch")
    result.assert_outcomes(skipped=5 + (expect == GATE))
    result.stdout.fnmatch_lines(["*not asked: rag.example/ask@* costs money or leaves the machine*--robust-live*"])
    assert result.ret == 0
    assert not log.exists()


def test_a_hosted_model_is_skipped_before_an_index_is_built(app: App) -> None:
    log = socket_watch(app)
    app.scenario(body=EACH)
    result = app.run_apart("-p", "watch", "--robust-model=openai:gpt-x")
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines(["*not asked: openai:gpt-x@*"])
    assert not log.exists()
    assert list((app.path / ".robust").glob("index-*")) == []


def test_a_missing_key_matters_only_if_the_service_is_asked(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGING_TOKEN", raising=False)
    system = HOSTED.replace("answer: answer", "answer: answer, headers: {Authorization: 'Bearer ${STAGING_TOKEN}'}")
    app.scenario(system=system, body=EACH)
    app.run().assert_outcomes(skipped=5)
    for option in ("--robust-live", "--robust-plan"):
        result = app.run(option)
        assert "needs the environment variable STAGING_TOKEN, which is not set" in result.stdout.str() + (
            result.stderr.str()
        )


def test_the_fixture_skips_too(app: App) -> None:
    app.pytester.makepyfile(
        test_hand="""
        def test_it(robust):
            from robustcore.systems.http import build
            from robustcore.endpoints.remote.http_request import Service
            from robustcore.corpus.records import Corpus, Dataset

            service = Service(url="https://rag.example/ask", body={"q": "{question}"}, answer="answer")
            robust.ask("why", system=build(Dataset(name="x", corpus=Corpus.of([]), examples=()), service))
            raise AssertionError("not reached")
        """
    )
    result = app.run()
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*not asked: rag.example/ask@*"])


def test_what_stands_on_this_machine_needs_no_leave(app: App) -> None:
    app.scenario(system=HOSTED.replace("https://rag.example", "http://127.0.0.1:9"), body=EACH)
    result = app.run()
    result.assert_outcomes(errors=5)  # nobody listens there: it was asked
