"""A user's agent → a system: what it is made of, which of its tools are watched, what a fresh trial of it is."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from robustcore.calls.failures import Classifier
from robustcore.corpus.records import Dataset
from robustcore.endpoints.remote.loopback import stays_here
from robustcore.errors import InputError, Location, Problem, require, suggest
from robustcore.systems.agents.ground import tools_of
from robustcore.systems.agents.run import Make
from robustcore.systems.agents.spec import AgentOptions, LangChainAgent, agent_options, refuse_unknown
from robustcore.systems.agents.system import AgentAsItIs, AgentInParts
from robustcore.systems.factory import takes_of
from robustcore.systems.options import AdapterOptions
from robustcore.systems.replies import Replies
from robustcore.systems.runnables import is_runnable
from robustcore.systems.targets import TARGET, resolve_target

PARTS = ("model", "tools", "middleware")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What every agent is adapted with: its names, the data, and how replies are kept and errors told apart."""

    name: str
    stem: str
    dataset: Dataset
    replies: Replies
    fingerprint: str | None
    classifiers: Sequence[Classifier] = ()
    where: Location | None = None

    def wrong(self, what: str, fix: str, choices: Sequence[str] = ()) -> InputError:
        """Return the error of an agent that cannot be used."""
        return InputError(Problem(what=f"{self.name}: {what}", where=self.where, fix=fix, choices=tuple(choices)))


def is_build(value: Any) -> bool:
    """Say whether ``value`` is a function ``build(model, tools, ...)``: one with parameters of both names."""
    if not (inspect.isroutine(value) or inspect.isclass(value)):
        return False
    try:
        names = set(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return False
    return {"model", "tools"} <= names


def has_tools(value: Any) -> bool:
    """Say whether ``value`` is a compiled graph with a node of tools, without importing LangGraph to ask."""
    return is_runnable(value) and any(True for _ in _tools_in(value))


def agent_system(value: Any, options: AdapterOptions, given: Given) -> AgentInParts | AgentAsItIs:
    """Return the system for a `LangChainAgent`, a function `is_build`, a graph that `has_tools`, or a maker of one.

    Raises `InputError` for parts that are missing or cannot be used, and `MissingExtraError` without LangChain.
    """
    require("langchain_core.tools", extra="langchain", purpose="an agent as a system under test")
    chosen = agent_options(options.arguments, concurrency=options.concurrency, name=given.name, where=given.where)
    agent = value if isinstance(value, LangChainAgent) else _agent_of(value, chosen, given)
    chosen = replace(
        chosen,
        dangerous=tuple(dict.fromkeys((*agent.dangerous, *chosen.dangerous))),
        pure=tuple(dict.fromkeys((*agent.pure, *chosen.pure))),
    )
    return _in_parts(agent, chosen, given) if agent.build is not None else _as_it_is(agent, chosen, given)


def _agent_of(value: Any, chosen: AgentOptions, given: Given) -> LangChainAgent:
    if not is_build(value):
        return LangChainAgent(agent=value)
    missing = [key for key in ("model", "tools") if getattr(chosen, key) is None]
    if missing:
        what = f"build(model, tools, ...) needs {' and '.join(missing)} to build with"
        fix = (
            "name them: system: {use: app.agent:build, options: {model: app.agent:make_model, tools: "
            "app.agent:make_tools}}, or pass LangChainAgent(build=..., model=..., tools=...)"
        )
        raise given.wrong(what, fix)
    return LangChainAgent(build=value, model=_named(chosen.model), tools=_named(chosen.tools))


def _named(value: Any) -> Any:
    """Return the object that a text names: ``package.module:attribute``; another text (``provider:model``) as it is."""
    if not isinstance(value, str) or not TARGET.fullmatch(value):
        return value
    module, _, attribute = value.partition(":")
    try:
        known = importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        known = False
    if not known or (("." not in module) and not hasattr(importlib.import_module(module), attribute.split(".")[0])):
        return value
    return resolve_target(value)


# --- in parts


def _in_parts(agent: LangChainAgent, chosen: AgentOptions, given: Given) -> AgentInParts:
    from robustcore.systems.agents.wrapped import RelayModel, watch

    assert agent.build is not None
    make_tools = _maker(agent.tools, given)
    front = [watch(tool) for tool in _listed(make_tools(), given)]
    _check_names(chosen, [tool.name for tool in front], given)
    build = _bound(agent.build, chosen, given)
    model, live = _model(agent.model, given)
    relay = RelayModel()
    first = build(relay, front)
    _check_agent(first, given)
    return AgentInParts(
        name=given.name,
        stem=given.stem,
        options=chosen,
        replies=given.replies,
        make=Make.of(lambda: build(relay, front), first, name=given.name, where=given.where),
        world=make_tools,
        model=model,
        live=live,
        fingerprint=given.fingerprint,
        classifiers=given.classifiers,
    )


def _bound(build: Callable[..., Any], chosen: AgentOptions, given: Given) -> Callable[[Any, Any], Any]:
    """Return ``build`` as a function of model and tools, with the arguments of the scenario bound."""
    extra = dict(chosen.arguments or {})
    parameters = inspect.signature(build).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    unknown = [key for key in extra if key not in parameters or key in PARTS]
    if unknown and not open_ended:
        known = [name for name in parameters if name not in PARTS]
        raise given.wrong(f"build has no parameter {unknown[0]!r}", suggest(unknown[0], known) or "remove it", known)
    missing = [
        name for name, p in parameters.items()
        if p.default is p.empty and name not in (*PARTS, *extra) and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]  # fmt: skip
    if missing:
        raise given.wrong(f"build needs {', '.join(missing)}, too", "give them as options of the system in YAML")
    if "middleware" in parameters:
        return lambda model, tools: build(model=model, tools=list(tools), middleware=[], **extra)
    return lambda model, tools: build(model=model, tools=list(tools), **extra)


def _model(model: Any, given: Given) -> tuple[Callable[[], Any], bool]:
    """Return what makes the user's model, and whether it is reached by name and so may cost money."""
    if isinstance(model, str):
        from robustcore.endpoints.remote.chat_model import make_model

        require("langchain", extra="chat", purpose=f"the model {model!r}")
        return lambda: make_model(model, {}, "", here=False)[0], not stays_here("")
    if hasattr(model, "bind_tools") and not isinstance(model, type):
        return lambda: model, False
    if callable(model):
        return model, bool(getattr(model, "live", False))
    what = f"the model is a {type(model).__name__}"
    raise given.wrong(what, "pass a LangChain chat model, a function that returns one, or provider:model")


# --- as it is


def _as_it_is(agent: LangChainAgent, chosen: AgentOptions, given: Given) -> AgentAsItIs:
    from robustcore.systems.agents.wrapped import watch

    refuse_unknown(replace(chosen, arguments=_beside(chosen)), name=given.name, where=given.where)
    listed = [watch(tool) for tool in _listed(agent.tools, given)] if agent.tools else []

    def made() -> Any:
        fresh = agent.agent() if inspect.isroutine(agent.agent) or inspect.isclass(agent.agent) else agent.agent
        for tool in _tools_in(fresh):
            watch(tool)
        return fresh

    first = made()
    _check_agent(first, given)
    names = [tool.name for tool in (*listed, *_tools_in(first))]
    if not names:
        what = "no tools were found in the agent"
        raise given.wrong(what, "list them: LangChainAgent(agent=..., tools=[...])")
    _check_names(chosen, names, given)
    return AgentAsItIs(
        name=given.name,
        stem=given.stem,
        options=chosen,
        replies=given.replies,
        make=Make.of(made, first, name=given.name, where=given.where),
        fingerprint=given.fingerprint,
        classifiers=given.classifiers,
    )


def _beside(chosen: AgentOptions) -> Mapping[str, Any]:
    """Return the options that a finished agent has no use for."""
    unused = {key: getattr(chosen, key) for key in ("model", "tools") if getattr(chosen, key) is not None}
    return {**(chosen.arguments or {}), **unused}


def _tools_in(agent: Any) -> Any:
    """Yield the tools of the tool nodes of a compiled graph, those of graphs inside it too."""
    for node in (getattr(agent, "nodes", None) or {}).values() if hasattr(agent, "nodes") else ():
        inner = getattr(node, "bound", node)
        held = getattr(inner, "tools_by_name", None)
        if isinstance(held, Mapping):
            yield from held.values()
        elif hasattr(inner, "nodes") and inner is not agent:
            yield from _tools_in(inner)


# --- both


def _maker(tools: Any, given: Given) -> Callable[[], Any]:
    """Return what gives the tools of a trial: a list always the same ones, a function fresh ones."""
    if not callable(tools) or hasattr(tools, "name"):
        return lambda: tools
    try:
        parameters = list(inspect.signature(tools).parameters.values())
    except (TypeError, ValueError):
        return partial(tools)
    needed = [p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    taken = takes_of(parameters[0], given.dataset) if parameters else None
    if taken is not None and len(needed) <= 1:
        return partial(tools, taken)
    if needed:
        what = f"the function of the tools needs {', '.join(p.name for p in needed)}"
        raise given.wrong(what, "it is called with the documents (corpus, docs, documents or dataset) or with nothing")
    return partial(tools)


def _listed(made: Any, given: Given) -> list[Any]:
    """Return tools as a list, those of a context manager entered and never left: they only show what there is."""
    if hasattr(made, "__enter__"):
        made = made.__enter__()
    try:
        return tools_of(made)
    except (TypeError, ValueError) as error:
        fix = "pass a list of LangChain tools or functions with docstrings, or a function that returns one"
        raise given.wrong(f"the tools cannot be used: {error}", fix) from None


def _check_names(chosen: AgentOptions, names: Sequence[str], given: Given) -> None:
    for key in ("dangerous", "pure"):
        for name in getattr(chosen, key):
            if name not in names:
                fix = suggest(name, names) or "name one of its tools"
                raise given.wrong(f"{key} names {name!r}, which is none of its tools", fix, sorted(names))


def _check_agent(agent: Any, given: Given) -> None:
    if not is_runnable(agent):
        what = f"an agent must be a LangChain Runnable, not a {type(agent).__name__}"
        raise given.wrong(what, "return what create_agent or StateGraph.compile() returns")
