"""(l) 500 agent runs with tools that take 200 ms: 32 at once through engine and ledger, against one after another."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.timing import Usage, print_table, verdict
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.case import CLEAN, Case
from robustcore.corpus.records import Corpus, Dataset, Example
from robustcore.systems.adapt import adapt
from robustcore.systems.agents.spec import LangChainAgent
from robustcore.systems.drive import guarded

CASES, AT_ONCE, TOOL_SECONDS = 500, 32, 0.2
FASTER = 10.0  # times; 32 would be the ideal of agents that need no processor


def run(folder: Path, repeats: int, *, cases: int = CASES) -> None:
    """Measure and print: one after another, the agent as it is, the agent in parts."""
    dataset = _dataset(cases)
    graph, model, tools = _agent()
    alone = _alone(graph, dataset)
    rows = [["one after another, bare", f"{alone.wall:.1f} s", f"{alone.cpu:.1f} s", "1.0", ""]]
    from langchain.agents import create_agent

    kinds = {
        "as it is: a run is a call": LangChainAgent(agent=graph),
        "in parts: every call in the ledger": LangChainAgent(build=create_agent, model=model, tools=tools),
    }
    for name, agent in kinds.items():
        taken = [_ours(folder / f"{len(rows)}-{repeat}", agent, dataset) for repeat in range(repeats)]
        best = min(taken, key=lambda usage: usage.wall)
        ratio = alone.wall / best.wall
        rows.append([name, f"{best.wall:.1f} s", f"{best.cpu:.1f} s", f"{ratio:.1f}", verdict(ratio, at_least=FASTER)])
    print_table(
        f"(l) {cases} agent runs, one tool of {TOOL_SECONDS * 1e3:.0f} ms each; {AT_ONCE} at once (best of {repeats})",
        ["", "wall", "cpu", "times faster", "target"],
        rows,
    )


def _dataset(cases: int) -> Dataset:
    questions = [
        Example(id=f"q{n}", question=f"What does item {n} cost?", answers=(str(3 * n + 1),)) for n in range(cases)
    ]
    return Dataset(name="items", corpus=Corpus(), examples=tuple(questions))


def _agent() -> tuple[Any, Any, Sequence[Any]]:
    from langchain.agents import create_agent
    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
    from langchain_core.outputs import ChatGeneration, ChatResult
    from langchain_core.tools import tool

    @tool
    def price(item: int) -> str:
        """Return the price of an item."""
        time.sleep(TOOL_SECONDS)
        return str(3 * item + 1)

    class Asking(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "asking"

        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            return self

        def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
            last = messages[-1]
            if isinstance(last, ToolMessage):
                return ChatResult(generations=[ChatGeneration(message=AIMessage(f"It costs {last.content}."))])
            found = re.search(r"item (\d+)", str(last.content))
            assert found is not None
            call = {"name": "price", "args": {"item": int(found[1])}, "id": "c1"}
            return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=[call]))])

    model = Asking()
    return create_agent(model, [price]), model, [price]


def _timed(work: Callable[[], int], cases: int) -> Usage:
    began, cpu = time.perf_counter(), _cpu()
    right = work()
    if right != cases:
        raise SystemExit(f"{right} of {cases} runs gave the right answer: nothing was measured")
    return Usage(wall=time.perf_counter() - began, cpu=_cpu() - cpu)


def _alone(graph: Any, dataset: Dataset) -> Usage:
    """Do what a script would: one ``invoke`` after another."""

    def work() -> int:
        said = [
            graph.invoke({"messages": [("user", example.question)]})["messages"][-1].content
            for example in dataset.examples
        ]
        return sum(f" {e.answers[0]}." in text for e, text in zip(dataset.examples, said, strict=True))

    graph.invoke({"messages": [("user", "What does item 1 cost?")]})  # imports
    return _timed(work, len(dataset.examples))


def _ours(folder: Path, agent: LangChainAgent, dataset: Dataset) -> Usage:
    """Put each question through a flow of its own; every reply is in the ledger's file at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    system = adapt(agent, name="agent", dataset=dataset, options={"concurrency": AT_ONCE})
    ledger = Ledger(folder / "ledger.sqlite")
    engine = Engine(ledger, ledger.start_run())
    engine.add_endpoints(system.endpoints)
    cases = [Case(f"clean-{e.id}", e, CLEAN) for e in dataset.examples]

    def work() -> int:
        done = dict(engine.run((case, guarded(case, system, dataset.corpus)) for case in cases))
        engine.close()
        return sum(t.answer is not None and f" {c.example.answers[0]}." in t.answer.text for c, t in done.items())

    return _timed(work, len(cases))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
