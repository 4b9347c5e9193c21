"""``${NAME}`` in a text: environment values that a user names. Used at the call, never kept, taken out of what is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from robustcore.calls.types import Json
from robustcore.endpoints.remote.secrets import HIDDEN, SHORTEST, read, redact
from robustcore.errors import InputError, Problem

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_DOLLAR = re.compile(r"\$(\{[^}]*\}?|[A-Za-z_][A-Za-z0-9_]*)")


def references(text: str) -> tuple[str, ...]:
    """Return the names in ``text`` that are written ``${NAME}``, each once."""
    return tuple(dict.fromkeys(_REFERENCE.findall(text)))


def malformed(text: str) -> str:
    """Return the first part of ``text`` that looks like a reference and is none (``$NAME``, ``${a-b}``), or ``""``."""
    wrong = (match[0] for match in _DOLLAR.finditer(text) if _REFERENCE.fullmatch(match[0]) is None)
    return next(wrong, "")


def require_set(names: Iterable[str], *, purpose: str) -> None:
    """Raise `InputError` for each of ``names`` that the environment does not hold, or holds empty."""
    missing = [name for name in dict.fromkeys(names) if not read(name)]
    if missing:
        what = "{} needs the environment variable {}, which is not set"
        fix = "set it in the shell or the CI job that runs pytest, never in a file"
        raise InputError([Problem(what=what.format(purpose, name), fix=fix) for name in missing])


def expand(text: str) -> str:
    """Return ``text`` with every ``${NAME}`` replaced by its value, white space around the whole removed.

    The result must be used and dropped. Raises `InputError`, which shows names and no value, if one is not set or the
    result is nothing that a header can carry.
    """
    names = references(text)
    require_set(names, purpose="the request")
    value = _REFERENCE.sub(lambda match: read(match[1]), text).strip()
    if any(ord(char) < 32 or ord(char) > 126 for char in value):
        what = f"the value of {' or '.join(names)} holds characters that a header cannot carry"
        raise InputError(Problem(what=what, fix="it must be plain ASCII on one line"))
    return value


class Hidden:
    """Takes the values of the variables ``names`` out of what is kept: services echo what they were sent."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(dict.fromkeys(names))

    def text(self, text: str) -> str:
        """Return a message without those values, nor anything else that looks like credentials."""
        return redact(text, self._values())

    def json(self, value: Json) -> Json:
        """Return a JSON value without those values, in whatever text of it they stand; nothing else is changed."""
        values = self._values()
        return _without(value, values) if values else value

    def _values(self) -> list[str]:
        found = {read(name).strip() for name in self._names}
        return sorted((value for value in found if len(value) >= SHORTEST), key=len, reverse=True)


def _without(value: Json, hidden: list[str]) -> Json:
    if isinstance(value, str):
        for secret in hidden:
            value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, list):
        return [_without(item, hidden) for item in value]
    if isinstance(value, Mapping):
        return {_without(key, hidden): _without(item, hidden) for key, item in value.items()}
    return value
