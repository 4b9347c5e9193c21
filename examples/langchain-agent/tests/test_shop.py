"""The application's own tests: no perturbation here, just that the parts do their work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shop.agent import assistant
from shop.tools import make_tools

QUESTIONS = [json.loads(line) for line in (Path(__file__).parent / "questions.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("item", QUESTIONS[::6], ids=lambda item: item["id"])
def test_the_assistant_answers(item: dict[str, object]) -> None:
    said = assistant().invoke({"messages": [("user", item["question"])]})["messages"][-1].content
    assert str(item["answers"][0]) in said


def test_every_conversation_has_orders_of_its_own() -> None:
    cancel = next(tool for tool in make_tools() if tool.name == "cancel_order")
    assert cancel.invoke({"order": 101}) == "cancelled 1 order(s)"
    other = next(tool for tool in make_tools() if tool.name == "cancel_order")
    assert other.invoke({"order": 101}) == "cancelled 1 order(s)"
