"""Observer: what LangChain's callbacks tell of a run whose model and tools are not ours to ask."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler

from robustcore.systems.agents import messages as wire
from robustcore.systems.agents.session import CURRENT, Session, plain
from robustcore.systems.trace import ToolUse


class Observer(AsyncCallbackHandler):
    """Counts the turns of the model, keeps what it says, and notes calls of tools that are not watched."""

    run_inline = True

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: dict[UUID, tuple[str, Mapping[str, Any], float]] = {}
        self._said: list[str] = []

    async def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        """Count a turn; end the run if it is one too many."""
        session = self._session
        if session.turns < session.limits.steps:
            session.turns += 1
        elif session.ended == "answered":
            session.ended = "step_limit"
            session.cut_off()

    async def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Keep what the model says beside its calls."""
        message = getattr(response.generations[0][0], "message", None) if response.generations else None
        if message is not None and getattr(message, "tool_calls", None) and (said := wire.text_of(message.content)):
            self._session.said.append(said)

    async def on_tool_start(self, serialized: Any, input_str: str, *, run_id: UUID, **kwargs: Any) -> None:
        """Note a call of a tool that is not watched: one that is runs outside of the session."""
        if CURRENT.get() is None:
            return
        name = str((serialized or {}).get("name", kwargs.get("name", "")))
        inputs = kwargs.get("inputs")
        self._open[run_id] = (
            name,
            inputs if isinstance(inputs, Mapping) else {"input": input_str},
            time.perf_counter(),
        )

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Note what it returned."""
        self._close(run_id, wire.result_of(output, 0.0).text, failed=getattr(output, "status", "") == "error")

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Note that it failed."""
        self._close(run_id, str(error), failed=True)

    def finish(self) -> None:
        """Note the calls that never came back."""
        for run_id in list(self._open):
            self._close(run_id, "", failed=True)

    def _close(self, run_id: UUID, text: str, *, failed: bool) -> None:
        begun = self._open.pop(run_id, None)
        if begun is None:
            return
        name, inputs, began = begun
        session = self._session
        session.uses.append(
            ToolUse(
                tool=name,
                arguments=plain(inputs),
                result=text,
                status="error" if failed else "ok",
                dangerous=name in session.dangerous,
                seconds=time.perf_counter() - began,
            )
        )
