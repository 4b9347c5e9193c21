"""A chat endpoint as data: what may be written, what must not (keys), and what of it changes the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from robustcore.endpoints.remote.loopback import host_is_here, stays_here
from robustcore.endpoints.remote.prices import Price
from robustcore.endpoints.remote.rates import Limits
from robustcore.endpoints.remote.retry import Patience
from robustcore.endpoints.remote.secrets import is_secret_name, redact
from robustcore.errors import InputError, Problem, suggest
from robustcore.keys import canonical_json

if TYPE_CHECKING:
    from robustcore.endpoints.remote.chat import ChatEndpoint

KIND = "chat"
PARTS = {"limits": Limits, "patience": Patience}
NAMES = ("model", "options", "api_key_env", *PARTS, "price", "version", "live")
OURS = {
    "max_retries": "say patience: {retries: N}",
    "cache": "the ledger keeps replies",
    "model": "it stands before the options",
    "model_provider": "write provider:model",
    "n": "replicates are calls of their own",
    "http_async_client": "the endpoint makes its own",
}
NEUTRAL = frozenset(
    {"base_url", "timeout", "request_timeout", "streaming", "stream_usage", "tags", "metadata", "verbose"}
)


def spec_of_chat(endpoint: ChatEndpoint) -> dict[str, Any]:
    """Return the spec of ``endpoint``: JSON that `fields_of` reads back. It holds names of variables, never values."""
    spec: dict[str, Any] = {"kind": KIND, "model": endpoint.model}
    for name, part in PARTS.items():
        given = getattr(endpoint, name)
        if given != part():
            spec[name] = asdict(given)
    for name in ("options", "api_key_env", "version"):
        if getattr(endpoint, name):
            spec[name] = getattr(endpoint, name)
    if endpoint.price is not None:
        spec["price"] = asdict(endpoint.price)
    return spec | ({"live": True} if endpoint.live and stays_here(endpoint.base_url) else {})


def fields_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `ChatEndpoint` that ``spec`` holds; raise `InputError` naming what it may hold."""
    given = {name: value for name, value in spec.items() if name != "kind"}
    _known(given, NAMES, "a chat endpoint")
    if not isinstance(given.get("model"), str):
        raise InputError(Problem(what="a chat endpoint needs a model", fix="write it like model: openai:gpt-5-mini"))
    for name, part in PARTS.items():
        if name in given:
            _known(given[name], tuple(field.name for field in fields(part)), name)
            given[name] = part(**given[name])
    if given.get("price") is not None:
        given["price"] = Price.from_json(given["price"])
    return given


def _known(given: Mapping[str, Any], names: tuple[str, ...], owner: str) -> None:
    for name in given:
        if name not in names:
            raise InputError(Problem(what=f"{owner} has no field {name!r}", choices=names, fix=suggest(name, names)))


def neutral(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``options`` without those that change how an answer travels, and not what it says."""
    return {name: value for name, value in options.items() if name not in NEUTRAL}


def check_options(model: str, options: Mapping[str, Any], *, live: bool | None) -> None:
    """Raise `InputError` with everything in ``options`` that is a key, not data, or not the user's to set."""
    problems = list(_problems(model, options, live))
    if problems:
        raise InputError(problems)


def _problems(model: str, options: Mapping[str, Any], live: bool | None) -> Iterator[Problem]:
    provider, _, name = model.partition(":")
    if not provider or not name:
        yield Problem(what=f"{model!r} names no chat model", fix="write provider:model, like openai:gpt-5-mini")
    for option in options:
        if option in OURS:
            yield Problem(what=f"the option {option!r} is not for the model's class", fix=OURS[option])
    for option in _names(options):
        if is_secret_name(option):
            fix = "keep it in the environment: where the provider looks for it, or name the variable with api_key_env"
            yield Problem(what=f"the option {option!r} would hold a key", fix=fix)
    try:
        canonical_json(dict(options))
    except (TypeError, ValueError) as error:
        yield Problem(what=f"options must be JSON values: {error}", fix="give a chat model object instead of a name")
    url = str(options.get("base_url") or "")
    if redact(url, environment={}) != url:
        yield Problem(what="base_url holds credentials", fix="name the variable that holds the key with api_key_env")
    elif live is False and not stays_here(url):
        behind = " (a proxy takes it elsewhere: set NO_PROXY)" if url and host_is_here(url) else ""
        what = f"live: false needs a base_url on this machine; it is {url or 'not given'!r}{behind}"
        yield Problem(what=what, fix="leave live out, and run with leave to go out: --robust-live")


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
