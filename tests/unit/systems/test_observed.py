"""What LangChain's own callbacks tell of tools that nobody watches: real tools, run with an `Observer`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from robustcore.systems.agents.session import CURRENT, Limits, Session
from robustcore.systems.base import Task

pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")

from langchain_core.language_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import ToolException, tool

from robustcore.systems.agents.observed import Observer


@tool
async def open_valve(number: int) -> str:
    """Open a valve."""
    if number == 0:
        raise ToolException("there is no valve 0")
    return f"valve {number} is open"


def observed(run: Callable[[Observer], Awaitable[Any]], *, steps: int = 9, inside: bool = True) -> Session:
    """Return the session after ``run``, which may end in an error of a tool."""
    session = Session(
        Task(question="?"), Limits(steps=steps, seconds=9, tool=9), dangerous=("open_valve",), relay=False
    )
    observer = Observer(session)

    async def whole() -> None:
        token = CURRENT.set(session if inside else None)
        try:
            await run(observer)
        except ToolException:
            pass
        finally:
            CURRENT.reset(token)
            observer.finish()

    asyncio.run(whole())
    return session


def test_a_call_is_noted_with_its_arguments_and_its_result() -> None:
    (use,) = observed(lambda observer: open_valve.ainvoke({"number": 3}, {"callbacks": [observer]})).uses
    assert (use.tool, use.arguments, use.result) == ("open_valve", {"number": 3}, "valve 3 is open")
    assert (use.status, use.dangerous) == ("ok", True)


def test_a_tool_that_raises_is_an_error_with_its_words() -> None:
    (use,) = observed(lambda observer: open_valve.ainvoke({"number": 0}, {"callbacks": [observer]})).uses
    assert (use.status, use.result) == ("error", "there is no valve 0")


def test_a_tool_message_that_says_error_is_one() -> None:
    calm = open_valve.model_copy(update={"handle_tool_error": True})
    call = {"type": "tool_call", "id": "c1", "name": "open_valve", "args": {"number": 0}}
    (use,) = observed(lambda observer: calm.ainvoke(call, {"callbacks": [observer]})).uses
    assert (use.status, use.result, use.arguments) == ("error", "there is no valve 0", {"number": 0})


def test_a_call_that_never_comes_back_is_an_error_without_a_result() -> None:
    (use,) = observed(lambda observer: observer.on_tool_start({"name": "open_valve"}, "3", run_id=uuid4())).uses
    assert (use.tool, use.arguments, use.result, use.status) == ("open_valve", {"input": "3"}, "", "error")


def test_what_runs_outside_of_the_session_is_not_its_own() -> None:
    assert not observed(
        lambda observer: open_valve.ainvoke({"number": 3}, {"callbacks": [observer]}), inside=False
    ).uses


def test_turns_are_counted_words_beside_calls_kept_and_one_turn_too_many_ends_the_run() -> None:
    calls = [{"type": "tool_call", "id": "c1", "name": "open_valve", "args": {"number": 3}}]
    replies: list[Any] = [AIMessage("I open it.", tool_calls=calls), AIMessage("It is open.")]
    model = FakeMessagesListChatModel(responses=replies)

    async def talk(observer: Observer) -> None:
        for _ in range(3):
            await model.ainvoke("open valve 3", {"callbacks": [observer]})

    session = observed(talk, steps=2)
    assert (session.turns, session.said, session.ended) == (2, ["I open it.", "I open it."], "step_limit")
    assert observed(talk, steps=3).ended == "answered"
