"""What pytest-robust is told about this application: which systems it can put to the test."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)  # the service's own tests run without pytest-robust, too
def pytest_robust_systems(config: pytest.Config) -> dict[str, Any]:
    """``ferry`` is the service on any documents, its two halves apart."""
    return {"ferry": build}


def build(docs: list[dict[str, Any]]) -> Any:
    from service.answer import Paragraph, Service

    from robustcore.corpus.records import Passage

    service = Service({doc["id"]: doc["text"] for doc in docs})

    class Halves:
        def retrieve(self, question: str) -> list[Passage]:
            return [Passage(doc_id=found.page, text=found.text) for found in service.retrieve(question)]

        def read(self, question: str, passages: list[Passage]) -> str:
            return service.read(question, [Paragraph(passage.doc_id, passage.text) for passage in passages])

    return Halves()
