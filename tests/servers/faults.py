"""What a chat service can do to a request: good answers, and every way of not giving one.

A prompt asks for a fault with a marker: ``[fault: NAME]`` always, ``[fault: NAME x2]`` for its first two requests.
Names end in what they do to the reply; `FAULTS` lists them.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

MARKER = re.compile(r"\[fault: ([a-z0-9_]+)(?: x(\d+))?\]")
HUGE = 200 * 1024
ECHO = "x-client-request-id"


Said: TypeAlias = str | tuple[str, dict[str, Any]]
"""What a model says: a text, or the name of a tool and the arguments it is called with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: its ``body`` as JSON, the ``prompt`` in it, its ``headers`` with names in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    prompt: str


def prompt_of(body: dict[str, Any]) -> str:
    """Return the last message of a chat request, or the question of any other JSON request."""
    if messages := body.get("messages"):
        return str(messages[-1]["content"])
    return str(next((body[name] for name in ("question", "query", "input") if name in body), json.dumps(body)))


def fault_of(prompt: str, requests_before: int) -> str:
    """Return the fault that a prompt asks for now, or an empty string for a good answer."""
    found = MARKER.search(prompt)
    if found is None or (found[2] is not None and requests_before >= int(found[2])):
        return ""
    return found[1]


def completion(asked: Asked, said: Said, *, finish: str | None = "stop") -> dict[str, Any]:
    """Return a body of the chat completions API, or ``answer`` and ``contexts`` for any other path."""
    if "chat/completions" not in asked.path:
        return {"answer": said, "contexts": [f"a passage about {asked.prompt}"]}
    words = said.split() if isinstance(said, str) else []
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": said} if isinstance(said, str) else _calling(asked, said),
        "finish_reason": finish if isinstance(said, str) else "tool_calls",
        "logprobs": None,
    }
    if asked.body.get("logprobs"):
        most = int(asked.body.get("top_logprobs") or 0)
        choice["logprobs"] = {"content": [_logprob(word, most) for word in words]}
    sent = sum(len(str(message["content"]).split()) for message in asked.body["messages"])
    return {
        "id": f"chatcmpl-{abs(hash(asked.prompt))}",
        "object": "chat.completion",
        "created": 1,
        "model": asked.body.get("model", "served"),
        "choices": [choice],
        "usage": {"prompt_tokens": sent, "completion_tokens": len(words), "total_tokens": sent + len(words)},
    }


def _calling(asked: Asked, said: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a message that calls a tool, as the API spells it: no text, arguments as JSON in a string."""
    name, arguments = said
    call = {
        "id": f"call_{len(asked.body['messages'])}",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments)},
    }
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _logprob(word: str, most: int) -> dict[str, Any]:
    top = [{"token": word if i == 0 else f"{word}~{i}", "logprob": -0.1 - i, "bytes": None} for i in range(most)]
    return {"token": word, "logprob": -0.1, "bytes": None, "top_logprobs": top}


def message(status: int, body: bytes, headers: dict[str, str] | None = None, *, claimed: int | None = None) -> bytes:
    """Return an HTTP response; ``claimed`` is a Content-Length that is not the body's own."""
    lines = {"Content-Type": "application/json", **(headers or {})}
    lines["Content-Length"] = str(len(body) if claimed is None else claimed)
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + body


def error(status: int, code: str, headers: dict[str, str] | None = None) -> bytes:
    """Return an error in the shape of the chat completions API."""
    body = {"error": {"message": f"scripted {code}", "type": code, "code": code}}
    return message(status, json.dumps(body).encode(), headers)


Act: TypeAlias = Callable[[Asked, bytes, asyncio.StreamWriter], Awaitable[None]]
"""Does something to a connection; gets the request, the good response there would have been, and the connection."""


def _say(make: Callable[[Asked, bytes], bytes]) -> Act:
    async def act(asked: Asked, good: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(make(asked, good))
        await writer.drain()

    return act


def _body(make: Callable[[Asked], Any]) -> Act:
    return _say(lambda asked, _: message(200, json.dumps(make(asked)).encode(), echo(asked)))


def echo(asked: Asked) -> dict[str, str]:
    """Return the header that says which request is answered, if the request gave its name."""
    return {ECHO: asked.headers[ECHO]} if ECHO in asked.headers else {}


async def _hang(asked: Asked, good: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def _drop(asked: Asked, good: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _reset(asked: Asked, good: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _drop_body(asked: Asked, good: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(good[:-20])
    await writer.drain()
    writer.close()


async def _trickle(asked: Asked, good: bytes, writer: asyncio.StreamWriter) -> None:
    for start in range(0, len(good), 8):
        writer.write(good[start : start + 8])
        await writer.drain()
        await asyncio.sleep(1)


def _truncated(asked: Asked, good: bytes) -> bytes:
    body = good.partition(b"\r\n\r\n")[2]
    return message(200, body[: len(body) // 2], echo(asked))


def _without_content(asked: Asked) -> dict[str, Any]:
    body = completion(asked, "", finish=None)
    body["choices"][0]["message"]["content"] = None
    return body


def _date(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


FAULTS: dict[str, Act] = {
    "rate_limit": _say(lambda _, __: error(429, "rate_limit_exceeded")),
    "rate_limit_after": _say(lambda _, __: error(429, "rate_limit_exceeded", {"Retry-After": "1"})),
    "rate_limit_date": _say(lambda _, __: error(429, "rate_limit_exceeded", {"Retry-After": _date(1)})),
    "rate_limit_ms": _say(lambda _, __: error(429, "rate_limit_exceeded", {"retry-after-ms": "50"})),
    "quota": _say(lambda _, __: error(429, "insufficient_quota")),
    "error_500": _say(lambda _, __: error(500, "server_error")),
    "error_503": _say(lambda _, __: error(503, "overloaded")),
    "error_400": _say(lambda _, __: error(400, "invalid_request_error")),
    "unauthorized": _say(lambda asked, _: error(401, f"bad key {asked.headers.get('authorization', '')}")),
    "hang": _hang,
    "drop": _drop,
    "reset": _reset,
    "drop_body": _drop_body,
    "trickle": _trickle,
    "truncated_json": _say(_truncated),
    "not_json": _say(lambda _, __: message(200, b"<html>a page of a proxy</html>", {"Content-Type": "text/html"})),
    "error_body": _body(lambda _: {"error": {"message": "scripted, in a body with status 200", "code": "overloaded"}}),
    "empty_choices": _body(lambda asked: completion(asked, "") | {"choices": []}),
    "null_choices": _body(lambda asked: completion(asked, "") | {"choices": None}),
    "no_content": _body(_without_content),
    "wrong_id": _say(lambda asked, good: message(200, good.partition(b"\r\n\r\n")[2], {ECHO: "another-request"})),
}
REPLIES: dict[str, Act] = {
    "empty_answer": _body(lambda asked: completion(asked, "")),
    "filtered": _body(lambda asked: completion(asked, "", finish="content_filter")),
    "huge": _body(lambda asked: completion(asked, "x" * HUGE)),
    "cut": _body(lambda asked: completion(asked, "cut off", finish="length")),
}
"""Unusual, and yet answers: a client that asks again has paid twice."""
