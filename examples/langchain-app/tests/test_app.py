"""The application's own tests: no perturbation here, just that the parts do their work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from app.chat import NO_ANSWER
from app.rag import chain, load_documents, make_retriever, split

QUESTIONS = [json.loads(line) for line in (Path(__file__).parent / "questions.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def museum() -> Any:
    return chain()


def test_every_page_is_loaded_and_split_into_paragraphs() -> None:
    documents = load_documents()
    assert len(documents) == 10
    assert sum(len(split(document)) for document in documents) == 30


def test_the_gold_page_is_among_what_is_retrieved() -> None:
    retriever = make_retriever(load_documents())
    gold = [question for question in QUESTIONS if question.get("gold_doc_ids")]
    found = [{d.metadata["source"].removesuffix(".md") for d in retriever.invoke(q["question"])} for q in gold]
    assert all(set(q["gold_doc_ids"]) <= ids for q, ids in zip(gold, found, strict=True))


def test_a_visitor_gets_an_answer(museum: Any) -> None:
    assert "14 pounds" in museum.invoke("What does an adult pay for a day ticket?")


def test_a_visitor_is_told_when_the_pages_do_not_say(museum: Any) -> None:
    assert museum.invoke("Which film was shot aboard the submarine in the dry dock?") == NO_ANSWER
