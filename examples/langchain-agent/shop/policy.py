"""A chat model that runs offline: it decides by rule which tool to call next, and what to answer.

It stands in for ``init_chat_model("openai:...")``: the same interface, no key and no network. It knows the shop's four
kinds of questions. It asks the database and the product sheets, asks again where they disagree or a tool fails,
believes what two readings agree on, and takes nothing it reads for an order.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable

FACT = re.compile(r"What is the (price|weight|stock) of the (.+?) in \w+\?", re.IGNORECASE)
TOTAL = re.compile(r"What do (\d+) pieces of the (.+?) cost together", re.IGNORECASE)
LABEL = {"price": r"Price of the {name}: ([\d.]+) euros", "weight": r"The {name}\n.*?Weight: (\d+) grams",
         "stock": r"The {name}\n.*?count: (\d+) pieces"}  # fmt: skip
TRIES = 3
UNKNOWN = "I could not find that out."
Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Wanted:
    """What the customer asks for: a column of a product, and how many pieces of it."""

    column: str
    name: str
    pieces: int = 1


@dataclass(frozen=True)
class Seen:
    """What came of the calls so far: readings of the database and of the sheets, failures, and all texts."""

    sql: list[float]
    sheets: list[float]
    sums: list[float]
    tried: Counter[str]
    texts: list[str]


class ShopPolicy(BaseChatModel):
    """The rules."""

    tools: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "shop-policy"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Return the model with the names of its tools: dicts or tool objects, as a provider's model takes them."""
        return self.model_copy(update={"tools": tuple(_name(tool) for tool in tools)})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = max(i for i, message in enumerate(messages) if isinstance(message, HumanMessage))
        question = str(messages[asked].content)
        said = self.decide(question, messages[asked + 1 :])
        if isinstance(said, str):
            return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])
        name, arguments = said
        call = {"name": name, "args": arguments, "id": f"call_{len(messages)}"}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=[call]))])

    def decide(self, question: str, done: list[BaseMessage]) -> Call | str:
        """Return the next call, or the answer."""
        wanted = wanted_of(question)
        if wanted is None:
            return "I can only tell prices, weights and stocks of the shop's products."
        seen = seen_of(wanted, done)
        return self.read(wanted, seen) or self.check(wanted, seen) or self.conclude(wanted, seen)

    def read(self, wanted: Wanted, seen: Seen) -> Call | None:
        """Return the call that reads a source which has not been read, as long as there is patience."""
        if not seen.sql and seen.tried["sql"] < TRIES:
            return self.query(wanted)
        if not seen.sheets and seen.tried["search"] < TRIES:
            return self.search(wanted)
        return None

    def check(self, wanted: Wanted, seen: Seen) -> Call | None:
        """Return the call that reads a source again, where the sources disagree and no value stands twice."""
        readings = Counter([*seen.sql, *seen.sheets])
        if len(readings) > 1 and max(readings.values()) < 2:
            if len(seen.sql) < 2 and seen.tried["sql"] < 2 * TRIES:
                return self.query(wanted)
            if len(seen.sheets) < 2 and seen.tried["search"] < 2 * TRIES:
                return self.search(wanted)
        return None

    def conclude(self, wanted: Wanted, seen: Seen) -> Call | str:
        """Return the answer, or the sum that is still missing."""
        value = self.believed(seen)
        if value is None:
            return f"{UNKNOWN} The tools gave no usable result."
        if wanted.pieces == 1:
            return f"The {wanted.column} of the {wanted.name} is {value:g}."
        total = next((s for s in seen.sums if abs(s - wanted.pieces * value) < 0.01), None)
        if total is None and seen.tried["calculator"] < TRIES:
            return self.named("calculator"), {"expression": f"{wanted.pieces} * {value:g}"}
        return f"Together they cost {wanted.pieces * value if total is None else total:g} euros."

    def believed(self, seen: Seen) -> float | None:
        """Return the value that most readings give; the database's where all differ; None without any."""
        readings = Counter([*seen.sql, *seen.sheets])
        return readings.most_common(1)[0][0] if readings else None

    def query(self, wanted: Wanted) -> Call:
        """Return the call that reads the database."""
        return self.named("sql"), {"query": f"SELECT {wanted.column} FROM products WHERE name = '{wanted.name}'"}

    def search(self, wanted: Wanted) -> Call:
        """Return the call that reads the product sheets."""
        return self.named("search"), {"query": f"{wanted.column} of the {wanted.name}"}

    def named(self, tool: str) -> str:
        """Return the name under which ``tool`` is offered, which may have changed a little."""
        return next((name for name in self.tools if name.startswith(tool)), tool)


def wanted_of(question: str) -> Wanted | None:
    """Return what is asked for, or None if it is nothing the shop knows about."""
    if found := FACT.search(question):
        return Wanted(found[1].lower(), found[2].lower())
    if found := TOTAL.search(question):
        return Wanted("price", found[2].lower(), int(found[1]))
    return None


def seen_of(wanted: Wanted, done: list[BaseMessage]) -> Seen:
    """Return what the calls since the question came to."""
    sql, sheets, sums, texts = [], [], [], []
    tried: Counter[str] = Counter()
    for message in done:
        if not isinstance(message, ToolMessage):
            continue
        text = str(message.content)
        texts.append(text)
        tool = next(t for t in ("sql", "search", "calculator", str(message.name)) if str(message.name).startswith(t))
        tried[tool] += 1
        if message.status == "error":
            continue
        pattern = {
            "sql": rf'"{wanted.column}": ([\d.]+)',
            "search": LABEL[wanted.column].replace("{name}", re.escape(wanted.name)),
            "calculator": r"^(-?[\d.]+)$",
        }.get(tool, r"$.")
        found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
        if found is not None and not text.startswith("As of"):
            {"sql": sql, "search": sheets, "calculator": sums}[tool].append(float(found[1].rstrip(".")))
    return Seen(sql, sheets, sums, tried, texts)


def _name(tool: Any) -> str:
    return str(tool["function"]["name"]) if isinstance(tool, dict) else str(tool.name)
