"""Snapshot: the rows of a run that a later run is compared with, and the small, sorted file that holds them.

The file has one line per case and nothing that changes when nothing changed: no date, no seconds, no texts. What it is
compared by is the case (scenario, condition, question, replicate); a diff of two files is a list of cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from robustcore.errors import InputError, Location, Problem
from robustcore.files import read_regular
from robustcore.keys import content_key, read_finite_json
from robustcore.report.records import rated
from robustcore.report.types import CaseRecord, Report, ScenarioReport
from robustcore.stats.rows import Row

SCHEMA, VERSION = "pytest-robust/baseline", 1
DEFAULT = Path("robust-baseline.json")
PASSED = "pass_rate"  # the column that says whether a case met what its scenario expects of single cases
DIGITS = 6  # of a stored value: past what a measure can mean, and stable across machines

Value: TypeAlias = int | float | str
"""A score, or the reason why there is none."""
Key: TypeAlias = tuple[str, int]
"""Question and replicate."""
Split: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""A gate's expression and one of its cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRows:
    """The rows of a condition: ``values`` maps question and replicate to one value per column."""

    label: str
    severity: float
    family: str
    values: Mapping[Key, Sequence[Value | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRows:
    """A scenario's rows, clean twins under ``clean``.

    ``columns`` name the values: ``pass_rate``, then the measures. ``higher`` gives their directions, ``options`` a key
    of what each value depends on, ``gates`` what is compared; ``clusters`` and ``tags`` hold what differs from the rule
    (a question is its own cluster and carries no tag).
    """

    columns: tuple[str, ...]
    higher: Mapping[str, bool]
    options: Mapping[str, str]
    gates: tuple[Split, ...]
    conditions: Mapping[str, ConditionRows]
    clusters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rows(self, measure: str) -> Iterator[Row]:
        """Yield the rows of one column, each with the value of its clean twin."""
        place = self.columns.index(measure)
        twins = self.conditions["clean"].values if "clean" in self.conditions else {}
        for name, condition in self.conditions.items():
            if name == "clean" and not any(values[0] is not None for values in condition.values.values()):
                continue  # twins only: nobody asked for them as cases
            for (item, replicate), values in condition.values.items():
                value, reason = _score(values[place])
                twin = twins.get((item, replicate))
                clean, clean_reason = (None, "not_run") if twin is None else _score(twin[place])
                yield Row(
                    f"{name}-{item}" + (f"-r{replicate + 1}" if replicate else ""),
                    item,
                    self.clusters.get(item, item),
                    condition.label,
                    condition.family,
                    condition.severity,
                    replicate,
                    measure,
                    value,
                    reason,
                    clean,
                    clean_reason,
                    self.tags.get(item, ()),
                )


Snapshot: TypeAlias = Mapping[str, ScenarioRows]


def snapshot_of(report: Report) -> dict[str, ScenarioRows]:
    """Return the rows of ``report`` by scenario. Raises `InputError` where two scenarios share a name."""
    found: dict[str, ScenarioRows] = {}
    for scenario in report.scenarios:
        if scenario.name in found:
            what = f"two scenarios are called {scenario.name!r}: a baseline could not tell them apart"
            raise InputError(Problem(what=what, fix="rename one of them"))
        found[scenario.name] = scenario_rows(scenario)
    return found


def scenario_rows(scenario: ScenarioReport) -> ScenarioRows:
    """Return the rows of one scenario."""
    names = sorted(scenario.measures)
    columns = (PASSED, *names)
    conditions: dict[str, tuple[CaseRecord, dict[Key, list[Value | None]]]] = {}
    twins: dict[Key, list[Value | None]] = {}
    for case in rated(scenario.cases):
        key = (case.item, case.replicate)
        label = case.condition if case.family == "clean" else f"{case.condition}-s{case.severity:g}"
        values: list[Value | None] = [_passed(case), *(_stored(case.scores.get(name)) for name in names)]
        conditions.setdefault(label, (case, {}))[1][key] = values
        twins.setdefault(key, [None, *(_stored(case.clean.get(name)) for name in names)])
    made = {
        label: ConditionRows(label=first.condition, severity=first.severity, family=first.family, values=values)
        for label, (first, values) in conditions.items()
    }
    made.setdefault("clean", ConditionRows(label="clean", severity=0.0, family="clean", values=twins))
    return ScenarioRows(
        columns=columns,
        higher={PASSED: True, **{name: scenario.measures[name].higher_is_better for name in names}},
        options={name: content_key(_plain(scenario.measures[name].options))[:8] for name in names},
        gates=tuple(dict.fromkeys((gate.measure, tuple(gate.cell.items())) for gate in scenario.gates)),
        conditions=made,
        clusters={case.item: case.cluster for case in scenario.cases if case.cluster != case.item},
        tags={case.item: tuple(case.tags) for case in scenario.cases if case.tags},
    )


def dump_baseline(snapshot: Snapshot) -> str:
    """Return the file's text: sorted, one line per case, the same text for the same rows."""
    head = f'{{\n"schema": "{SCHEMA}",\n"version": {VERSION},\n"scenarios": {{'
    parts = [f"{_json(name)}: {_scenario_text(snapshot[name])}" for name in sorted(snapshot)]
    return head + ("\n" + ",\n".join(parts) + "\n" if parts else "") + "}\n}\n"


def read_snapshot(path: Path) -> dict[str, ScenarioRows]:
    """Return the rows of a baseline, or of a JSON report; raise `InputError` for anything else."""
    where = Location(file=str(path))
    try:
        data = read_finite_json(read_regular(path))
    except OSError as error:
        fix = f"make it from a report: pytest-robust baseline REPORT.json --output {path}"
        problem = Problem(what=f"cannot read the baseline: {error.strerror}", where=where, fix=fix)
        raise InputError(problem) from None
    except ValueError as error:
        raise InputError(Problem(what=f"this is no JSON: {error}", where=where)) from None
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema == "pytest-robust/report":
        from robustcore.report.json_form import from_json

        return snapshot_of(from_json(data, where))
    if schema != SCHEMA or data.get("version") != VERSION:
        found = f"schema {schema!r}, version {data.get('version') if isinstance(data, dict) else None!r}"
        choices = (f"{SCHEMA} version {VERSION}", "pytest-robust/report")
        raise InputError(Problem(what=f"neither a baseline nor a report: {found}", where=where, choices=choices))
    try:
        return {str(name): _read_scenario(one) for name, one in data["scenarios"].items()}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        what = f"the baseline is damaged: {type(error).__name__}: {error}"
        raise InputError(Problem(what=what, where=where, fix="accept a new one")) from None


def _scenario_text(scenario: ScenarioRows) -> str:
    lines = [
        f'"columns": {_json(scenario.columns)}',
        f'"higher_is_better": {_json(dict(sorted(scenario.higher.items())))}',
        f'"options": {_json(dict(sorted(scenario.options.items())))}',
        f'"gates": {_listed(_json([measure, dict(cell)]) for measure, cell in sorted(scenario.gates))}',
        f'"clusters": {_json(dict(sorted(scenario.clusters.items())))}',
        f'"tags": {_json({item: scenario.tags[item] for item in sorted(scenario.tags)})}',
        f'"conditions": {{{",".join(_condition_text(name, scenario) for name in sorted(scenario.conditions))}\n}}',
    ]
    return "{\n" + ",\n".join(lines) + "\n}"


def _condition_text(name: str, scenario: ScenarioRows) -> str:
    condition = scenario.conditions[name]
    rows = (_json([item, repeat, *condition.values[item, repeat]]) for item, repeat in sorted(condition.values))
    about = {"label": condition.label, "severity": condition.severity, "family": condition.family}
    return f'\n{_json(name)}: {_json(about)[:-1]}, "rows": {_listed(rows)}}}'


def _listed(lines: Iterable[str]) -> str:
    body = ",\n".join(lines)
    return f"[\n{body}\n]" if body else "[]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _read_scenario(data: Mapping[str, Any]) -> ScenarioRows:
    columns = tuple(data["columns"])
    if PASSED not in columns or set(data["higher_is_better"]) != set(columns):
        raise ValueError(f"its columns are not {PASSED} and measures whose direction is told")
    conditions = {}
    for name, one in data["conditions"].items():
        values = {(row[0], row[1]): row[2:] for row in one["rows"]}
        if any(len(row) != len(columns) for row in values.values()):
            raise ValueError(f"a row of {name} has not one value per column")
        conditions[name] = {**{key: one[key] for key in ("label", "severity", "family")}, "values": values}
    rows = {
        "columns": columns,
        "higher": data["higher_is_better"],
        "options": data["options"],
        "gates": [(measure, tuple(cell.items())) for measure, cell in data["gates"]],
        "conditions": conditions,
        "clusters": data["clusters"],
        "tags": data["tags"],
    }
    try:
        return _reader().validate_python(rows)
    except ValidationError as error:
        fault = error.errors()[0]
        raise ValueError(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}") from None


@cache
def _reader() -> TypeAdapter[ScenarioRows]:
    return TypeAdapter(ScenarioRows)


def _passed(case: CaseRecord) -> Value:
    """Return 1 or 0, or the reason why the case has no say. A raise under stress is a failed case (outcome failed)."""
    if case.outcome in ("passed", "failed", "tolerated"):
        return int(case.outcome == "passed")
    return case.status if case.status != "applied" else case.outcome


def _stored(score: tuple[float | None, str] | None) -> Value:
    if score is None:
        return "not_run"
    value, reason = score
    if value is None:
        return reason or "unknown"
    rounded = round(value, DIGITS)
    return int(rounded) if rounded == int(rounded) else rounded


def _score(value: Value | None) -> tuple[float | None, str]:
    if value is None:
        return None, "not_run"
    return (None, value) if isinstance(value, str) else (float(value), "")


def _plain(options: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): repr(value) for key, value in options.items()}
