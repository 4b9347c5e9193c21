"""Messages into the text a model was trained to read: its own chat template, or a plain one where it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Messages: TypeAlias = Sequence[Mapping[str, str]]
ROLES = {"system": "System", "user": "User", "assistant": "Assistant"}


def check_messages(value: Any) -> list[dict[str, str]]:
    """Return the messages of a payload; raise `ValueError` where they are not what `generation` asks for."""
    if not isinstance(value, list) or not value:
        raise ValueError(f'"messages" must be a list that is not empty, not {value!r:.80}')
    for message in value:
        good = isinstance(message, dict) and message.get("role") in ROLES and isinstance(message.get("content"), str)
        if not good:
            raise ValueError(f'a message is {{"role": {" | ".join(ROLES)}, "content": text}}, not {message!r:.80}')
    return [{"role": message["role"], "content": message["content"]} for message in value]


def render(messages: Messages, tokenizer: Any, *, roles: bool) -> str:
    """Return ``messages`` as one text up to where the assistant goes on; a last message of its own is continued.

    The tokenizer's chat template is used where it has one; one that knows no system message gets it in front of the
    first user message. Otherwise ``roles`` says whether the plain template names the speakers; encoder-decoder
    models are trained on bare instructions and get none.
    """
    if getattr(tokenizer, "chat_template", None):
        return _templated(list(messages), tokenizer)
    return _plain(messages, roles=roles)


def _templated(messages: list[Mapping[str, str]], tokenizer: Any) -> str:
    goes_on = messages[-1]["role"] == "assistant"
    how = {"tokenize": False, "add_generation_prompt": not goes_on, "continue_final_message": goes_on}
    try:
        return str(tokenizer.apply_chat_template(messages, **how))
    except Exception:  # a template raises what it likes, jinja2's TemplateError mostly
        merged = _without_system(messages)
        if merged == messages:
            raise
        return str(tokenizer.apply_chat_template(merged, **how))


def _without_system(messages: list[Mapping[str, str]]) -> list[Mapping[str, str]]:
    if len(messages) < 2 or messages[0]["role"] != "system" or messages[1]["role"] != "user":
        return messages
    content = f"{messages[0]['content']}\n\n{messages[1]['content']}"
    return [{"role": "user", "content": content}, *messages[2:]]


def _plain(messages: Messages, *, roles: bool) -> str:
    if not roles:
        return "\n\n".join(message["content"] for message in messages)
    lines = [f"{ROLES[message['role']]}: {message['content']}" for message in messages]
    if messages[-1]["role"] != "assistant":
        lines.append("Assistant:")
    return "\n\n".join(lines)
