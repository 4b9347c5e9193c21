"""Small paths into a JSON reply: ``choices.0.message.content``, ``docs.*.text``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from robustcore.errors import InputError, Problem

EVERY = "*"
MOST_KEYS = 12  # shown of an object


class NoSuchPath(Exception):  # noqa: N818 - it is a finding about a reply, not a fault of ours
    """A path does not fit a reply; the message says how far it fits and what stands there."""


def check_path(path: str) -> None:
    """Raise `InputError` if ``path`` cannot be one: empty steps, or a ``$`` or ``[`` of another notation."""
    if not path or any(not step or step != step.strip() for step in path.split(".")):
        problem = f"{path!r} is no path: steps are keys, positions or * with a dot between them"
    elif path[0] in "$/" or "[" in path:
        problem = f"{path!r} is no path of the notation used here"
    else:
        return
    raise InputError(Problem(what=problem, fix="write it like choices.0.message.content or docs.*.text"))


def pick(value: Any, path: str) -> Any:
    """Return what ``path`` leads to in the JSON ``value``; with ``*`` in it, a flat list of everything it leads to.

    A step is the key of an object, the position in a list (from 0), or ``*`` for every item of a list or every value of
    an object. Raises `NoSuchPath` where a step leads nowhere.
    """
    steps = path.split(".")
    found = list(_walk(value, steps, 0))
    return found if EVERY in steps else found[0]


def _walk(value: Any, steps: list[str], depth: int) -> Iterator[Any]:
    if depth == len(steps):
        yield value
        return
    step = steps[depth]
    if step == EVERY and isinstance(value, list | dict):
        for item in value if isinstance(value, list) else value.values():
            yield from _walk(item, steps, depth + 1)
        return
    if isinstance(value, dict) and step in value:
        yield from _walk(value[step], steps, depth + 1)
    elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        yield from _walk(value[int(step)], steps, depth + 1)
    else:
        raise NoSuchPath(_said(value, steps, depth))


def _said(value: Any, steps: list[str], depth: int) -> str:
    place = f"at {'.'.join(steps[:depth])!r}" if depth else "at the top of the reply"
    return f"the path {'.'.join(steps)!r} does not fit the reply: {place} there is {shape_of(value)}"


def shape_of(value: Any) -> str:
    """Return what kind of JSON value this is, with the keys of an object or the length of a list."""
    if isinstance(value, dict):
        keys = ", ".join(list(map(str, value))[:MOST_KEYS])
        more = ", …" if len(value) > MOST_KEYS else ""
        return f"an object with the keys {keys}{more}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "null"
    return "text" if isinstance(value, str) else "true or false" if isinstance(value, bool) else "a number"
