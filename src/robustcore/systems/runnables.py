"""LangChain Runnables as ports: the shape of their input, and how a batch is run. Nothing here imports LangChain."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from robustcore.calls.loop import Loop
from robustcore.errors import InputError, Location, Problem
from robustcore.systems.options import ASYNC_CONCURRENCY, AdapterOptions, refuse_arguments
from robustcore.systems.port import Port, earlier
from robustcore.systems.replies import Replies
from robustcore.systems.running import Many, converted, together

QUESTION_KEYS: Final = ("question", "input", "query", "messages")
RUNNABLE_HINT: Final = (
    "to offer 'context', pass LangChainRag(retriever=..., model=..., prompt=...) in place of the finished chain"
)

Shape = Callable[[str], Any]


def is_runnable(value: Any) -> bool:
    """Say whether ``value`` is a LangChain Runnable (chain, model, retriever, compiled graph), by its class alone."""
    has_methods = all(callable(getattr(value, method, None)) for method in ("invoke", "batch", "ainvoke"))
    return has_methods and any(_is_langchain(base.__module__) for base in type(value).__mro__)


def is_retriever(value: Any) -> bool:
    """Say whether ``value`` is a LangChain retriever: a Runnable that gives documents and no answer."""
    return is_runnable(value) and any(base.__name__ == "BaseRetriever" for base in type(value).__mro__)


def runnable_port(
    runnable: Any, *, replies: Replies, options: AdapterOptions, loop: Loop, name: str, where: Location | None = None
) -> Port:
    """Return the port of a Runnable that answers questions; raise `InputError` if its input cannot be told."""
    refuse_arguments(options, name=name, where=where)
    if is_retriever(runnable):
        what = f"{name} is a retriever: it finds documents and gives no answer"
        fix = "pass LangChainRag(retriever=..., model=..., prompt=...) or a chain that ends in a chat model"
        raise InputError(Problem(what=what, where=where, fix=fix))
    shape = input_shape(runnable, options.input_key, name=name, where=where)
    return Port(
        answer=converted(run_batches(runnable, shape, options, loop), replies.answer),
        hint=RUNNABLE_HINT,
        talks=shape is _as_messages,
    )


def input_shape(runnable: Any, key: str = "", *, name: str = "the runnable", where: Location | None = None) -> Shape:
    """Return how a question is put to ``runnable``: as a string, in a dict, or as a chat message.

    ``key`` decides if given. Else the Runnable's own input schema does: a string where it takes one, or a dict under
    the one of question, input, query, messages it has, or under its only key. No schema means a string. `InputError`
    if it takes a dict whose key for the question is not clear, or one that needs more than the question.
    """
    if key:
        return _under(key)
    schema = _schema(runnable)
    if _takes_string(schema):
        return _as_it_is
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = [name for name in schema.get("required", ()) if name in properties]
    keys = [known for known in QUESTION_KEYS if known in properties] or (
        list(properties) if len(properties) == 1 else []
    )
    fix = "set option input_key to the key of the question, or pass a chain that makes the other inputs itself"
    if not keys:
        what = f"{name} takes a dict and does not say under which key it wants the question"
        raise InputError(Problem(what=what, where=where, choices=tuple(properties), fix=fix))
    more = [other for other in required if other != keys[0]]
    if more:
        what = f"{name} needs {', '.join(map(repr, more))} beside the question"
        raise InputError(Problem(what=what, where=where, fix=fix))
    return _under(keys[0])


def run_batches(runnable: Any, shape: Callable[[Any], Any], options: AdapterOptions, loop: Loop) -> Many:
    """Return a runner over ``runnable``: its own ``batch``, or ``ainvoke`` per input under option ``run_async``.

    Runs that keep a conversation (a checkpointer, a message history) get a fresh thread per input: nothing one
    question leaves behind reaches another.
    """
    limit = options.concurrency or ASYNC_CONCURRENCY
    fresh = _conversation_keys(runnable)

    def config() -> dict[str, Any]:
        given = {"max_concurrency": limit, **options.config}
        if fresh:
            thread = uuid.uuid4().hex
            given["configurable"] = {**dict.fromkeys(fresh, thread), **given.get("configurable", {})}
        return given

    if options.run_async:

        async def ask(value: Any) -> Any:
            return await runnable.ainvoke(shape(value), config=config())

        return lambda inputs: loop.each(ask, inputs, concurrency=limit)

    def batch(inputs: Sequence[Any]) -> Any:
        shaped = [shape(value) for value in inputs]
        return runnable.batch(shaped, config=[config() for _ in shaped], return_exceptions=True)

    return together(batch, loop)


def _is_langchain(module: str) -> bool:
    root = module.partition(".")[0]
    return root == "langgraph" or root.startswith("langchain")


def _schema(runnable: Any) -> Mapping[str, Any]:
    try:
        schema = runnable.get_input_jsonschema()
    except Exception:  # no schema can be made of some input types; the question then goes in as it is
        return {}
    while "$ref" in schema:
        schema = {
            "$defs": schema.get("$defs", {}),
            **schema.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {}),
        }
    if list(schema.get("properties", ())) == ["root"]:  # what LangChain says for functions it could not look into
        first = type(getattr(runnable, "first", runnable)).__name__
        return {"type": "object"} if first == "RunnableAssign" else {}
    return dict(schema)


def _takes_string(schema: Mapping[str, Any]) -> bool:
    kinds = [schema, *schema.get("anyOf", ())]
    said_nothing = not any(key in schema for key in ("type", "anyOf", "properties"))
    return said_nothing or any(kind.get("type") == "string" for kind in kinds)


def _conversation_keys(runnable: Any) -> tuple[str, ...]:
    fields = {spec.id for spec in getattr(runnable, "config_specs", ())}
    if getattr(runnable, "checkpointer", None):
        fields.add("thread_id")
    return tuple(sorted(fields & {"thread_id", "session_id"}))


def _as_it_is(question: str) -> str:
    return question


def _under(key: str) -> Shape:
    return _as_messages if key == "messages" else lambda question: {key: str(question)}


def _as_messages(question: str) -> dict[str, Any]:
    return {"messages": [*earlier(question), {"role": "user", "content": str(question)}]}
