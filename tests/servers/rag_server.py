"""A small RAG service on loopback, as teams deploy them: POST a question, get an answer and its documents."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

HUGE = 6_000_000
REFUSAL = "I could not find this in the documents."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request that arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    question: str


class RagServer:
    """The service, in threads; ``seen`` lists requests in order of arrival. Paths other than ``/ask`` misbehave.

    It answers with the digit of the document that shares most words with the question. ``key`` is what it wants to see
    in the header Authorization, ``elsewhere`` where its redirects lead.
    """

    def __init__(self, docs: Mapping[str, str], *, key: str = "", elsewhere: str = "") -> None:
        self.docs, self.key, self.elsewhere = dict(docs), key, elsewhere
        self.seen: list[Request] = []
        self._lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                asked = json.loads(body) if body else {}
                service.reply(self, str(asked.get("question", asked.get("messages", ""))))

            def do_GET(self) -> None:
                service.reply(self, parse_qs(urlsplit(self.path).query).get("q", [""])[0])

            def log_message(self, *args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Start serving."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def requests(self, path: str) -> int:
        """Return how many requests for ``path`` have arrived."""
        return sum(request.path == path for request in self.seen)

    def reply(self, handler: BaseHTTPRequestHandler, question: str) -> None:
        """Answer one request as its path says."""
        path = urlsplit(handler.path).path
        with self._lock:
            before = self.requests(path)
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.seen.append(Request(method=handler.command, path=path, headers=headers, question=question))
        if self.key and handler.headers.get("Authorization") != f"Bearer {self.key}":
            _send(handler, 401, {"error": f"wrong key {handler.headers.get('Authorization')}"})
            return
        act: Callable[[], None] = {
            "/ask": lambda: _send(handler, 200, self.answer(question)),
            "/upper": lambda: _send(handler, 400 if question.isupper() else 200, self.answer(question)),
            "/once": lambda: _send(handler, 200 if before else 503, self.answer(question), {"Retry-After": "0"}),
            "/broken": lambda: _send(handler, 500, {"error": "the index is gone"}),
            "/never": lambda: _send(handler, 501, {}),
            "/same": lambda: _send_text(handler, 304, "", {}),
            "/page": lambda: _send_text(handler, 200, "<html>Sign in</html>", {}),
            "/huge": lambda: _send(handler, 200, {"result": {"answer": "x" * HUGE}}),
            "/echo": lambda: _send(handler, 200, {"result": {"answer": str(headers), "docs": [str(headers)]}}),
            "/drop": lambda: _drop(handler),
            "/away": lambda: _send(handler, 307, {}, {"Location": f"{self.elsewhere}/ask"}),
            "/moved": lambda: _send(handler, 308, {}, {"Location": "/ask"}),
            "/found": lambda: _send(handler, 302, {}, {"Location": "/ask"}),
            "/loop": lambda: _send(handler, 307, {}, {"Location": "/loop"}),
        }[path]
        act()

    def answer(self, question: str) -> dict[str, Any]:
        """Return the reply to ``question``."""
        asked = set(re.findall(r"\w+", question.lower()))
        shared = {name: len(asked & set(re.findall(r"\w+", text.lower()))) for name, text in self.docs.items()}
        best = max(shared, key=lambda name: shared[name])
        found = re.search(r"\d+", self.docs[best]) if shared[best] else None
        docs = [{"id": best, "text": self.docs[best]}] if found else []
        return {"result": {"answer": found[0] if found else REFUSAL, "docs": docs}, "took_ms": 1}


def _drop(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def _send(
    handler: BaseHTTPRequestHandler, status: int, value: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    _send_text(handler, status, json.dumps(value), {"Content-Type": "application/json", **(headers or {})})


def _send_text(handler: BaseHTTPRequestHandler, status: int, text: str, headers: Mapping[str, str]) -> None:
    body = text.encode()
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
