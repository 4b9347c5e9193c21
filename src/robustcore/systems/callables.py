"""Plain objects as ports: functions (sync, async, batch), or objects with ``answer``, or ``retrieve`` and ``read``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from robustcore.calls.loop import Loop
from robustcore.corpus.records import Passage
from robustcore.errors import Location
from robustcore.systems.options import ASYNC_CONCURRENCY, AdapterOptions, bound, refuse_arguments
from robustcore.systems.port import Port, earlier
from robustcore.systems.replies import Replies
from robustcore.systems.running import Many, converted, each, is_async, together

CONTEXT_HINT: Final = (
    "to offer 'context', pass an object with retrieve(question) and read(question, passages), "
    "or LangChainRag(retriever=..., model=..., prompt=...)"
)


def callable_port(
    value: Any, *, replies: Replies, options: AdapterOptions, loop: Loop, name: str, where: Location | None = None
) -> Port | None:
    """Return the port of a plain object, or None if it has none of the accepted forms.

    In this order: ``retrieve`` and ``read`` methods (transparent), a ``batch`` method or the option ``batch``, an
    ``answer`` method, anything callable with the question. Methods may be async. A parameter ``history`` of ``answer``
    or ``read`` offers the point of that name: a list of messages with role and content.
    """
    if _has(value, "retrieve") and _has(value, "read"):
        refuse_arguments(options, name=name, where=where)
        return _reader_port(value, replies, options, loop, name, where)
    if _has(value, "batch") or (options.batch and callable(value)):
        function = bound(getattr(value, "batch", value), options, takes=("questions",), name=name, where=where)
        return Port(answer=converted(together(function, loop), replies.answer), hint=CONTEXT_HINT)
    function = value.answer if _has(value, "answer") else value
    if not callable(function):
        return None
    talks = takes_history(function)
    function = _talking(function, options, takes=("question",), name=name, where=where)
    return Port(answer=converted(_each(function, options, loop), replies.answer), hint=CONTEXT_HINT, talks=talks)


def _reader_port(
    value: Any, replies: Replies, options: AdapterOptions, loop: Loop, name: str, where: Location | None
) -> Port:
    retrieve = bound(value.retrieve, options, takes=("question",), name=f"{name}.retrieve", where=where)
    read = _talking(value.read, options, takes=("question", "passages"), name=f"{name}.read", where=where)
    return Port(
        retrieve=converted(_each(retrieve, options, loop), replies.passages),
        read=converted(_each(_of_pair(read), options, loop), replies.answer),
        talks=takes_history(value.read),
    )


def takes_history(function: Callable[..., Any]) -> bool:
    """Say whether ``function`` has a parameter ``history``: what was said before the question."""
    try:
        return "history" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _talking(
    function: Callable[..., Any],
    options: AdapterOptions,
    *,
    takes: tuple[str, ...],
    name: str,
    where: Location | None,
) -> Callable[..., Any]:
    """Return `bound`; a function with a parameter ``history`` gets the earlier messages there, none: an empty list."""
    if not takes_history(function):
        return bound(function, options, takes=takes, name=name, where=where)
    known = replace(options, arguments={**options.arguments, "history": []})
    ready = bound(function, known, takes=takes, name=name, where=where)
    if is_async(function):

        async def later(question: str, *rest: Any) -> Any:
            return await ready(str(question), *rest, history=earlier(question))

        return later
    return lambda question, *rest: ready(str(question), *rest, history=earlier(question))


def _of_pair(read: Callable[..., Any]) -> Callable[[tuple[str, tuple[Passage, ...]]], Any]:
    """Return ``read`` as a function of one pair; the user gets a list of passages with ids, titles and texts."""
    if is_async(read):

        async def read_later(pair: tuple[str, tuple[Passage, ...]]) -> Any:
            return await read(pair[0], list(pair[1]))

        return read_later
    return lambda pair: read(pair[0], list(pair[1]))


def _each(function: Callable[[Any], Any], options: AdapterOptions, loop: Loop) -> Many:
    default = ASYNC_CONCURRENCY if is_async(function) else 1
    return each(function, loop, concurrency=options.concurrency or default)


def _has(value: Any, method: str) -> bool:
    return callable(getattr(value, method, None))
