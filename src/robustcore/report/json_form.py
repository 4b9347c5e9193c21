"""Report ⇄ JSON values: a round trip is exact but for infinite limits, which become none.

A newer or foreign file is refused in words.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from robustcore.errors import InputError, Problem
from robustcore.report.types import SCHEMA, VERSION, Report


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON values, with schema name and version first."""
    return {"schema": SCHEMA, "version": VERSION, **plain(report)}


def from_json(data: Mapping[str, Any]) -> Report:
    """Return the report that `to_json` wrote; raise `InputError` for another schema or version."""
    found = (data.get("schema"), data.get("version"))
    if found != (SCHEMA, VERSION):
        raise InputError(Problem(what=f"not a report of version {VERSION}: schema and version are {found}"))
    body = {key: value for key, value in data.items() if key not in ("schema", "version")}
    report: Report = _build(Report, body)
    return report


def plain(value: Any) -> Any:
    """Return a value of the report as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and math.isinf(value):
        return None  # JSON has no infinity: a limit that excludes nothing is no limit
    return value


def _build(kind: Any, value: Any) -> Any:
    """Return ``value`` as ``kind``: a dataclass, tuple, mapping, union with None, or a plain JSON value."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _build(hints[name], item) for name, item in value.items()})  # type: ignore[operator]
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _build(next(a for a in arguments if a is not type(None)), value)
    if origin is tuple:
        inner = arguments[:1] * len(value) if arguments[-1:] == (...,) else arguments
        return tuple(_build(kind_, item) for kind_, item in zip(inner, value, strict=True))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _build(arguments[1], item) for key, item in value.items()}
    return value
