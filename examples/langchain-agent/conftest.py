"""What pytest-robust is told about this application: which systems it can put to the test."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookimpl(optionalhook=True)  # the application's own tests run without pytest-robust, too
def pytest_robust_systems(config: pytest.Config) -> dict[str, Any]:
    """``shop`` is the agent in its parts; ``shop-graph`` makes the finished agent, as the web site calls it."""
    from shop.agent import assistant, build, make_model
    from shop.tools import make_tools

    from robustcore.systems.langchain import LangChainAgent

    dangerous, pure = ["cancel_order"], ["search", "calculator", "read_file"]
    return {
        "shop": LangChainAgent(build=build, model=make_model, tools=make_tools, dangerous=dangerous, pure=pure),
        "shop-graph": LangChainAgent(agent=assistant, dangerous=dangerous),
    }
