"""Single values of a record: keys, texts, lists, ids, stored variants, each with a fault where it is wrong."""

from __future__ import annotations

from typing import Any

from robustcore.corpus.formats.other_names import fix_of
from robustcore.corpus.formats.record import Record, unique
from robustcore.corpus.records import Origin

_ORIGIN = frozenset({"writer", "prompt", "validity", "note"})
_VERDICTS = ("", "valid", "invalid", "undecided")


def check_keys(record: Record, accepted: frozenset[str], choices: tuple[str, ...]) -> None:
    """Add a fault for each key that means nothing here."""
    if record.fields.keys() <= accepted:
        return
    for key in record.fields:
        if key not in accepted:
            record.fault(f"unknown key {key!r}", key=key, choices=choices, fix=fix_of(key, choices))


def identity(record: Record, seen: dict[str, int], *, alias: str = "id") -> str:
    """Return the record's id and note it in ``seen``; a repeated one is a fault."""
    key = alias if alias in record.fields else "id"
    if key != "id" and "id" in record.fields:
        record.fault(f"both 'id' and {alias!r} are given", key=alias, fix="keep one of them")
    value = string(record, key, required=True)
    first = seen.setdefault(value, record.line) if value else record.line
    if first != record.line:
        record.fault(f"id {value!r} is used twice: first in line {first}", key=key, value=value, fix="ids are unique")
    return value


def string(record: Record, key: str, *, required: bool = False) -> str:
    """Return a text field; absent and null are the empty string. ``required`` refuses absent and blank text."""
    value = record.fields.get(key)
    if isinstance(value, str):
        if required and not value.strip():
            record.fault(f"{key!r} is empty", key=key)
        return value
    if value is not None:
        fix = f'write it in quotes: "{value}"' if isinstance(value, int | float) else ""
        record.fault(f"{key!r} must be text, not {kind(value)}", key=key, fix=fix)
    elif required:
        record.fault(f"{key!r} is missing" if key not in record.fields else f"{key!r} is null", key=key)
    return ""


def strings(record: Record, key: str) -> tuple[str, ...]:
    """Return a list of texts, repeats dropped; absent and null are the empty tuple."""
    value = record.fields.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        fix = "write it as a list: [...]"
        record.fault(f"{key!r} must be a list of texts, not {kind(value)}", key=key, fix=fix)
        return ()
    for place, item in enumerate(value):
        if not isinstance(item, str):
            record.fault(f"{key!r} must hold texts; item {place + 1} is {kind(item)}", key=key)
            return ()
        if not item.strip():
            record.fault(f"item {place + 1} of {key!r} is empty", key=key)
            return ()
    return unique(value)


def variants(record: Record, point: str) -> dict[str, str]:
    """Return stored variants by the name of their operator, whose injection point is ``point``; absent is none.

    A name of another point, or a text that is blank, is a fault. Names are not looked up: operators may be a plugin's.
    """
    value = record.fields.get("variants")
    if value is None:
        return {}
    if not isinstance(value, dict):
        fix = f'write it as an object: {{"{point}.NAME": "text"}}'
        record.fault(f"'variants' must be an object of operator to text, not {kind(value)}", key="variants", fix=fix)
        return {}
    for name, text in value.items():
        if not name.startswith(f"{point}.") or name == f"{point}.":
            fix = f"name it {point}.{name.rpartition('.')[2] or 'NAME'}"
            what = f"a variant here belongs to an operator {point}.NAME, not to {name!r}"
            record.fault(what, key="variants", value=name, fix=fix)
        elif not isinstance(text, str):
            record.fault(f"the variant {name!r} must be text, not {kind(text)}", key=name)
        elif not text.strip():
            record.fault(f"the variant {name!r} is empty", key=name)
    return value


def origins(record: Record) -> dict[str, Origin]:
    """Return who wrote the stored variants, by the names of their operators; absent is nobody we know of.

    An origin without its variant, or one that is no object of `Origin`'s texts, is a fault.
    """
    value = record.fields.get("origins")
    if value is None:
        return {}
    found: dict[str, Origin] = {}
    stored = record.fields.get("variants")
    for name, origin in value.items() if isinstance(value, dict) else ((None, value),):
        sound = (
            isinstance(origin, dict) and origin.keys() <= _ORIGIN and all(isinstance(v, str) for v in origin.values())
        )
        if name is None or not sound:
            fix = 'write {"OPERATOR": {"writer": "...", "prompt": "...", "validity": "...", "note": "..."}}'
            record.fault("'origins' must say of each variant who wrote it", key=name or "origins", fix=fix)
        elif not isinstance(stored, dict) or name not in stored:
            record.fault(f"there is no variant {name!r} that this could be the origin of", key="origins", value=name)
        elif origin.get("validity", "") not in _VERDICTS:
            what = f"the validity of {name!r} cannot be {origin['validity']!r}"
            record.fault(what, key="validity", value=origin["validity"], choices=_VERDICTS[1:])
        else:
            found[name] = Origin(**{"writer": "", "prompt": "", **origin})
    return found


def kind(value: Any) -> str:
    """Return what a JSON value is, in words."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "null")


def flag(record: Record, key: str, *, default: bool) -> bool:
    """Return a true or false; absent and null are ``default``, as is what is neither."""
    value = record.fields.get(key)
    if value is not None and not isinstance(value, bool):
        record.fault(f"{key!r} must be true or false, not {kind(value)}", key=key, choices=("true", "false"))
    return value if isinstance(value, bool) else default
