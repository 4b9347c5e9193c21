"""Tools and models of an agent that know the run they are called in; outside of one they do what they always did."""

from __future__ import annotations

import builtins
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool

from robustcore.keys import canonical_json
from robustcore.systems.agents import messages as wire
from robustcore.systems.agents.ground import StoppedError
from robustcore.systems.agents.session import CURRENT, Ask, Execute, Result, Session

_LOCK: Final = threading.Lock()


class _Watched:
    """Mixed in before the class of a tool: calls of it inside a run go through the run's session."""

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002  # LangChain's own name
        """Run the tool, or let the session do it."""
        session = CURRENT.get()
        if session is None:
            return super().invoke(input, config, **kwargs)  # type: ignore[misc]  # of the class it is mixed into

        def run() -> Any:
            token = CURRENT.set(None)
            try:
                return super(_Watched, self).invoke(input, config, **kwargs)  # type: ignore[misc]
            finally:
                CURRENT.reset(token)

        async def execute(delay: float) -> Result:
            return await executed_here(run, session.limits.tool, delay)

        return session.ask_waiting(_used(session, self, input, execute))

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002  # likewise
        """Run the tool, or let the session do it."""
        session = CURRENT.get()
        if session is None:
            return await super().ainvoke(input, config, **kwargs)  # type: ignore[misc]

        async def execute(delay: float) -> Result:
            if not has_async(self):
                return await executed_here(lambda: super(_Watched, self).invoke(input, config, **kwargs),  # type: ignore[misc]
                                           session.limits.tool, delay)  # fmt: skip
            return await executed(lambda: super(_Watched, self).ainvoke(input, config, **kwargs),  # type: ignore[misc]
                                  session.limits.tool, delay)  # fmt: skip

        return await _used(session, self, input, execute)


def watch(tool: BaseTool) -> BaseTool:
    """Make ``tool`` know of runs, in place: whoever holds it needs no other object. Twice is once."""
    with _LOCK:
        kind = type(tool)
        if not issubclass(kind, _Watched):
            tool.__class__ = type(
                kind.__name__, (_Watched, kind), {"__module__": kind.__module__, "__doc__": kind.__doc__}
            )
    return tool


def has_async(tool: Any) -> bool:
    """Say whether a tool has asynchronous code of its own, not just its synchronous one in a thread."""
    if isinstance(tool, StructuredTool):
        return tool.coroutine is not None
    return type(tool)._arun is not BaseTool._arun


def takes_more(tool: BaseTool) -> bool:
    """Say whether a tool is handed more than its model sees (state, a store, ids): such a call is no JSON value."""
    try:
        seen, given = tool.tool_call_schema, tool.get_input_schema()
        return set(getattr(seen, "model_fields", ())) != set(getattr(given, "model_fields", ()))
    except Exception:  # schemas of some tools cannot be made; then nothing is known to be injected
        return False


async def _used(session: Session, tool: Any, given: Any, execute: Execute) -> Any:
    """Return what the agent gets in place of ``tool.invoke(given)``."""
    is_call = isinstance(given, dict) and given.get("type") == "tool_call"
    arguments = given["args"] if is_call else given if isinstance(given, dict) else {"input": given}
    relayed = execute
    if session.relay and not takes_more(tool) and _is_json(arguments):
        ordinal = session.called

        async def relay(delay: float) -> Result:
            payload = {"tool": tool.name, "arguments": arguments, "ordinal": ordinal, "delay": delay}
            return Result(**await session.ask(Ask("tool", payload)))

        relayed = relay
    result, _ = await session.use(tool.name, arguments, relayed)
    if result.raised:
        return _raise(tool, result, given if is_call else None)
    content = result.text if result.content is None else result.content
    if not is_call:
        return content
    return ToolMessage(
        content=content,
        name=tool.name,
        tool_call_id=given["id"],
        artifact=wire.artifact_of(result.artifact),
        status="success" if result.status == "ok" else "error",
    )


def _raise(tool: Any, result: Result, call: Any) -> Any:
    """Raise what the tool raised; a ToolException is handled first as the tool says."""
    handled = tool.handle_tool_error if result.raised == "ToolException" else False
    if not handled:
        kind = getattr(builtins, result.raised, ToolException)
        error = (kind if isinstance(kind, type) and issubclass(kind, Exception) else ToolException)(result.text)
        error.of_a_tool = True  # type: ignore[attr-defined]  # the agent's to handle: not the fault of our own set-up
        raise error
    text = handled if isinstance(handled, str) else result.text
    text = str(handled(ToolException(result.text))) if callable(handled) else text
    return text if call is None else ToolMessage(content=text, name=tool.name, tool_call_id=call["id"], status="error")


async def executed(run: Callable[[], Any], limit: float, delay: float = 0.0) -> Result:
    """Return what awaiting ``run()`` comes to after ``delay`` seconds; at most ``limit`` seconds in all."""
    import asyncio

    began = time.perf_counter()
    token = CURRENT.set(None)
    try:
        async with asyncio.timeout(limit):
            await asyncio.sleep(delay)
            return wire.result_of(await run(), time.perf_counter() - began)
    except TimeoutError as error:
        seconds = time.perf_counter() - began
        if seconds < limit:  # the tool's own
            return Result(text=f"TimeoutError: {error}", status="error", raised="TimeoutError", seconds=seconds)
        return Result(text=f"TimeoutError: no result within {limit:g} seconds", status="timeout", seconds=seconds)
    except StoppedError:
        raise
    except Exception as error:
        name = type(error).__name__
        text = str(error) if isinstance(error, ToolException) else str(error) or name
        return Result(text=text, status="error", raised=name, seconds=time.perf_counter() - began)
    finally:
        CURRENT.reset(token)


async def executed_here(run: Callable[[], Any], limit: float, delay: float = 0.0) -> Result:
    """Return `executed` of a blocking ``run``, in a thread of its own that nobody waits for if it hangs."""
    return await executed(lambda: in_thread(run), limit, delay)


async def in_thread(run: Callable[[], Any]) -> Any:
    """Return ``run()``, called in a daemon thread with the context of the caller."""
    import asyncio
    import contextvars

    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(value: Any, error: BaseException | None) -> None:
        if not future.done():
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)

    def work() -> None:
        value: Any = None
        error: BaseException | None = None
        try:
            value = context.run(run)
        except StopIteration as stop:  # cannot be raised into a future
            error = RuntimeError(f"StopIteration: {stop}")
        except (KeyboardInterrupt, SystemExit) as interrupt:  # raised in a task it would end the loop's thread
            error = StoppedError(interrupt)
        except BaseException as raised:  # handed over to the caller
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=work, name="robust-tool", daemon=True).start()
    return await future


class RelayModel(BaseChatModel):
    """The chat model that an agent is built with: every turn of it is a call that the session asks for."""

    @property
    def _llm_type(self) -> str:
        return "robust-relay"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Return the model with ``tools``, in the form that every provider's model reads."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        session = _session()
        return _generation(session.ask_waiting(_turn(session, messages, {"stop": stop, **kwargs})))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _generation(await _turn(_session(), messages, {"stop": stop, **kwargs}))


def _session() -> Session:
    session = CURRENT.get()
    if session is None:
        raise RuntimeError("the agent was built for robustness tests and can only be run by them")
    return session


def _generation(message: AIMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


async def _turn(session: Session, messages: list[BaseMessage], options: dict[str, Any]) -> AIMessage:
    session.turn()
    tools = list(options.pop("tools", None) or ())
    places = session.striking.shown(tools, _name)
    names = {own: shown for own, shown in session.striking.names().items() if own in {_name(t) for t in tools}}
    if names:
        session.striking.renamed()
    payload = {
        "messages": wire.messages_to_json(wire.with_names(messages, names)),
        "tools": [_shown(tools[place], names) for place in places],
        "options": {key: value for key, value in options.items() if value is not None and _is_json(value)},
    }
    reply = wire.reply_of([await session.ask(Ask("model", payload))])
    (message,) = wire.with_names([reply], {shown: own for own, shown in names.items()})
    assert isinstance(message, AIMessage)
    session.expected = max(1, len(message.tool_calls))
    if message.tool_calls and (said := wire.text_of(message.content)):
        session.said.append(said)
    return message


def _name(tool: dict[str, Any]) -> str:
    return str(tool.get("function", tool).get("name", ""))


def _shown(tool: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    name = _name(tool)
    if name not in names:
        return tool
    return {**tool, "function": {**tool["function"], "name": names[name]}}


def _is_json(value: Any) -> bool:
    try:
        canonical_json(value)
    except (TypeError, ValueError):
        return False
    return True
