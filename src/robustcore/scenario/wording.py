"""pydantic's findings in words for the person who wrote the file, each at its place; the wrong parts are taken out."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from robustcore.scenario import wire
from robustcore.scenario.notes import Notes, shown
from robustcore.scenario.other_names import fix_of
from robustcore.scenario.yaml_marks import YamlPath

Wrong: TypeAlias = tuple[YamlPath, bool]

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "literal_error": "one of {expected}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}
_EMPTY = frozenset({"string_too_short", "too_short"})
_MODELS: Mapping[YamlPath, type[BaseModel]] = {
    (): wire.ScenarioFile,
    ("system",): wire.System,
    ("data",): wire.Data,
    ("expect",): wire.Expectation,
    ("expect", "each"): wire.Each,
    ("expect", "group"): wire.Group,
}
_PLACEHOLDERS: Mapping[str, Any] = {"robust": 1, "name": "unnamed", "perturb": ["clean"]}


def read_file(value: dict[str, Any], notes: Notes) -> wire.ScenarioFile:
    """Return what is structurally right in ``value``; everything wrong is noted.

    Unknown keys, wrong list items and wrong values are left out (``notes.moved`` remembers which items), so that
    the rest can still be checked; missing required keys get placeholders. The result counts only if nothing was
    noted.
    """
    try:
        return wire.ScenarioFile.model_validate(value)
    except ValidationError as error:
        findings = error.errors(include_url=False)
    rest, notes.moved = without(value, [_note(finding, notes) for finding in findings])
    try:
        return wire.ScenarioFile.model_validate({**_PLACEHOLDERS, **rest})
    except ValidationError as error:  # an unknown key was all there was, as in ``data: {corpsu: x}``
        wrong = [(finding["loc"], False) for finding in error.errors(include_url=False)]
    rest, again = without(rest, wrong)
    first = notes.moved
    notes.moved = {
        **first,
        **{key: [first[key][i] if key in first else i for i in left] for key, left in again.items()},
    }
    return wire.ScenarioFile.model_validate({**_PLACEHOLDERS, **rest})


def read_beside(value: dict[str, Any], notes: Notes, path: YamlPath) -> wire.Beside | None:
    """Return the keys beside a name in an item of ``perturb``; None, with the reasons noted, if they are wrong."""
    try:
        return wire.Beside.model_validate(value)
    except ValidationError as error:
        for finding in error.errors(include_url=False):
            _note(finding, notes, path)
        return None


def _note(finding: Any, notes: Notes, prefix: YamlPath = ()) -> Wrong:
    """Note one finding; return the path to leave out, and whether it is only an unknown key."""
    path: YamlPath = (*prefix, *finding["loc"])
    kind, value, context = finding["type"], finding["input"], finding.get("ctx", {})
    if path[0] == "data" and isinstance(notes.document.value["data"], list):
        path = ("data", *path[2:])  # the bare list stands for {corpus: list}
    if kind == "missing":
        notes.add(path[:-1], f"the key {path[-1]!r} is missing")
        return path, False
    if kind == "extra_forbidden":
        choices = _keys_at(path[:-1])
        notes.add(path, f"unknown key {path[-1]!r}", choices=choices, fix=fix_of(str(path[-1]), choices), key=True)
        return path, True
    there = notes.existing(path)
    key = next((str(step) for step in reversed(there) if isinstance(step, str)), "")
    subject = f"an item of {key!r}" if there and isinstance(there[-1], int) else repr(key)
    if kind == "robust":
        what = context["what"] if value is not None else f"{key!r}: {context['what']}"
        notes.add(there, what, fix=context["fix"] or notes.quote_hint(there, value))
    elif kind in _EMPTY:
        notes.add(there, f"{subject} must not be empty")
    elif kind in _WANTED:
        numbers = {name: f"{bound:g}" if isinstance(bound, float) else bound for name, bound in context.items()}
        wanted = f"{subject} must be {_WANTED[kind].format(**numbers)}"
        what = f"{wanted}, but nothing stands there" if value is None else f"{wanted}, not {shown(value)}"
        notes.add(there, what, fix=_fix(kind, value, there, notes))
    else:
        notes.add(there, f"{subject}: {finding['msg']}")
    return path, False


def _keys_at(path: YamlPath) -> tuple[str, ...]:
    model = _MODELS[tuple(step for step in path if isinstance(step, str))]
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _fix(kind: str, value: Any, path: YamlPath, notes: Notes) -> str:
    if kind == "string_type":
        return notes.quote_hint(path, value)
    if kind == "model_type" and path[:1] == ("expect",):
        return "write - group: {measure: answer_correct, at-least: 0.80}, for instance"
    if kind == "literal_error" and isinstance(value, bool):
        return notes.quote_hint(path, value)
    if kind == "list_type" and isinstance(value, str | int | float) and not isinstance(value, bool):
        return f"write [{value}]"
    if kind == "less_than_equal" and isinstance(value, int | float) and 1 < value <= 100:
        return f"write {value / 100:g} if it is a percentage"
    if kind in ("float_type", "int_type") and isinstance(value, str):
        return _number_hint(value)
    return ""


def _number_hint(text: str) -> str:
    number = text.strip().removesuffix("%").strip()
    try:
        value = float(number)
    except ValueError:
        return ""
    return f"write {value / 100:g}" if text.strip().endswith("%") else f"write {number} without quotes"


def without(value: dict[str, Any], wrong: Sequence[Wrong]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Return ``value`` less the wrong parts, and for each list that lost items the indices of those left."""
    rest = copy.deepcopy(value)
    dropped: dict[str, set[int]] = {}
    for path, only_key in sorted(wrong, key=lambda part: not part[1]):  # keys first, while all is still there
        key = str(path[0])
        if only_key:
            _delete(rest, path)
        elif len(path) > 1 and isinstance(path[1], int) and isinstance(value[key], list):
            dropped.setdefault(key, set()).add(path[1])
        else:
            rest.pop(key, None)
    moved = {
        key: [index for index in range(len(rest[key])) if index not in indices]
        for key, indices in dropped.items()
        if key in rest
    }
    for key, left in moved.items():
        rest[key] = [rest[key][index] for index in left]
    return {key: part for key, part in rest.items() if key not in moved or part}, moved


def _delete(value: Any, path: YamlPath) -> None:
    for step in path[:-1]:
        value = value[step]
    value.pop(path[-1], None)
