"""The JSON Schema that editors use: the wire models plus what the registries know."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable
from typing import Any

from robustcore.perturb.base import Operator
from robustcore.perturb.options import Option
from robustcore.registry import Registry
from robustcore.scenario.recipes.names import defaults_of, recipe_names

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {int: "integer", float: "number", bool: "boolean", str: "string"}


def json_schema(operators: Registry[Operator], measures: Iterable[str]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one scenario document.

    Operators are listed with their options and descriptions, measures as completions (others are accepted, since
    many take parameters). What needs the file system or the registries at run time is beyond a schema: whether
    files exist, whether a measure can be had, severities off a discrete operator's levels, unique labels.
    """
    from robustcore.scenario import wire

    schema = wire.ScenarioFile.model_json_schema(by_alias=True)
    beside = wire.Beside.model_json_schema(by_alias=True)["properties"]
    definitions = schema.pop("$defs")
    keys = schema["properties"]
    keys["system"] = _or_bare(keys["system"], definitions["System"]["properties"]["use"])
    keys["data"] = _or_bare(keys["data"], definitions["Data"]["properties"]["corpus"])
    names = sorted(measures)
    keys["measures"]["items"] = _measure_name(names)
    for bounded in ("Each", "Group"):
        definitions[bounded]["properties"]["measure"]["examples"] = names
    definitions.update(_perturb_definitions(operators, beside))
    keys["perturb"]["items"] = {"$ref": "#/$defs/PerturbItem"}
    keys["use"] = {"description": keys["use"]["description"], **_recipes()}
    return {
        "$schema": DIALECT,
        "title": "pytest-robust scenario",
        **_without_null({key: value for key, value in schema.items() if key != "title"}),
        "$defs": _without_null(definitions),
    }


def _or_bare(reference: dict[str, Any], bare: dict[str, Any]) -> dict[str, Any]:
    """Accept a bare value beside the mapping that ``reference`` describes."""
    mapping = next(part for part in reference["anyOf"] if "$ref" in part)
    value = {key: part for key, part in bare.items() if key not in ("title", "default")}
    return {"description": bare.get("description", ""), "anyOf": [value, mapping]}


def _recipes() -> dict[str, Any]:
    mappings = {}
    for name in recipe_names():
        options = {key: {"type": _TYPES[type(value)], "default": value} for key, value in defaults_of(name).items()}
        mappings[name] = {"type": "object", "properties": options, "additionalProperties": False}
    chosen = {"type": "object", "properties": mappings, "additionalProperties": False, "minProperties": 1}
    return {"anyOf": [{"enum": sorted(mappings)}, {**chosen, "maxProperties": 1}]}


def _measure_name(names: list[str]) -> dict[str, Any]:
    return {"anyOf": [{"enum": names}, {"type": "string", "minLength": 1}]} if names else {"type": "string"}


def _perturb_definitions(operators: Registry[Operator], beside: dict[str, Any]) -> dict[str, Any]:
    shorts = Counter(name.rpartition(".")[2] for name in operators.names())
    specs: dict[str, Any] = {}
    for name in operators.names():
        spec = _operator(operators.get(name))
        specs[name] = spec
        short = name.rpartition(".")[2]
        if shorts[short] == 1:
            specs[short] = spec
    names = {"enum": sorted(specs), "description": "a perturbation with its defaults"}
    one_of_them = [{"required": [name]} for name in sorted(specs)]
    own = {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "description": "in place of the whole chain's"}
    link = {
        "type": "object",
        "properties": {**specs, "severity": own},
        "additionalProperties": False,
        "oneOf": one_of_them,
    }
    chain = {
        "type": "array",
        "minItems": 1,
        "items": {"$ref": "#/$defs/Link"},
        "description": "perturbations applied one after the other",
    }
    item = {
        "type": "object",
        "properties": {**specs, "chain": chain, **beside},
        "additionalProperties": False,
        "oneOf": [*one_of_them, {"required": ["chain"]}],
    }
    clean = {"const": "clean", "description": "the question as it is"}
    return {"Link": {"anyOf": [names, link]}, "PerturbItem": {"anyOf": [names, clean, item]}}


def _operator(operator: Operator) -> dict[str, Any]:
    options = {option.name: _option(option) for option in operator.options.values()}
    mapping = {"type": "object", "properties": options, "additionalProperties": False}
    spellings = [mapping]
    if operator.main:
        spellings.insert(0, options[operator.main])
    return {"description": _description(operator), "anyOf": spellings}


def _option(option: Option) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES.get(option.type, "string"), "default": option.default}
    if option.choices:
        schema["enum"] = list(option.choices)
    return schema


def _description(operator: Operator) -> str:
    doc = (inspect.getdoc(operator.apply) or operator.name).partition("\n\n")[0].replace("\n", " ")
    levels = f" Severities: {', '.join(f'{level:.3g}' for level in operator.levels)}." if operator.levels else ""
    return f"{doc} [{operator.name}; {operator.preserves.value.replace('_', ' ')}]{levels}"


def _without_null(schema: Any) -> Any:
    """Return ``schema`` without pydantic's ``null`` branches and titles: a key is written with a value or left out."""
    if isinstance(schema, list):
        return [_without_null(part) for part in schema if part != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _without_null(part)
        for key, part in schema.items()
        if not (key == "title" and isinstance(part, str)) and not (key == "default" and part is None)
    }
    branches = kept.get("anyOf", [])
    if len(branches) == 1:
        kept = {**branches[0], **{key: part for key, part in kept.items() if key != "anyOf"}}
    return kept
