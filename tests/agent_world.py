"""What tests of agents share: a scripted chat model whose turns are a function of the messages, and running tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import CLEAN, Case, Condition, Step
from robustcore.corpus.records import Corpus, Dataset, Example
from robustcore.perturb.families import operator_registry
from robustcore.perturb.options import check_options
from robustcore.systems.adapt import adapt
from robustcore.systems.drive import AnySystem, guarded
from robustcore.systems.trial import Trial

EXAMPLES = (
    Example(id="lamp", question="What does the lamp cost?", answers=("12.5",), wrong_answers=("19",)),
    Example(id="rope", question="What does the rope cost?", answers=("7",)),
)
DATASET = Dataset(name="shop", corpus=Corpus(), examples=EXAMPLES)
REGISTRY = operator_registry()

Said = str | tuple[str, dict[str, Any]] | list[tuple[str, dict[str, Any]]]


class Scripted(BaseChatModel):
    """``decide(question, results, tools)`` gives the answer, a call (tool, arguments), or several at once."""

    decide: Callable[[str, list[ToolMessage], tuple[str, ...]], Said]
    tools: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        names = tuple(str(t["function"]["name"]) if isinstance(t, dict) else str(t.name) for t in tools)
        return self.model_copy(update={"tools": names})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = max(i for i, message in enumerate(messages) if message.type == "human")
        results = [message for message in messages[asked:] if isinstance(message, ToolMessage)]
        said = self.decide(str(messages[asked].content), results, self.tools)
        if isinstance(said, str):
            return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])
        calls = said if isinstance(said, list) else [said]
        made = [
            {"name": name, "args": arguments, "id": f"c{len(messages)}-{place}"}
            for place, (name, arguments) in enumerate(calls)
        ]
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=made))])


def under(name: str, severity: float | None = None, **options: Any) -> Condition:
    """Return the condition of one ``tools`` operator, at its strongest level by default."""
    operator = REGISTRY.get(f"tools.{name}")
    return Condition(name, severity or max(operator.levels), (Step(operator, check_options(operator, options)),))


def engine_of(system: AnySystem, ledger: Ledger | None = None) -> Engine:
    """Return an engine that knows the endpoints of ``system``."""
    book = ledger or Ledger(None)
    engine = Engine(book, book.start_run() if ledger else Run("r"))
    engine.add_endpoints(system.endpoints)
    return engine


def adapted(value: object, dataset: Dataset = DATASET, version: str = "", **options: Any) -> AnySystem:
    """Return ``value`` as a system called ``app:agent``."""
    return adapt(value, name="app:agent", dataset=dataset, version=version, options=options)


def trials(
    system: AnySystem,
    conditions: Sequence[Condition] = (CLEAN,),
    examples: Sequence[Example] = EXAMPLES[:1],
    *,
    engine: Engine | None = None,
    replicate: int = 0,
) -> Mapping[str, Trial]:
    """Return the trials by ``condition-example``."""
    used = engine or engine_of(system)
    cases = [Case(f"{c.name}-{e.id}", e, c, replicate) for c in conditions for e in examples]
    flows = ((case.id, guarded(case, system, DATASET.corpus, others=DATASET.examples)) for case in cases)
    return dict(used.run(flows))
