"""A deployed RAG service behind one URL as an endpoint: a question in, the texts at the given paths out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from robustcore.calls.failures import classify
from robustcore.calls.types import Call, CallError, Json, Packing, Reply, Response
from robustcore.endpoints.driving import answers
from robustcore.endpoints.remote.http_request import Service, origin
from robustcore.endpoints.remote.json_paths import NoSuchPath, pick, shape_of
from robustcore.endpoints.remote.references import Hidden, expand, require_set
from robustcore.endpoints.remote.retry import Attempts, NoAnswer, Patience
from robustcore.endpoints.specs import Spec
from robustcore.errors import require
from robustcore.keys import content_key, read_json

if TYPE_CHECKING:
    import httpx

ANSWER: Final = "answer"
VERSION: Final = "http/1"
MAX_REPLY: Final = 5_000_000  # bytes after decompression: more is no answer to a question
EXCERPT: Final = 200  # characters of a reply that a message shows
WITH_BODY: Final = (307, 308)  # the other redirects turn a POST into a GET without a body
MOST_REDIRECTS: Final = 3


class ServiceError(Exception):
    """The service replied with a status that is no success; ``status_code`` and ``headers`` tell `retry` about it."""

    def __init__(self, message: str, status: int, headers: Any) -> None:
        super().__init__(message)
        self.status_code = status
        self.headers = dict(headers)


class Unusable(Exception):  # noqa: N818 - it is what the service gave, not a fault of this code
    """The service replied with something that no further attempt would make an answer."""


class HttpService:
    """A `ConcurrentEndpoint` with the operation `ANSWER`.

    The payload is ``{"question": str}``, the value ``{"answer": str, "contexts": JSON | None, "citations": JSON |
    None}``: what stands at the paths of ``service``. It is live unless the service stands on this machine, and has a
    fingerprint only if a ``version`` was declared. Values of environment variables are read for each request and taken
    out of everything that is returned. A status below 500 that does not pass by itself (400, 413, 422) is the service's
    own answer to this question, a ``system_error``; everything else that goes wrong is ``infra_error``.
    """

    packing = Packing(max_calls=512, by_length=False)

    def __init__(self, service: Service, *, version: str = "") -> None:
        self.service = service
        self._version = version
        self._patience = Patience(
            retries=service.retries, timeout=service.timeout, total_timeout=service.timeout * (service.retries + 2)
        )
        self._jitter = random.Random()
        self._hidden = Hidden(service.variables)
        self._clients: dict[asyncio.AbstractEventLoop, httpx.AsyncClient] = {}

    @property
    def spec(self) -> Spec:
        """Return the data that makes an equal endpoint; it names environment variables and holds no value of one."""
        return {"kind": "http", "service": self.service.to_json(), "version": self._version}

    @property
    def fingerprint(self) -> str | None:
        """Return a key of the declared version and of how the service is asked, or None."""
        if not self._version:
            return None
        asked = {**self.service.to_json(), "timeout": None, "concurrency": None, "retries": None}
        return content_key(VERSION, asked, self._version)

    @property
    def live(self) -> bool:
        """Say whether a request leaves this machine. To a loopback address no proxy is used."""
        return not self.service.local

    @property
    def concurrency(self) -> int:
        """Return how many requests may be under way at once."""
        return self.service.concurrency

    def check(self) -> None:
        """Raise an error that says what is missing before it can be asked: an environment variable, or a package."""
        require_set(self.service.variables, purpose=f"system {self.service.place}")
        for module in ("httpx", "tenacity"):
            require(module, extra="http", purpose="a system behind http")

    def run(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        """Yield the reply of each call as soon as it is there."""
        return answers(self.answer, calls, concurrency=self.concurrency, close=self.aclose)

    async def answer(self, call: Call) -> Reply:
        """Return the reply of one call after at most ``1 + retries`` attempts."""
        attempts = Attempts(self._patience, self._jitter)
        try:
            async for attempt in attempts.retrying():
                with attempt:
                    async with asyncio.timeout(attempts.time_left):
                        value = await self._ask(call.payload["question"])
            return Response(value=self._hidden.json(value), seconds=attempts.seconds)
        except Exception as error:  # whatever a service does becomes a value here
            return self._as_value(error)

    async def aclose(self) -> None:
        """Close the connections that belong to the running event loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _as_value(self, error: Exception) -> CallError:
        if isinstance(error, TimeoutError):
            error = TimeoutError(f"no complete reply within {self.service.timeout:g} s")
        found = classify(error)
        # anything but a refusal of the request says nothing about the question that was asked
        own_words = isinstance(error, ServiceError) and 400 <= error.status_code < 500
        message = f"{self.service.place}: {self._hidden.text(found.message)}"
        return CallError(
            kind=found.kind if own_words else "infra_error", message=message[:2000], exception=found.exception
        )

    async def _ask(self, question: str) -> Json:
        service, body = self.service, self.service.request_body(question)
        sent: dict[str, Any] = {"params": body} if service.method == "GET" else {"json": body}
        headers = {name: expand(text) for name, text in service.headers.items()}
        url = service.url
        for _ in range(MOST_REDIRECTS + 1):
            async with self._client().stream(service.method, url, headers=headers, **sent) as response:
                if response.next_request is None:
                    return self._read(response, await _body_of(response))
                url = self._redirected(response, url)
                sent.pop("params", None)  # the new URL has its own query
        raise Unusable(f"more than {MOST_REDIRECTS} redirects")

    def _redirected(self, response: httpx.Response, url: str) -> str:
        """Return where to ask again: the same host only, since headers hold keys, and only if the body goes along."""
        target = str(response.next_request.url) if response.next_request else url
        scheme, host, port = origin(target)
        shown = f"{scheme}://{host}:{port}{urlsplit(target).path}"
        fix = "if that is the service, write its URL"
        if origin(target) != origin(url):
            raise Unusable(f"it redirects to another host, {shown}, which is not followed: {fix}")
        if response.status_code not in WITH_BODY and self.service.method != "GET":
            raise Unusable(f"status {response.status_code} redirects to {shown} without the body: {fix}")
        return target

    def _read(self, response: httpx.Response, body: bytes) -> Json:
        text = self._hidden.text(body[: EXCERPT * 8].decode("utf-8", "replace"))[:EXCERPT].strip()
        if not response.is_success:
            message = f"status {response.status_code}: {text or response.reason_phrase}"
            raise ServiceError(message, response.status_code, response.headers)
        try:
            value = read_json(body)
        except ValueError as error:
            raise NoAnswer(f"the reply is no JSON ({error}): {text or 'it is empty'}") from None
        return self._picked(value)

    def _picked(self, value: Json) -> Json:
        own = self.service
        try:
            answer = pick(value, own.answer)
            contexts = pick(value, own.contexts) if own.contexts else None
            citations = pick(value, own.citations) if own.citations else None
        except NoSuchPath as error:
            raise Unusable(str(error)) from None
        if isinstance(answer, list) and answer and all(isinstance(part, str) for part in answer):
            answer = "\n".join(answer)
        if not isinstance(answer, str):
            raise Unusable(f"{own.answer!r} leads to {shape_of(answer)}; an answer is text")
        return {"answer": answer, "contexts": contexts, "citations": citations}

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            library: Any = require("httpx", extra="http", purpose="a system behind http")
            limits = library.Limits(max_connections=None, max_keepalive_connections=self.service.concurrency)
            self._clients[loop] = library.AsyncClient(timeout=None, limits=limits, trust_env=self.live)
        return self._clients[loop]


async def _body_of(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_REPLY:
            raise Unusable(f"the reply is larger than {MAX_REPLY:,} bytes")
        parts.append(part)
    return b"".join(parts)


def from_spec(spec: Spec) -> HttpService:
    """Return the endpoint for a spec of kind ``http``."""
    return HttpService(Service(**spec["service"]), version=spec.get("version", ""))
