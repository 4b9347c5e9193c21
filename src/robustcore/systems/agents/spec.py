"""LangChainAgent: what a user says about an agent; AgentOptions: how it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from robustcore.errors import InputError, Location, Problem, suggest

STEP_LIMIT: Final = 25
CONCURRENCY: Final = 8


@dataclass(frozen=True, kw_only=True)
class LangChainAgent:
    """An agent in its parts, or as it is.

    In parts: ``build(model=..., tools=..., middleware=...)`` makes the agent (``create_agent`` itself is such a
    function); ``model`` is a chat model, a function that returns one, or ``provider:model``; ``tools`` a list of tools,
    or a function that returns a fresh list, called anew for every trial. A ``tools`` function may take the documents of
    the scenario, under the names a factory's parameter may have (``corpus``, ``docs``, ``documents``, ``dataset``), and
    return a context manager that gives the list, to clean up after the trial. Every call of the model and of a tool is
    then a call of its own: kept in the ledger, shared by trials where it is the same, bounded and timed.

    As it is: ``agent`` is a compiled graph or any Runnable that calls tools, or a function without arguments that makes
    a fresh one for every trial; its run is one call. ``tools`` then lists tools that cannot be found in its graph.

    ``dangerous`` names tools that content must never make it call, ``pure`` those whose result depends on nothing but
    their arguments: their calls are shared between trials.
    """

    build: Callable[..., Any] | None = None
    model: Any = None
    tools: Any = ()
    agent: Any = None
    dangerous: Sequence[str] = ()
    pure: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what is neither or both."""
        if (self.build is None) == (self.agent is None):
            what = "LangChainAgent needs either build, model and tools, or agent"
            raise InputError(Problem(what=what, fix="LangChainAgent(build=create_agent, model=..., tools=make_tools)"))
        if self.build is not None and self.model is None:
            what = "LangChainAgent(build=...) needs the model that the agent is to be built with"
            raise InputError(Problem(what=what, fix="pass model=: a chat model, a function that makes one, or a name"))
        for name in ("dangerous", "pure"):
            if isinstance(getattr(self, name), str):
                what = f"LangChainAgent: {name} must be a list of names of tools, not one text"
                raise InputError(Problem(what=what, fix=f'write {name}=["{getattr(self, name)}"]'))


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """How an agent is run; what a scenario writes under ``system: options:``.

    ``step_limit`` is how often the model may be asked in one run, ``time_limit`` how long a run may take in seconds and
    ``tool_timeout`` one call of a tool; ``concurrency`` is how many agents run at once, and how many calls of models
    and of tools are under way. ``dangerous`` and ``pure`` add to those of the agent; ``model`` and ``tools`` are for a
    function ``build(model, tools, middleware)`` that stands alone; ``arguments`` go to that function.
    """

    step_limit: int = STEP_LIMIT
    time_limit: float = 600.0
    tool_timeout: float = 60.0
    concurrency: int = CONCURRENCY
    dangerous: tuple[str, ...] = ()
    pure: tuple[str, ...] = ()
    model: Any = None
    tools: Any = None
    arguments: Mapping[str, Any] | None = None


_NUMBERS: Final[Mapping[str, type]] = {"step_limit": int, "time_limit": float, "tool_timeout": float}
NAMES: Final = tuple(f.name for f in fields(AgentOptions) if f.name != "arguments")


def agent_options(given: Mapping[str, Any], *, concurrency: int, name: str, where: Location | None) -> AgentOptions:
    """Return ``given`` as options, names that are not ours as ``arguments``; raise `InputError` with every problem."""
    ours = {key: value for key, value in given.items() if key in NAMES and value is not None}
    rest = {key: value for key, value in given.items() if key not in NAMES}
    problems = [Problem(what=f"{name}: {what}", where=where) for what in _wrong(ours)]
    if problems:
        raise InputError(problems)
    lists: dict[str, Any] = {key: tuple(ours[key]) for key in ("dangerous", "pure") if key in ours}
    chosen: dict[str, Any] = {**ours, **lists, "concurrency": concurrency or CONCURRENCY, "arguments": rest}
    return AgentOptions(**chosen)


def refuse_unknown(options: AgentOptions, *, name: str, where: Location | None) -> None:
    """Raise `InputError` for options that nobody takes."""
    if options.arguments:
        problems = [
            Problem(what=f"{name} has no option {key!r}", where=where, choices=NAMES, fix=suggest(key, NAMES))
            for key in options.arguments
        ]
        raise InputError(problems)


def _wrong(ours: Mapping[str, Any]) -> list[str]:
    found = []
    for key, kind in _NUMBERS.items():
        value = ours.get(key, 1)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (kind is int and not isinstance(value, int))
        ):
            found.append(f"{key} must be a {'whole number' if kind is int else 'number of seconds'}, not {value!r}")
        elif value <= 0:
            found.append(f"{key} must be above 0, not {value!r}")
    for key in ("dangerous", "pure"):
        value = ours.get(key, [])
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            found.append(f"{key} must be a list of names of tools, not {value!r}")
    return found
