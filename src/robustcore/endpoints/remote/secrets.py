"""Keys stay where they are: reading a named one from the environment, and taking all of them out of what is told."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

HIDDEN = "[redacted]"
SHORTEST = 8  # characters; a shorter value is a flag, and its text stands in harmless messages too
_NAME = re.compile(
    r"(^|[_\-.])(api_?keys?|keys?|tokens?|secrets?|passw(or)?ds?|pass(phrase)?|credentials?|auth(orization)?|cookies?|pat)"
    r"($|[_\-.\d])",
    re.IGNORECASE,
)
_SHAPES = (
    (re.compile(r"(?i)\b((?:proxy-)?authorization|(?:x-)?api-?key|cookie)(['\"]?\s*[:=]\s*)[^\r\n,}]+"), r"\1\2"),
    (re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.~+/=*\-]{6,}"), r"\1\2"),
    (re.compile(r"(?i)([?&](?:api_?key|key|token|access_token|sig|signature)=)[^&\s'\"]+"), r"\1"),
    (re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"), ""),
    (re.compile(r"\bsk-[\w*.\-]{6,}"), ""),
)


def is_secret_name(name: str) -> bool:
    """Say whether what is called ``name`` (an environment variable, an option, a header) is likely to hold a key.

    Counts of tokens are none: ``max_tokens``, ``max_completion_tokens``.
    """
    return _NAME.search(name) is not None and not re.search(r"(?i)max_|_per_|n_tokens", name)


def read(name: str) -> str:
    """Return the value of the environment variable ``name``, or an empty string. It must never be kept or shown."""
    return os.environ.get(name, "")


def secret_values(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return the values of variables whose names look like keys, longest first."""
    held = os.environ if environment is None else environment
    values = {v.strip() for name, v in held.items() if is_secret_name(name) and len(v.strip()) >= SHORTEST}
    return sorted(values, key=lambda value: (-len(value), value))


def redact(text: str, also: Iterable[str] = (), environment: Mapping[str, str] | None = None) -> str:
    """Return ``text`` without the values of the environment's keys, ``also``, and what looks like credentials.

    Values are found as they are, escaped as in JSON, and percent-encoded. Redact before cutting a text short: the
    beginning of a key is not recognised.
    """
    for value in [*filter(None, also), *secret_values(environment)]:
        for form in {value, json.dumps(value)[1:-1], quote(value, safe="")}:
            text = text.replace(form, HIDDEN)
    for shape, kept in _SHAPES:
        text = shape.sub(kept + HIDDEN, text)
    return text
