"""Names of language models, as written on the command line and in YAML, and the options that go with them → a spec."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from robustcore.endpoints.local.hardware import BATCHING, DTYPES
from robustcore.errors import InputError, Problem, suggest
from robustcore.keys import read_json

Kind: TypeAlias = Literal["lm", "chat"]
FORMS: Final = ("hf:org/name", "a folder with a model", "provider:model, as in openai:gpt-4o-mini")
_HUB: Final = "hf:"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_SERVICE = re.compile(r"[a-z][a-z0-9_]*:\S+")
_WORDS: Final[Mapping[Kind, str]] = {"lm": "a local model", "chat": "a model behind a service"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOption:
    """An option of models of one ``kind``.

    ``read`` turns text or a YAML value into its value, or raises `ValueError` in words; ``field`` is what the spec
    calls it (its name, if left out), inside the object ``part`` if there is one.
    """

    name: str
    kind: Kind
    read: Callable[[Any], Any]
    part: str = ""
    field: str = ""


def kind_of(name: str) -> Kind:
    """Return what answers for ``name``: ``hf:`` and folders are run here, ``provider:model`` is a chat service.

    Raises `InputError` for anything else.
    """
    if name.startswith(_HUB) and _HUB_NAME.fullmatch(name.removeprefix(_HUB)):
        return "lm"
    if name and Path(name).expanduser().is_dir():
        return "lm"
    if _SERVICE.fullmatch(name) and not name.startswith((_HUB, "http:", "https:")):
        return "chat"
    raise InputError(Problem(what=f"{name!r} names no model", choices=FORMS, fix=_likely(name)))


def model_spec(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec (see `specs`) of the endpoint for ``name`` with the options ``given``.

    Values may be text, as on the command line, or what YAML made of them. Raises `InputError` with every problem.
    """
    kind = kind_of(name)
    found = list(option_problems(kind, given))
    if found:
        raise InputError([problem for _, problem in found])
    hub = name.startswith(_HUB)
    model = name if kind == "chat" else name.removeprefix(_HUB) if hub else str(Path(name).expanduser().absolute())
    spec: dict[str, Any] = {"kind": kind, "model": model}
    for key, value in given.items():
        option = OPTIONS[key]
        into = spec.setdefault(option.part, {}) if option.part else spec
        into[option.field or key] = option.read(value)
    return spec


def option_problems(kind: Kind, given: Mapping[str, Any]) -> Iterator[tuple[str, Problem]]:
    """Yield ``(name, problem)`` for each of the options ``given`` that a model of this kind does not take."""
    fitting = tuple(option.name for option in OPTIONS.values() if option.kind == kind)
    for key, value in given.items():
        if key not in OPTIONS:
            yield key, Problem(what=f"a model has no option {key!r}", choices=fitting, fix=suggest(key, fitting))
        elif key not in fitting:
            what = f"{key!r} is an option of {_WORDS[OPTIONS[key].kind]}, and this is {_WORDS[kind]}"
            yield key, Problem(what=what, choices=fitting)
        else:
            try:
                OPTIONS[key].read(value)
            except ValueError as error:
                yield key, Problem(what=f"{key}: {error}")


def shown_name(model: str) -> str:
    """Return what reports call a model: its name, or the last part of a folder."""
    return Path(model).name if Path(model).expanduser().is_dir() and not model.startswith("hf:") else model


def _likely(name: str) -> str:
    if name.startswith(("http:", "https:")):
        return "a server that speaks the OpenAI protocol is openai:NAME with the option base_url"
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return f"no folder is called that; write hf:{name} for a model of the hub"
    if name.lower().startswith(_HUB):
        return "write hf:org/name"
    return "write the provider before the model, or check the path of the folder"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be text, not {value!r}")
    return value


def _url(value: Any) -> str:
    text = _text(value)
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"{text!r} is no URL; write it like http://127.0.0.1:8000/v1")
    if parts.username is not None or parts.password is not None:
        raise ValueError("credentials stand in the URL; keys belong into the environment")
    return text


def _whole(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        text = str(value).strip().replace("_", "")
        if isinstance(value, bool | float) or not re.fullmatch(r"[0-9]+", text) or int(text) < least:
            raise ValueError(f"must be a whole number, at least {least}, not {value!r}")
        return int(text)

    return read


def number(value: Any) -> float:
    """Return a finite number from a number or its text; raise `ValueError` otherwise."""
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"must be a number, not {value!r}")
    return found


def _seconds(value: Any) -> float:
    found = number(value)
    if found <= 0:
        raise ValueError(f"must be a number of seconds above 0, not {value!r}")
    return found


def _price(value: Any) -> dict[str, float]:
    """Return the price of a million input and output tokens from ``0.15/0.60`` or a mapping of input and output."""
    wanted = "must be INPUT/OUTPUT, what a million tokens of each cost, like 0.15/0.60"
    if isinstance(value, Mapping) and set(value) == {"input", "output"}:
        parts = [value["input"], value["output"]]
    else:
        parts = value.split("/") if isinstance(value, str) else []
    if len(parts) != 2:
        raise ValueError(f"{wanted}, not {value!r}")
    found = [number(part) for part in parts]
    if min(found) < 0:
        raise ValueError(f"{wanted}; neither can be negative")
    return {"input": found[0], "output": found[1]}


def _variable(value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value) is None:
        raise ValueError("must be the name of an environment variable that holds the key, never the key itself")
    return value


def _mapping(value: Any) -> dict[str, Any]:
    try:
        found = read_json(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f'must be a JSON object like {{"load_in_4bit": true}}, not {value!r}')
    return found


def flag(value: Any) -> bool:
    """Return true or false from a value or its text; raise `ValueError` otherwise."""
    found = {"true": True, "false": False}.get(str(value).lower())
    if found is None:
        raise ValueError(f"must be true or false, not {value!r}")
    return found


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return read


def _text_or_mapping(value: Any) -> Any:
    return _mapping(value) if isinstance(value, dict) or str(value).lstrip().startswith("{") else _text(value)


OPTIONS: Final[Mapping[str, ModelOption]] = {
    option.name: option
    for option in (
        ModelOption(name="revision", kind="lm", read=_text),
        ModelOption(name="dtype", kind="lm", read=_one_of("auto", *DTYPES)),
        ModelOption(name="device_map", kind="lm", read=_text_or_mapping),
        ModelOption(name="quantization", kind="lm", read=_mapping),
        ModelOption(name="batching", kind="lm", read=_one_of(*BATCHING)),
        ModelOption(name="batch_tokens", kind="lm", read=_whole(1)),
        ModelOption(name="threads", kind="lm", read=_whole(1)),
        ModelOption(name="download", kind="lm", read=flag),
        ModelOption(name="base_url", kind="chat", read=_url, part="options"),
        ModelOption(name="api_key_env", kind="chat", read=_variable),
        ModelOption(name="concurrency", kind="chat", read=_whole(1), part="limits"),
        ModelOption(name="rpm", kind="chat", read=_whole(1), part="limits", field="requests_per_minute"),
        ModelOption(name="tpm", kind="chat", read=_whole(1), part="limits", field="tokens_per_minute"),
        ModelOption(name="retries", kind="chat", read=_whole(0), part="patience"),
        ModelOption(name="timeout", kind="chat", read=_seconds, part="patience"),
        ModelOption(name="total_timeout", kind="chat", read=_seconds, part="patience"),
        ModelOption(name="price", kind="chat", read=_price),
        ModelOption(name="version", kind="chat", read=_text),
    )
}
