"""The service's own tests: clean questions, as its authors thought of them."""

from __future__ import annotations

import json
from pathlib import Path

from service.answer import NO_ANSWER, Service

ROBUST = Path(__file__).parent / "robust"


def test_every_question_of_the_list_finds_its_page() -> None:
    service = Service()
    rows = [json.loads(line) for line in (ROBUST / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [row["gold_doc_ids"][0] in {p.page for p in service.retrieve(row["question"])} for row in rows]
    assert sum(found) >= len(rows) - 1


def test_a_passenger_gets_an_answer() -> None:
    assert "24 pounds" in Service().answer("What does a family ticket cost?")


def test_what_has_nothing_to_do_with_the_handbook_gets_none() -> None:
    assert Service().answer("?!") == NO_ANSWER
