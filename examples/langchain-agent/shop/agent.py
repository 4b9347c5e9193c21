"""The shop's assistant: a LangChain agent over the tools, as the web site runs it and as it is tested."""

from __future__ import annotations

from typing import Any

from langchain.agents import create_agent

from shop.policy import ShopPolicy
from shop.tools import make_tools

PROMPT = "You answer questions about the products of a ship chandler's shop. Check what tools tell you."


def make_model() -> Any:
    """Return the chat model; with a key, ``init_chat_model("openai:gpt-5-mini", temperature=0)``."""
    return ShopPolicy()


def build(model: Any, tools: Any, middleware: Any = ()) -> Any:
    """Return the agent over ``model`` and ``tools``."""
    return create_agent(model, tools, system_prompt=PROMPT, middleware=middleware)


def assistant() -> Any:
    """Return the finished agent, as the web site calls it."""
    return build(make_model(), make_tools())
