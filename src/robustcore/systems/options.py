"""The options of an adapter, told apart from the keyword arguments of the user's own function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from robustcore.errors import InputError, Location, Problem, suggest

ASYNC_CONCURRENCY: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterOptions:
    """How a user's object is adapted; everything a scenario writes under ``system`` beside ``use`` and ``version``.

    ``factory`` says whether the object is a factory (None: by its signature); ``batch`` that a function takes a list of
    questions; ``run_async`` that a Runnable is driven by ``ainvoke``; ``input_key`` the key of a Runnable's input dict
    (``messages`` sends a chat message); ``config`` is passed on to a Runnable; ``concurrency`` how many inputs are
    under way at once (0: one for a plain function, eight for async functions and Runnables); ``batch_size`` how many
    one batch holds; ``builds`` how many edited builds of a factory are kept; ``arguments`` go to the user's function.
    """

    factory: bool | None = None
    batch: bool = False
    run_async: bool = False
    input_key: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    concurrency: int = 0
    batch_size: int = 64
    builds: int = 4
    arguments: Mapping[str, Any] = field(default_factory=dict)


_TYPES: Final[Mapping[str, type]] = {
    "factory": bool,
    "batch": bool,
    "run_async": bool,
    "input_key": str,
    "config": Mapping,
    "concurrency": int,
    "batch_size": int,
    "builds": int,
}
_WORDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    str: "text",
    Mapping: "a mapping",
    int: "a whole number",
}
_AT_LEAST: Final[Mapping[str, int]] = {"concurrency": 0, "batch_size": 1, "builds": 0}


def read_options(given: Mapping[str, Any], *, name: str, where: Location | None = None) -> AdapterOptions:
    """Return ``given`` as options, names that are not ours as ``arguments``; raise `InputError` with every problem."""
    ours = {key: value for key, value in given.items() if key in _TYPES and value is not None}
    problems = [f"{name}: {problem}" for key, value in ours.items() if (problem := _problem(key, value))]
    if problems:
        raise InputError([Problem(what=what, where=where) for what in problems])
    rest = {key: value for key, value in given.items() if key not in _TYPES}
    return AdapterOptions(**ours, arguments=rest)


def _problem(key: str, value: Any) -> str:
    wanted = _TYPES[key]
    fits = isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))
    if not fits:
        return f"{key} must be {_WORDS[wanted]}, not {value!r}"
    least = _AT_LEAST.get(key)
    return f"{key} must be at least {least}, not {value}" if least is not None and value < least else ""


def option_names() -> tuple[str, ...]:
    """Return the names an adapter understands itself."""
    return tuple(f.name for f in fields(AdapterOptions) if f.name != "arguments")


def refuse_arguments(options: AdapterOptions, *, name: str, where: Location | None = None) -> None:
    """Raise `InputError` for options that neither the adapter nor the object takes."""
    if options.arguments:
        raise InputError([_unknown(key, option_names(), name, where) for key in options.arguments])


def bound(
    function: Callable[..., Any],
    options: AdapterOptions,
    *,
    takes: tuple[str, ...],
    name: str,
    where: Location | None = None,
) -> Callable[..., Any]:
    """Return ``function`` with ``options.arguments`` bound by keyword.

    ``takes`` names what we pass by position, for messages. Raise `InputError` if the function cannot take that, has
    further parameters without a value, or does not know an argument. A signature that cannot be read is not checked.
    """
    arguments = dict(options.arguments)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return functools.partial(function, **arguments) if arguments else function
    problems = _position_problems(parameters, takes, name, where)
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    free = [p for p in named if p not in _positional(parameters)[: len(takes)]]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        known = (*(p.name for p in free), *option_names())
        problems += [_unknown(key, known, name, where) for key in arguments if key not in known]
    missing = [p.name for p in free if p.default is p.empty and p.name not in arguments]
    if missing and not problems:
        what = f"{name} has further parameters without a value: {', '.join(missing)}"
        fix = (
            f"give them as options of the system in YAML, or a default; we pass only {' and '.join(takes) or 'nothing'}"
        )
        problems.append(Problem(what=what, where=where, fix=fix))
    if problems:
        raise InputError(problems)
    return functools.partial(function, **arguments) if arguments else function


def _positional(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    return [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _position_problems(
    parameters: list[inspect.Parameter], takes: tuple[str, ...], name: str, where: Location | None
) -> list[Problem]:
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) or len(_positional(parameters)) >= len(takes):
        return []
    what = f"{name} must take {' and '.join(takes)} by position; its parameters are {_names(parameters)}"
    return [Problem(what=what, where=where)]


def _names(parameters: list[inspect.Parameter]) -> str:
    return ", ".join(str(p) for p in parameters) or "none"


def _unknown(key: str, known: tuple[str, ...], name: str, where: Location | None) -> Problem:
    return Problem(what=f"{name} has no option {key!r}", where=where, choices=known, fix=suggest(key, known))
