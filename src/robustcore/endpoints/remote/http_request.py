"""Service: how a deployed service is asked and where its reply stands, as data; what is wrong with it, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from robustcore.calls.types import Json
from robustcore.endpoints.remote.json_paths import check_path
from robustcore.endpoints.remote.loopback import host_is_here
from robustcore.endpoints.remote.references import malformed, references
from robustcore.endpoints.remote.secrets import is_secret_name
from robustcore.errors import InputError

QUESTION = "{question}"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

Finding: TypeAlias = tuple[tuple[str, ...], str, str]
"""The path of a wrong value in the mapping under ``system``, what is wrong with it, and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A question-answering service behind one URL.

    ``body`` is the JSON that is sent, with ``{question}`` somewhere in its texts (query parameters under GET);
    ``answer``, ``contexts`` and ``citations`` are paths into the JSON reply (see `json_paths`). ``headers`` may name
    environment variables as ``${NAME}``. ``timeout`` is in seconds and covers an attempt from connecting to the last
    byte; ``concurrency`` is how many requests are under way at once; ``retries`` how often one may be repeated.
    """

    url: str
    body: Json
    answer: str
    contexts: str = ""
    citations: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 60.0
    concurrency: int = 8
    retries: int = 3

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the environment variables that its headers name."""
        return tuple(dict.fromkeys(name for text in self.headers.values() for name in references(text)))

    @property
    def local(self) -> bool:
        """Say whether it stands on this machine: a loopback address, or the name localhost."""
        return host_is_here(self.url)

    @property
    def place(self) -> str:
        """Return host, port and path: what a report may call it."""
        parts = _split(self.url)
        return f"{parts.netloc}{parts.path.rstrip('/')}" if parts else self.url

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object, references unread; ``Service(**value)`` gives an equal one back."""
        return {**asdict(self), "headers": dict(self.headers)}

    def request_body(self, question: str) -> Json:
        """Return the body for ``question``: placed inside JSON values, so that no text of it can break the JSON."""
        return _filled(self.body, question)

    def findings(self) -> Iterator[Finding]:
        """Yield everything that is wrong with it."""
        yield from _url(self.url)
        yield from _body(self.body, self.method)
        for name in ("answer", "contexts", "citations"):
            path = getattr(self, name)
            try:
                if path or name == "answer":
                    check_path(path)
            except InputError as error:
                yield (name,), f"{name!r}: {error.problems[0].what}", error.problems[0].fix
        for name, text in self.headers.items():
            yield from _header(name, text)


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of ``url``: what a header with a key may be sent to."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _url(url: str) -> Iterator[Finding]:
    where, example = ("http",), "write it like https://staging.example.com/ask"
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        yield where, f"{url!r} is no URL of a service", example
        return
    if parts.username is not None or parts.password is not None:
        yield where, "credentials stand in the URL", "send them in a header: headers: {Authorization: 'Basic ${NAME}'}"
    if references(url) or malformed(url):
        yield where, "environment variables are read in headers only, not in the URL", example
    elif "{" in url:
        fix = "put it into the body; under method: GET the body becomes the query parameters"
        yield where, "the question cannot stand in the URL", fix
    if parts.fragment:
        yield where, "a fragment (#...) is never sent to a service", "remove it"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return None if any(char.isspace() or not char.isprintable() for char in url) else parts


def _body(body: Json, method: str) -> Iterator[Finding]:
    texts = list(_texts(body))
    if not any(QUESTION in text for text in texts):
        found = sorted({f"{{{name}}}" for text in texts for name in _PLACEHOLDER.findall(text)})
        seen = f"; it has {', '.join(found)}" if found else ""
        yield ("body",), f"'body' has no {QUESTION}{seen}", "write the question's place: body: {question: '{question}'}"
    flat = isinstance(body, Mapping) and all(isinstance(value, str | int | float) for value in body.values())
    if method == "GET" and not flat:
        yield ("body",), "under method GET the body becomes query parameters: a mapping to texts and numbers", ""


def _header(name: str, text: str) -> Iterator[Finding]:
    where = ("headers", name)
    if _HEADER.fullmatch(name) is None:
        yield where, f"{name!r} is no name of a header", "use letters, digits and '-'"
    wrong = malformed(text)
    if wrong:
        yield where, f"header {name!r}: {wrong!r} names no environment variable", "write ${NAME}, as in Bearer ${TOKEN}"
    elif is_secret_name(name) and not references(text):
        yield where, f"header {name!r} holds a secret in the file", "put it into the environment and write ${NAME}"
    if any(ord(char) < 32 or ord(char) > 126 for char in text):
        yield where, f"header {name!r} holds characters that headers cannot carry", "use plain ASCII on one line"


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _filled(value: Json, question: str) -> Json:
    if isinstance(value, str):
        return value.replace(QUESTION, question)
    if isinstance(value, Mapping):
        return {key: _filled(item, question) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, question) for item in value]
    return value
