"""An agent around a chat model by name, over the shipped toolset: for items of a pack that take tools."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from robustcore.corpus.records import Dataset
from robustcore.endpoints.model_names import model_spec, shown_name
from robustcore.endpoints.remote.loopback import host_is_here, stays_here
from robustcore.endpoints.remote.secrets import read
from robustcore.errors import require
from robustcore.keys import content_key
from robustcore.systems.model_options import ModelChoice
from robustcore.systems.model_prompt import ACT, VERSION

if TYPE_CHECKING:
    from robustcore.systems.agents.system import AgentAsItIs, AgentInParts

TOOLS: Final = frozenset(("calculator", "lookup", "read_file", "sql"))
"""The names of the tools of the shipped toolset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedModel:
    """Makes the chat model ``provider:model`` with the settings of its turns; ``live``: it may leave this machine."""

    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    api_key_env: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Say whether a turn may cost money or leave the machine."""
        return not stays_here(str(self.options.get("base_url") or ""))

    def __call__(self) -> Any:
        """Return LangChain's model; raise `InputError` for what it does not take."""
        from robustcore.endpoints.remote.chat_model import asking, make_model

        here = host_is_here(str(self.options.get("base_url") or ""))
        key = read(self.api_key_env) if self.api_key_env else ""
        made, _ = make_model(self.model, self.options, key, here=here)
        return asking(made, self.settings).model


def tool_agent(dataset: Dataset, choice: ModelChoice, fingerprint: str | None) -> AgentInParts | AgentAsItIs | None:
    """Return the agent for the items of ``dataset`` that take shipped tools; None without any, or without LangChain.

    ``fingerprint`` is that of the model's endpoint: where it is None, turns are reused by no later session. Each trial
    has a toolset of its own. Turns are not tried again: a request that fails is an infrastructure error.
    """
    wanted = any(example.tools and TOOLS.issuperset(example.tools) for example in dataset.examples)
    if not wanted or importlib.util.find_spec("langchain") is None:
        return None
    from robustcore.systems.agents.adapt import Given, agent_system
    from robustcore.systems.agents.spec import LangChainAgent
    from robustcore.systems.agents.toolset import PURE, noisy_tools
    from robustcore.systems.options import AdapterOptions
    from robustcore.systems.replies import Replies

    name = f"{shown_name(choice.model)} with tools"
    stem = f"{name}@{content_key(VERSION, choice.model, dict(choice.of_model), _settings(choice))[:8]}"
    given = Given(name=name, stem=stem, dataset=dataset, replies=Replies(), fingerprint=fingerprint)
    agent = LangChainAgent(build=_built, model=_named(choice), tools=noisy_tools, pure=PURE)
    return agent_system(agent, AdapterOptions(), given)


def _built(model: Any, tools: list[Any], middleware: tuple[Any, ...] = ()) -> Any:
    agents = require("langchain.agents", extra="chat", purpose="an agent over the shipped toolset")
    return agents.create_agent(model, tools, system_prompt=ACT, middleware=list(middleware))


def _named(choice: ModelChoice) -> NamedModel:
    spec = model_spec(choice.model, choice.of_model)
    return NamedModel(
        model=spec["model"],
        options=spec.get("options", {}),
        api_key_env=spec.get("api_key_env", ""),
        settings=_settings(choice),
    )


def _settings(choice: ModelChoice) -> dict[str, Any]:
    own = choice.reader
    settings = {"max_tokens": own.max_tokens, "temperature": own.temperature, "top_p": own.top_p, "seed": own.seed}
    return {name: value for name, value in settings.items() if value is not None}
