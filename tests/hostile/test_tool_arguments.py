"""Tool calls as a broken or hostile model writes them: an answer or an error of that one case, never of the session."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("langchain", reason="needs the extra 'chat'")

from agent_world import Said, Scripted, adapted, trials, under
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, tool

from robustcore.case import CLEAN
from robustcore.systems.agents.spec import LangChainAgent
from robustcore.systems.trial import Trial
from robustcore.systems.wire import answer_to_json

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    | st.sampled_from(["\ud800", "a" * 10_000, "\x00", "\u202e", 10**400])
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
NAMES = ["item", "numbers", "self", "config", "run_manager", "kwargs", "__class__", ""]
ARGUMENTS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), VALUES, max_size=3)
CALLS = st.lists(
    st.tuples(st.sampled_from(["price", "total", "nope", "", "\ud800", "a" * 300]), ARGUMENTS), min_size=1, max_size=3
)
ROUTES = ("in parts", "as it is")


def tools() -> list[BaseTool]:
    @tool
    def price(item: str) -> str:
        """Return a price."""
        return f"{item}: 12.5"

    @tool
    def total(numbers: list[float]) -> str:
        """Return a sum."""
        return str(sum(numbers))

    return [price, total]


def asked(route: str, calls: list[tuple[str, dict[str, Any]]], *, stressed: bool = False) -> list[Trial]:
    """Return the trials of an agent whose model makes ``calls`` and then answers."""

    def decide(question: str, results: list[ToolMessage], names: tuple[str, ...]) -> Said:
        return "12.5" if results else calls

    model = Scripted(decide=decide)
    if route == "as it is":
        agent: object = create_agent(model, tools())
    else:
        agent = LangChainAgent(
            build=lambda model, tools, middleware: create_agent(model, tools, middleware=middleware),
            model=model,
            tools=tools,
        )
    return list(trials(adapted(agent), [CLEAN, under("error", 0.5)] if stressed else [CLEAN]).values())


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=CALLS)
def test_whatever_a_model_asks_of_its_tools_costs_one_case(route: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    for trial in asked(route, calls, stressed=True):
        assert trial.answer or trial.error or trial.skip
        if trial.answer is not None:
            json.dumps(answer_to_json(trial.answer), allow_nan=False)


@pytest.mark.parametrize("route", ROUTES)
def test_arguments_nested_deeply(route: str) -> None:
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"x": deep}
    (trial,) = asked(route, [("price", {"item": "lamp", "more": deep})])
    assert trial.error is not None
    assert trial.error.kind in ("infra_error", "system_error")
    assert "nested too deeply" in trial.error.message or "recursion" in trial.error.message
