"""A YAML scalar as a plain Python value, with the traps of YAML 1.1 named instead of sprung."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

_PREFIX = "tag:yaml.org,2002:"
_RESOLVERS: Any = yaml.SafeLoader.yaml_implicit_resolvers
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TRUE = frozenset({"yes", "true", "on"})
_TEXT = frozenset({"str", "timestamp", "value"})  # a date is only ever a name or a version here


class BadScalar(Exception):  # noqa: N818 - carried to the reader, which adds the place
    """A scalar that cannot be a value: ``what`` is wrong and how to ``fix`` it."""

    def __init__(self, what: str, fix: str = "") -> None:
        self.what = what
        self.fix = fix
        super().__init__(what)


def plain_value(text: str, tag: str | None, *, plain: bool) -> Any:
    """Return the value of a scalar: str, int, float, bool or None.

    ``plain`` says that it was written without quotes and tag, so that YAML 1.1 decides what it is. Raises
    `BadScalar` for tags other than the five basic ones, numbers that are not what they look like (``010``,
    ``1:30``), ``.nan`` and ``.inf``, merge keys, and control characters.
    """
    kind = _resolve(text) if plain else _kind_of(tag)
    if kind in _TEXT:
        unsafe = _UNSAFE.search(text)
        if unsafe is not None:
            raise BadScalar(f"control character U+{ord(unsafe[0]):04X} in a text")
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in _TRUE
    if kind == "int":
        return _integer(text)
    if kind == "float":
        return _number(text)
    raise BadScalar("merge keys ('<<') are not supported", "write the keys out")


def _resolve(text: str) -> str:
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return str(tag).removeprefix(_PREFIX)
    return "str"


def _kind_of(tag: str | None) -> str:
    if tag is None or tag == "!":
        return "str"
    kind = tag.removeprefix(_PREFIX)
    if kind == tag or kind not in ("str", "int", "float", "bool", "null"):
        raise BadScalar(f"the tag {tag!r} is not accepted", "write plain values without tags")
    return kind


def _integer(text: str) -> int:
    if _DECIMAL.fullmatch(text) is None:
        fix = f"quote it if it is text: '{text}'; otherwise write it in base 10, without leading zeros"
        raise BadScalar(f"{text!r} is not a plain whole number", fix)
    digits = text.replace("_", "")
    if len(digits) > 19:
        raise BadScalar(f"the number {digits[:20]}... is too large", "quote it if it is text")
    return int(digits)


def _number(text: str) -> float:
    try:
        value = float(text.replace("_", ""))
    except ValueError:
        fix = f"quote it if it is text: '{text}'"
        raise BadScalar(f"{text!r} is not a plain number", fix) from None
    if not math.isfinite(value):
        raise BadScalar(f"{text!r} is not a finite number", "write a finite number, or quote it if it is text")
    return value
