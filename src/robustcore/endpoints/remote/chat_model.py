"""LangChain's chat models as this library needs them: no retries of their own, settings as fields, requests by name."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from robustcore.endpoints.generation import SETTINGS, Generation
from robustcore.endpoints.remote.chat_reply import generation_of
from robustcore.endpoints.remote.reply_size import bound, too_large
from robustcore.endpoints.remote.retry import MALFORMED, NoAnswer
from robustcore.endpoints.remote.secrets import redact
from robustcore.errors import InputError, MissingExtraError, Problem, require, suggest

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Message: TypeAlias = Mapping[str, str]
REQUEST_ID = "X-Client-Request-Id"  # a service that echoes it says which request it answers
PLACEHOLDER_KEY = "no-key"  # for servers on this machine: the user's real key is not for them
FIELDS: Mapping[str, tuple[str, ...]] = {
    "max_tokens": ("max_tokens", "max_output_tokens", "num_predict", "max_new_tokens"),
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "seed": ("seed", "random_seed"),
    "top_logprobs": ("top_logprobs",),
}
"""What providers call a setting. ``stop`` is an argument of LangChain's own interface and needs no field."""
OWN_API = ("openai.com", "azure.com")  # hosts that take max_completion_tokens; other servers know max_tokens
PURPOSE = "a chat endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A model with the settings of one group of calls: all that is left to say is the messages."""

    model: Any
    arguments: Mapping[str, Any]
    logprobs: bool
    named: bool
    untraced: Callable[[], AbstractContextManager[None]]

    async def ask(self, messages: Sequence[Message]) -> Generation:
        """Return the model's answer; raise what the provider raises, or `NoAnswer`."""
        arguments, name = dict(self.arguments), ""
        if self.named:
            name = uuid.uuid4().hex
            arguments["extra_headers"] = {REQUEST_ID: name}
        try:
            with self.untraced():
                reply = await self.model.ainvoke(list(messages), **arguments)
        except MALFORMED as error:
            raise _unreadable(error) from error
        except Exception as error:
            if large := too_large(error):
                raise large from None
            raise
        if self.named:
            _check_name(getattr(reply, "response_metadata", None) or {}, name)
        return generation_of(reply, logprobs=self.logprobs)


def _unreadable(error: Exception) -> NoAnswer:
    """Return what reading a broken body ends in, in words. LangChain raises whatever it trips over."""
    if isinstance(error, (IndexError, KeyError)) or "'choices'" in str(error):
        return NoAnswer("the reply holds no answer (no choices)", "missing_reply")
    return NoAnswer(f"the reply cannot be read: {type(error).__name__}: {error}")


def _check_name(told: Mapping[str, Any], name: str) -> None:
    """Raise `NoAnswer` if the reply carries the name of another request: a gateway mixed them up."""
    headers = {str(key).lower(): value for key, value in (told.get("headers") or {}).items()}
    if headers.get(REQUEST_ID.lower(), name) != name:
        raise NoAnswer("the reply is an answer to another request than ours: it carries another request's id")


def asking(model: BaseChatModel, settings: Mapping[str, Any]) -> Asking:
    """Return ``model`` with ``settings``; raise `InputError` for a setting that it does not take.

    Settings become fields of a copy, which shares the original's connections: unlike arguments of a call, which some
    classes drop without a word, a field that is missing can be told.
    """
    fields = type(model).model_fields
    update: dict[str, Any] = {}
    for name in settings:
        if name not in SETTINGS:
            raise InputError(
                Problem(what=f"chat has no setting {name!r}", choices=SETTINGS, fix=suggest(name, SETTINGS))
            )
    for name, value in settings.items():
        if name == "stop" or value is None:
            continue
        field = _field(fields, FIELDS[name])
        if field is None:
            takes = tuple(known for known in SETTINGS if known == "stop" or _field(fields, FIELDS[known]))
            what = f"{type(model).__name__} takes no setting {name!r}"
            raise InputError(Problem(what=what, choices=takes, fix="leave it out, or use a model that takes it"))
        update[field] = value
    logprobs = settings.get("top_logprobs") is not None
    if logprobs and "logprobs" in fields:
        update["logprobs"] = True
    named = _is_openai(model)
    if named:
        update |= {"include_response_headers": True, **_as_server_says(model, update)}
    stop = settings.get("stop")
    return Asking(
        model=model.model_copy(update=update) if update else model,
        arguments={} if stop is None else {"stop": list(stop)},
        logprobs=logprobs,
        named=named,
        untraced=_untraced(),
    )


def _field(fields: Mapping[str, Any], names: Sequence[str]) -> str | None:
    for name in names:
        for field, told in fields.items():
            choices = getattr(told.validation_alias, "choices", [told.validation_alias])
            if name in (field, told.alias, *choices):
                return field
    return None


def _is_openai(model: Any) -> bool:
    """Say whether it speaks through OpenAI's SDK; by name, so that nothing is imported for it."""
    fields = type(model).model_fields
    family = any(kind.__name__ == "BaseChatOpenAI" for kind in type(model).__mro__)
    return family and "include_response_headers" in fields and not getattr(model, "use_responses_api", None)


def _as_server_says(model: Any, update: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields that send ``max_tokens`` under that name, which compatible servers know.

    ChatOpenAI calls it ``max_completion_tokens``; servers that do not know the new name ignore it and write on.
    """
    client = getattr(model, "root_async_client", None)
    host = urlsplit(str(getattr(client, "base_url", ""))).hostname or ""
    most = update.get("max_tokens", getattr(model, "max_tokens", None))
    if type(model).__name__ != "ChatOpenAI" or most is None or not host or host.endswith(OWN_API):
        return {}
    return {"max_tokens": None, "extra_body": {**(model.extra_body or {}), "max_tokens": most}}


def _untraced() -> Callable[[], AbstractContextManager[None]]:
    """Return a context in which LangChain sends no traces to LangSmith, whatever the environment asks for."""
    langsmith = require("langsmith", extra="chat", purpose=PURPOSE)
    return lambda: langsmith.tracing_context(enabled=False)


def make_model(name: str, options: Mapping[str, Any], key: str, *, here: bool) -> tuple[BaseChatModel, Any]:
    """Return the model that LangChain makes of ``provider:model``, and the HTTP client made for it (or None).

    It does not retry and caches nothing. ``key`` is the API key if one was named; without it the provider's own code
    looks into the environment, except for a server on this machine (``here``), which gets a placeholder.
    """
    chat_models = require("langchain.chat_models", extra="chat", purpose=PURPOSE)
    given = dict(options)
    if key:
        given["api_key"] = key
    elif here and name.partition(":")[0] == "openai":
        given["api_key"] = PLACEHOLDER_KEY
    try:
        model: BaseChatModel = chat_models.init_chat_model(name, **given)
        _check_base_url(model, given)
        client = _client(model)
        fixed = {"max_retries": 0, "cache": False, "http_async_client": client, "include_response_headers": True}
        known = {
            field: fixed[field] for field in fixed if field in type(model).model_fields and fixed[field] is not None
        }
        model = chat_models.init_chat_model(name, **given, **known)
    except InputError:
        raise
    except ImportError as error:
        raise MissingExtraError(redact(f"{name}: {error}", [key])) from None
    except Exception as error:  # the provider's own checks: a key that is missing, an option it does not know
        what = redact(f"the chat model {name} cannot be made: {type(error).__name__}: {error}", [key])
        raise InputError(Problem(what=what, fix="check the options, and the environment variable of its key")) from None
    return model, client


def _check_base_url(model: Any, given: Mapping[str, Any]) -> None:
    """Raise `InputError` if the class would ignore ``base_url``: requests meant for it would go to the provider."""
    if given.get("base_url") and _field(type(model).model_fields, ("base_url",)) is None:
        what = f"{type(model).__name__} takes no base_url: it would ask the provider's own servers"
        raise InputError(Problem(what=what, fix="use the provider openai for a server that speaks its API"))


def _client(model: Any) -> Any:
    """Return an HTTP client of its own for a model of OpenAI's SDK: LangChain's is shared, across event loops too."""
    if not _is_openai(model):
        return None
    openai = require("openai", extra="chat", purpose=PURPOSE)
    return openai.DefaultAsyncHttpxClient(event_hooks={"response": [bound]})


def check_model(model: Any) -> None:
    """Raise `InputError` unless ``model`` is a chat model that does not retry by itself."""
    if not hasattr(model, "ainvoke") or not hasattr(type(model), "model_fields") or not hasattr(model, "_generate"):
        what = f"{type(model).__name__} is no LangChain chat model"
        raise InputError(Problem(what=what, fix="give a BaseChatModel, or a name like openai:gpt-5-mini"))
    own = getattr(model, "max_retries", 0)
    if "max_retries" in type(model).model_fields and own != 0:
        what = f"{type(model).__name__} retries by itself (max_retries={own}), which multiplies attempts"
        raise InputError(Problem(what=what, fix="make it with max_retries=0; the endpoint retries"))
