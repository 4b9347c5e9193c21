"""A reply of a chat model that is too large is given up while it comes: told, sent once, and kept nowhere."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("langchain_openai", reason='needs pip install "pytest-robust[chat]"')

from robustcore.calls.types import Call, CallError
from robustcore.endpoints.remote import reply_size
from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.remote.retry import TooLarge

HEAD = b'{"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, '
HEAD += b'"finish_reason": "stop", "message": {"role": "assistant", "content": "'
TAIL = b'"}}]}'


@contextmanager
def serving(body: bytes, encoding: str = "") -> Iterator[tuple[str, list[int]]]:
    """Serve ``body`` to whoever posts; give the URL, and how many bytes of it were taken by each request."""
    taken: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            if encoding:
                self.send_header("content-encoding", encoding)
            self.end_headers()
            number = len(taken)
            taken.append(0)
            try:
                for start in range(0, len(body), 1_000_000):
                    self.wfile.write(body[start : start + 1_000_000])
                    taken[number] = min(len(body), start + 1_000_000)
            except OSError:
                pass  # it was given up

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", taken
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed a thousandfold"])
def test_a_reply_that_is_too_large_is_told_and_asked_for_once(packed: bool) -> None:
    body = HEAD + b"x" * (30_000_000 if not packed else 9_000_000) + TAIL
    with serving(gzip.compress(body) if packed else body, "gzip" if packed else "") as (url, taken):
        endpoint = ChatEndpoint("openai:m", options={"base_url": url})
        ask = Call(endpoint="chat", op="chat", payload={"messages": [{"role": "user", "content": "Hello?"}]})
        ((_, reply),) = endpoint.run([ask])
    assert isinstance(reply, CallError)
    assert (reply.kind, reply.message) == ("infra_error", "openai:m: the reply is larger than 8,000,000 bytes")
    assert len(taken) == 1
    assert packed or taken[0] < 30_000_000


def test_a_text_from_any_service_has_an_end() -> None:
    assert reply_size.check_text("x") == "x"
    with pytest.raises(TooLarge):
        reply_size.check_text("x" * (reply_size.MOST + 1))
