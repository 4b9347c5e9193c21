"""ChatEndpoint: any chat model that LangChain reaches, asked with patience, at a bearable pace, nothing paid twice."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from robustcore.calls.types import Call, CallError, ErrorKind, Packing, Reply, Response
from robustcore.endpoints.generation import CHAT, Generation
from robustcore.endpoints.remote.chat_model import Asking, Message, asking, check_model, make_model
from robustcore.endpoints.remote.chat_spec import check_options, fields_of, neutral, spec_of_chat
from robustcore.endpoints.remote.loopback import host_is_here, stays_here
from robustcore.endpoints.remote.prices import Price
from robustcore.endpoints.remote.rates import Limits, Pace
from robustcore.endpoints.remote.references import require_set
from robustcore.endpoints.remote.retry import (
    Attempts,
    NoAnswer,
    Patience,
    body_of,
    headers_of,
    overrun,
    retry_after,
    status_of,
)
from robustcore.endpoints.remote.secrets import read, redact
from robustcore.errors import InputError, Problem, RobustError
from robustcore.keys import canonical_json, content_key

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

VERSION = "chat/1"
DATED = re.compile(r"\b20\d\d-?[01]\d-?[0-3]\d\b")
LONGEST_MESSAGE, LONGEST_BODY = 2000, 300  # characters
ROLES = ("system", "user", "assistant")


class ChatEndpoint:
    """A chat model behind LangChain, as a `ConcurrentEndpoint` with the one operation ``chat`` (see `generation`).

    ``model`` is ``provider:model`` as in LangChain's ``init_chat_model``, or a chat model object. ``options`` go to the
    provider's class (``base_url``, ``temperature``, ...), keys never: the provider's own code reads its key from the
    environment, or ``api_key_env`` names the variable. The model's own retries are off: one call is at most
    1 + ``patience.retries`` requests. ``limits`` bound how much is asked, ``price`` gives usage a cost.

    ``live``: True unless ``base_url`` is on this machine. An object is live unless ``live=False`` says that it stays
    on this machine and costs nothing. ``fingerprint``: a hosted name may mean another model next week, so replies are
    reused by later sessions only under a declared ``version``, or if the provider's own name of the model carries a
    date (``gpt-4o-2024-08-06``).
    """

    packing = Packing(max_calls=4096, by_length=False)

    def __init__(
        self,
        model: str | BaseChatModel,
        *,
        options: Mapping[str, Any] | None = None,
        api_key_env: str = "",
        limits: Limits | None = None,
        patience: Patience | None = None,
        price: Price | None = None,
        version: str = "",
        live: bool | None = None,
    ) -> None:
        self.model = model if isinstance(model, str) else f"{type(model).__name__}"
        self.options = dict(options or {})
        self.api_key_env, self.version, self.price = api_key_env, version, price
        self.limits, self.patience = limits or Limits(), patience or Patience()
        self._object = None if isinstance(model, str) else model
        if self._object is None:
            check_options(self.model, self.options, live=live)
        else:
            check_model(self._object)
            if self.options or api_key_env:
                raise InputError(Problem(what="options are for models made by name", fix="set them on the object"))
        self._declared_live = live
        self._jitter = random.Random()
        self._lanes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Lane] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    @property
    def spec(self) -> dict[str, Any] | None:
        """Return the data that makes an equal endpoint, without any key; None for a model object."""
        return None if self._object is not None else spec_of_chat(self)

    @property
    def base_url(self) -> str:
        """Return the URL that was given, or an empty string: the provider's own."""
        return str(self.options.get("base_url") or "")

    @property
    def concurrency(self) -> int:
        """Return how many calls may be under way at once."""
        return self.limits.concurrency

    @property
    def live(self) -> bool:
        """Say whether a call may cost money or leave the machine."""
        if self._object is not None:
            return self._declared_live is not False
        return bool(self._declared_live) or not stays_here(self.base_url)

    @property
    def fingerprint(self) -> str | None:
        """Return a key of provider, model, URL, options and version; None where the name alone would have to do."""
        version = self.version
        if not version and self._object is None and not self.base_url and DATED.search(self.model):
            version = "dated"
        if not version:
            return None
        return content_key(VERSION, self.model, self.base_url, neutral(self.options), version)

    def check(self) -> None:
        """Raise `InputError` if the variable that was named for the key is not set."""
        require_set((self.api_key_env,) if self.api_key_env else (), purpose=self.model)

    def cost_of(self, usage: tuple[int, int]) -> float | None:
        """Return what ``usage``, input and output tokens, costs; None without a price."""
        return None if self.price is None else self.price.cost_of(usage)

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Answer ``calls`` from synchronous code, each reply as soon as it is there."""
        from robustcore.endpoints.driving import answers

        return answers(self.answer, calls, concurrency=self.concurrency, close=self.aclose)

    async def answer(self, call: Call) -> Reply:
        """Return the answer as `Generation.to_json` with its usage, or why there is none after all attempts."""
        attempts = Attempts(self.patience, self._jitter)
        try:
            messages = _messages(call)
            lane = self._lane()
            group = lane.asking(call.settings or {})
            generation, seconds = await attempts.pursue(lambda: self._attempt(lane, group, messages, call, attempts))
        except Exception as error:  # whatever it is, it costs this call alone
            return self._failed(error, attempts)
        return Response(value=generation.to_json(), seconds=seconds, usage=generation.usage)

    async def aclose(self) -> None:
        """Close the connections that belong to the running event loop."""
        with self._lock:
            lane = self._lanes.pop(asyncio.get_running_loop(), None)
        if lane is not None and lane.client is not None:
            await lane.client.aclose()

    async def _attempt(
        self, lane: _Lane, group: Asking, messages: Sequence[Message], call: Call, attempts: Attempts
    ) -> tuple[Generation, float]:
        size = sum(len(message["content"].encode("utf-8", "surrogatepass")) for message in messages)
        async with lane.pace.turn(size, (call.settings or {}).get("max_tokens")) as turn:
            attempts.idle += turn.waited
            began, limit = time.perf_counter(), attempts.time_left
            try:
                async with asyncio.timeout(limit):
                    generation = await group.ask(messages)
            except TimeoutError:
                raise TimeoutError(f"no answer within {limit:.3g} seconds") from None
            except Exception as error:
                if overrun(error):
                    turn.refused(retry_after(headers_of(error)) or 0.0)
                raise
            turn.went_well(size, generation.usage)
            return generation, time.perf_counter() - began

    def _lane(self) -> _Lane:
        loop = asyncio.get_running_loop()
        with self._lock:
            lane = self._lanes.get(loop)
            if lane is None:
                lane = self._lanes[loop] = _Lane(self._made, self.limits)
            return lane

    def _made(self) -> tuple[BaseChatModel, Any]:
        if self._object is not None:
            return self._object, None
        key = read(self.api_key_env) if self.api_key_env else ""
        if self.api_key_env and not key:
            what = f"{self.model}: the environment variable {self.api_key_env} is not set"
            raise InputError(Problem(what=what, fix="set it in the shell or the CI job that runs the tests"))
        return make_model(self.model, self.options, key, here=host_is_here(self.base_url))

    def _failed(self, error: Exception, attempts: Attempts) -> CallError:
        kind: ErrorKind = "infra_error"
        if isinstance(error, NoAnswer) and error.kind == "missing_reply":
            kind = "missing_reply"
        named = [read(self.api_key_env)] if self.api_key_env else []
        text = _told(error, attempts, lambda said: redact(said, named))
        return CallError(kind=kind, message=f"{self.model}: {text}"[:LONGEST_MESSAGE], exception=type(error).__name__)


def chat_endpoint(spec: Mapping[str, Any]) -> ChatEndpoint:
    """Return the endpoint that ``spec`` describes; raise `InputError` for a field that is wrong."""
    return ChatEndpoint(**fields_of(spec))


class _Lane:
    """What belongs to one event loop: the model with its connections, its pace, and the groups of settings so far."""

    def __init__(self, made: Any, limits: Limits) -> None:
        self.pace = Pace(limits)
        self.client: Any = None
        self._made = made
        self._model: BaseChatModel | RobustError | None = None
        self._groups: dict[str, Asking] = {}

    def asking(self, settings: Mapping[str, Any]) -> Asking:
        """Return the model with ``settings``; raise `InputError` if it cannot be made or does not take one."""
        name = canonical_json(settings)
        if name not in self._groups:
            self._groups[name] = asking(self._base(), settings)
        return self._groups[name]

    def _base(self) -> BaseChatModel:
        if self._model is None:
            try:
                self._model, self.client = self._made()
            except RobustError as error:  # not tried again for every call
                self._model = error
        if isinstance(self._model, RobustError):
            raise self._model
        assert self._model is not None
        return self._model


def _messages(call: Call) -> list[Message]:
    """Return the messages of a call; raise `InputError` for what is no chat."""
    messages = call.payload.get("messages") if isinstance(call.payload, Mapping) else None
    good = (
        call.op == CHAT
        and isinstance(messages, Sequence)
        and bool(messages)
        and all(_is_message(message) for message in messages)
    )
    if not good:
        what = 'a chat endpoint answers op "chat" with payload {"messages": [{"role": ..., "content": str}, ...]}'
        raise InputError(Problem(what=f"{what}, not {call.op!r}", choices=tuple(f"role {role}" for role in ROLES)))
    assert messages is not None
    return [{"role": m["role"], "content": m["content"]} for m in messages]


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("role") in ROLES and isinstance(value.get("content"), str)


def _told(error: Exception, attempts: Attempts, hide: Callable[[str], str]) -> str:
    """Return what went wrong in words: the SDK's, and the service's own where the SDK leaves them out."""
    status = status_of(error) or 0
    said = hide(str(error).strip() or type(error).__name__)
    if status >= 400:
        said = said if str(status) in said else f"HTTP {status}: {said}"
        body = hide(body_of(error))
        if body and body not in said and not body.startswith('{"error"'):  # that shape the SDKs read themselves
            said += f": {body[:LONGEST_BODY]}"
    if attempts.count > 1:
        said += f" (after {attempts.count} attempts)"
    wait = retry_after(headers_of(error))
    if wait and attempts.count <= attempts.patience.retries:
        said += f" (it asks to wait {wait:.3g} seconds, which is more than total_timeout leaves)"
    return said
