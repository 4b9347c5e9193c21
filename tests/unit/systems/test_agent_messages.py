"""Messages and results of tools as JSON values: what is kept, what is left out, and what no JSON value can hold."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("langchain", reason="needs the extra 'chat'")

from agent_world import Said, Scripted, adapted, trials
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, tool

from robustcore.systems.agents.messages import (
    artifact_of,
    artifact_to_json,
    messages_from_json,
    messages_to_json,
    reply_of,
    result_of,
    text_of,
    with_names,
)
from robustcore.systems.agents.spec import LangChainAgent

CALL = {"name": "price", "args": {"item": "lamp"}, "id": "c1", "type": "tool_call"}
TALK = [
    HumanMessage("What does the lamp cost?", id="mine"),
    AIMessage("I look.", tool_calls=[CALL], id="run-3f0c"),
    ToolMessage("12.5", name="price", tool_call_id="c1", artifact=object()),
]


def test_equal_conversations_are_equal_values_whatever_ids_were_made_up() -> None:
    again = [TALK[0], TALK[1].model_copy(update={"id": "lc_run-77"}), TALK[2]]
    assert messages_to_json(TALK) == messages_to_json(again)
    assert messages_to_json(TALK)[0]["data"]["id"] == "mine"
    read = messages_from_json(messages_to_json(TALK))
    assert [message.content for message in read] == ["What does the lamp cost?", "I look.", "12.5"]
    assert isinstance(read[1], AIMessage)
    assert read[1].tool_calls == [CALL]


def test_a_model_that_replies_with_something_else_is_refused() -> None:
    with pytest.raises(TypeError, match="a HumanMessage, not with an AIMessage"):
        reply_of(messages_to_json(TALK[:1]))


def test_tools_are_renamed_in_calls_and_in_results_alone() -> None:
    renamed = with_names(TALK, {"price": "cost"})
    assert renamed[0] is TALK[0]
    assert isinstance(renamed[1], AIMessage)
    assert isinstance(renamed[2], ToolMessage)
    assert (renamed[1].tool_calls[0]["name"], renamed[2].name) == ("cost", "cost")
    assert with_names(TALK, {}) == TALK


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"),
        (["one ", {"type": "text", "text": "two"}, {"type": "image", "url": "x"}], "one two"),
        ([{"type": "image", "url": "x"}], "[{'type': 'image', 'url': 'x'}]"),
        ({"b": 1, "a": [None]}, '{"a":[null],"b":1}'),
        ({1}, "{1}"),
        (float("nan"), "nan"),
    ],
)
def test_the_text_of_a_content(content: Any, text: str) -> None:
    assert text_of(content) == text


@pytest.mark.parametrize(
    "artifact",
    [None, {"rows": [1, 2]}, [Document("The lamp costs 12.5.", id="d1", metadata={"page": 3})], ["a", Document("b")]],
    ids=["none", "json", "documents", "mixed"],
)
def test_artifacts_are_kept_as_far_as_they_are_values(artifact: Any) -> None:
    kept = artifact_of(artifact_to_json(artifact))
    assert kept == (None if isinstance(artifact, list) and "a" in artifact else artifact)


def test_documents_whose_metadata_are_no_values_are_not_kept() -> None:
    assert artifact_to_json([Document("x", metadata={"when": object()})]) is None


def test_a_result_without_a_message_is_read_like_one() -> None:
    found = result_of({"price": 12.5}, 0.5)
    assert (found.text, found.content, found.status, found.seconds) == ('{"price":12.5}', '{"price":12.5}', "ok", 0.5)
    failed = result_of(ToolMessage("no", tool_call_id="c1", status="error"), 0.0)
    assert (failed.text, failed.status) == ("no", "error")


def documents() -> list[BaseTool]:
    @tool(response_format="content_and_artifact")
    def find(query: str) -> tuple[str, list[Document]]:
        """Return what is written of it."""
        return "The lamp costs 12.5.", [Document("The lamp costs 12.5.", id="d1")]

    return [find]


@pytest.mark.parametrize("in_parts", [True, False], ids=["in parts", "as it is"])
def test_a_tool_with_documents_is_answered_and_a_model_in_parts_is_sent_its_text_alone(in_parts: bool) -> None:
    """Documents are for the agent's own code; where the model is asked through us, it gets what a service would get."""
    seen: list[Any] = []

    def decide(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        seen.extend(result.artifact for result in results)
        return str(results[-1].content) if results else ("find", {"query": "lamp"})

    model = Scripted(decide=decide)
    if in_parts:
        agent = LangChainAgent(build=create_agent, model=model, tools=documents)
    else:
        agent = LangChainAgent(agent=lambda: create_agent(model, documents()))
    (done,) = trials(adapted(agent)).values()
    assert done.answer is not None
    assert done.answer.text == "The lamp costs 12.5."
    found = [document.page_content for document in seen[-1] or ()]
    assert found == ([] if in_parts else ["The lamp costs 12.5."])
