from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers.rag_server import RagServer

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.case import CLEAN, Case
from robustcore.corpus.records import Corpus, Dataset, Doc, Example, Passage
from robustcore.endpoints.remote.http_request import Service
from robustcore.systems.base import Citation
from robustcore.systems.drive import drive
from robustcore.systems.http import build
from robustcore.systems.trial import Trial

DOCS = {"d1": "The word apple stands for 1.", "d2": "The word pear stands for 2."}
DATA = Dataset(name="fruit", corpus=Corpus.of([Doc(id=name, text=text) for name, text in DOCS.items()]), examples=())


@pytest.fixture(name="server")
def _server() -> Iterator[RagServer]:
    with RagServer(DOCS) as server:
        yield server


def ask(server: RagServer, question: str, *, contexts: str = "", citations: str = "") -> Trial:
    service = Service(
        url=f"{server.url}/ask",
        body={"question": "{question}"},
        answer="result.answer",
        contexts=contexts,
        citations=citations,
        retries=0,
    )
    system = build(DATA, service)
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run())
    engine.add_endpoints(system.endpoints)
    case = Case("clean-q", Example(id="q", question=question), CLEAN)
    return dict(engine.run([("q", drive(case, system, DATA.corpus))]))["q"]


def test_an_answer_comes_with_what_the_service_shows(server: RagServer) -> None:
    trial = ask(server, "Which digit is the word pear", contexts="result.docs", citations="result.docs.*.id")
    assert trial.answer is not None
    assert trial.answer.text == "2"
    assert trial.answer.passages == trial.ranking == (Passage(doc_id="d2", text=DOCS["d2"]),)
    assert trial.answer.citations == (Citation(doc_id="d2"),)


def test_contexts_may_be_texts_alone_or_not_shown(server: RagServer) -> None:
    texts = ask(server, "Which digit is the word pear", contexts="result.docs.*.text").answer
    assert texts is not None
    assert texts.passages == (Passage(doc_id="", text=DOCS["d2"]),)
    nothing = ask(server, "Which digit is the word pear").answer
    assert nothing is not None
    assert nothing.passages is None


def test_contexts_of_another_shape_are_nobodys_verdict(server: RagServer) -> None:
    error = ask(server, "Which digit is the word pear", contexts="took_ms").error
    assert error is not None
    assert error.kind == "infra_error"
    assert "what stands at the paths of the reply cannot be read" in error.message


def test_it_takes_questions_only_and_is_called_by_its_place(server: RagServer) -> None:
    system = build(DATA, Service(url=f"{server.url}/ask/", body={"q": "{question}"}, answer="a"))
    assert system.points == {"question", "framing"}
    assert system.name == f"{server.url.removeprefix('http://')}/ask"
    assert next(iter(system.endpoints)).startswith(f"{system.name}@")
