"""LangChain messages, tools and results as JSON values. Everything that differs from run to run is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ToolMessage,
    message_to_dict,
    messages_from_dict,
)

from robustcore.keys import canonical_json
from robustcore.systems.agents.session import Result

_OURS: Final = re.compile(r"(lc_)?run-.*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # ids that LangChain makes up


def messages_to_json(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Return ``messages`` as JSON objects: equal conversations give equal values."""
    return [_message(message) for message in messages]


def messages_from_json(values: Sequence[Mapping[str, Any]]) -> list[BaseMessage]:
    """Return the messages that `messages_to_json` wrote."""
    return messages_from_dict([dict(value) for value in values])


def _message(message: BaseMessage) -> dict[str, Any]:
    written = message_to_dict(message)
    given = written["data"].get("id")
    dropped = {"artifact", *(("id",) if given is None or _OURS.fullmatch(str(given)) else ())}
    data = {key: value for key, value in written["data"].items() if key not in dropped and value not in (None, {}, [])}
    return {"type": written["type"], "data": {"content": written["data"]["content"], **data}}


def reply_of(messages: Sequence[Mapping[str, Any]]) -> AIMessage:
    """Return the message of the model that an endpoint wrote."""
    (message,) = messages_from_json(messages)
    if not isinstance(message, AIMessage):
        raise TypeError(f"the model replied with a {type(message).__name__}, not with an AIMessage")
    return message


def with_names(messages: Sequence[BaseMessage], names: Mapping[str, str]) -> list[BaseMessage]:
    """Return ``messages`` with tools under other ``names``."""
    return [_renamed(message, names) for message in messages] if names else list(messages)


def _renamed(message: BaseMessage, names: Mapping[str, str]) -> BaseMessage:
    if isinstance(message, AIMessage) and message.tool_calls:
        calls = [{**call, "name": names.get(call["name"], call["name"])} for call in message.tool_calls]
        return message.model_copy(update={"tool_calls": calls})
    if isinstance(message, ToolMessage) and message.name is not None and message.name in names:
        return message.model_copy(update={"name": names[message.name]})
    return message


def text_of(content: Any) -> str:
    """Return the text of a message's content or of a tool's result."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part if isinstance(part, str) else str(part.get("text", "")) for part in content if _is_text(part)]
        return "".join(parts) if parts else str(content)
    try:
        return canonical_json(content)
    except (TypeError, ValueError):
        return str(content)


def _is_text(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, Mapping) and isinstance(part.get("text"), str))


def result_of(value: Any, seconds: float) -> Result:
    """Return what a tool gave as a `Result`: a message, or content as a tool returns it without one."""
    content, artifact, status = value, None, "ok"
    if isinstance(value, ToolMessage):
        content, artifact = value.content, value.artifact
        status = "error" if value.status == "error" else "ok"
    if not isinstance(content, str | list):
        content = text_of(content)
    return Result(
        text=text_of(content), content=content, artifact=artifact_to_json(artifact), status=status, seconds=seconds
    )


def artifact_to_json(artifact: Any) -> Any:
    """Return an artifact as a JSON value: documents by their text and metadata, what is no JSON value as None."""
    if isinstance(artifact, list) and artifact and all(isinstance(item, Document) for item in artifact):
        made = [{"id": d.id, "page_content": d.page_content, "metadata": d.metadata} for d in artifact]
        return {"documents": made} if _is_json(made) else None
    return {"value": artifact} if artifact is not None and _is_json(artifact) else None


def artifact_of(value: Any) -> Any:
    """Return the artifact that `artifact_to_json` wrote."""
    if not isinstance(value, Mapping):
        return None
    if "documents" in value:
        return [Document(**item) for item in value["documents"]]
    return value.get("value")


def _is_json(value: Any) -> bool:
    try:
        canonical_json(value)
    except (TypeError, ValueError):
        return False
    return True
