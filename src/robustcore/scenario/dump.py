"""A scenario as YAML text in which nothing is left to defaults: loading it gives the same scenario."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import yaml

from robustcore.case import Condition, Step
from robustcore.gates.types import Gate
from robustcore.scenario.types import DataSpec, Each, Scenario, SystemSpec


def dump(scenario: Scenario) -> str:
    """Return one YAML document with every option, severity and label written out; paths stay absolute."""
    return yaml.safe_dump(plain(scenario), sort_keys=False, allow_unicode=True, width=100)


def plain(scenario: Scenario) -> dict[str, Any]:
    """Return the document as plain values."""
    optional = {
        "claim": scenario.claim,
        "system": _system(scenario.system) if scenario.system else None,
        "data": _data(scenario.data) if scenario.data else None,
        "tags": list(scenario.tags),
        "limits": list(scenario.limits),
        "grades": dict(scenario.grades),
    }
    expect = [{"each": _each(scenario.each)}] if scenario.each else []
    expect += [{"group": _group(gate)} for gate in scenario.gates]
    return {
        "robust": 1,
        "name": scenario.name,
        **{key: value for key, value in optional.items() if value},
        "perturb": _perturb(scenario.conditions),
        "replicates": scenario.replicates,
        "measures": [*(measure.name for measure in scenario.measures), *(suite.name for suite in scenario.suites)],
        "expect": expect,
        "items": scenario.items,
        "axis": "query" if all(gate.sampled for gate in scenario.gates) else "none",
    }


def _perturb(conditions: tuple[Condition, ...]) -> list[Any]:
    items: list[Any] = []
    for label, group in groupby(conditions, key=lambda condition: condition.label):
        same = list(group)
        steps = [_step(step) for step in same[0].steps]
        if not steps:
            items.append(label)
            continue
        chain = steps[0] if len(steps) == 1 and same[0].steps[0].severity is None else {"chain": steps}
        items.append({**chain, "severity": [condition.severity for condition in same], "label": label})
    return items


def _step(step: Step) -> dict[str, Any]:
    named: dict[str, Any] = {step.operator.name: dict(step.options)}
    return named if step.severity is None else {**named, "severity": step.severity}


def _system(system: SystemSpec) -> dict[str, Any]:
    if system.service is not None:
        service = system.service.to_json()
        values = {"http": service.pop("url"), "version": system.version, **service}
        return {key: value for key, value in values.items() if value not in ("", {})}
    values = {"use": system.target, "version": system.version, "options": dict(system.options)}
    return {key: value for key, value in values.items() if value}


def _data(data: DataSpec) -> dict[str, Any]:
    values: dict[str, Any] = {
        "corpus": list(data.sources),
        "questions": str(data.questions) if data.questions else None,
        "calibration": str(data.calibration) if data.calibration else None,
        "format": data.format,
        "sample": data.sample,
        "seed": data.seed,
        "tags": list(data.tags),
    }
    return {key: value for key, value in values.items() if value}


def _each(each: Each) -> dict[str, Any]:
    name = "invariant" if each.invariant else "measure"
    return {name: each.measure, **_bounds(each.at_least, each.at_most)}


def _group(gate: Gate) -> dict[str, Any]:
    return {
        "measure": gate.measure,
        **({"by": list(gate.by)} if gate.by else {}),
        **_bounds(gate.at_least, gate.at_most),
        "confidence": gate.confidence,
        "max_unscored": gate.max_unscored,
        "inconclusive": gate.inconclusive,
    }


def _bounds(at_least: float | None, at_most: float | None) -> dict[str, float]:
    given = {"at-least": at_least, "at-most": at_most}
    return {key: value for key, value in given.items() if value is not None}
