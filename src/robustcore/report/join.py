"""Join the reports of several processes into one, as if one process had run everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from robustcore.report.find import with_findings
from robustcore.report.records import rated
from robustcore.report.tables import condition_reports, suite_reports
from robustcore.report.types import EndpointReport, GateReport, MeasureReport, Report, ScenarioReport


def join(reports: Sequence[Report]) -> Report:
    """Return one report: cases united by id, gates by name and cell, tables made anew, counters summed.

    Scenarios, conditions, cases and gates stand as they would in the report of one process: in the order of the files.
    The first report gives date, versions and run. A single report is returned as it is.
    """
    first = reports[0]
    if len(reports) == 1:
        return first
    parts: dict[tuple[str, str], list[ScenarioReport]] = {}
    for report in reports:
        for scenario in report.scenarios:
            parts.setdefault((scenario.where, scenario.name), []).append(scenario)
    calls: Counter[str] = Counter()
    for report in reports:
        calls.update(report.calls)
    return replace(
        first,
        calls=dict(calls),
        endpoints=_endpoints([endpoint for report in reports for endpoint in report.endpoints]),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
        scenarios=tuple(sorted(map(_scenario, parts.values()), key=lambda one: one.place)),
    )


def _endpoints(parts: Sequence[EndpointReport]) -> tuple[EndpointReport, ...]:
    """Return one report per name, with sums; the cost is known only if it is known of every part."""
    joined: dict[str, EndpointReport] = {}
    for part in parts:
        before = joined.get(part.name)
        joined[part.name] = part if before is None else _sum(before, part)
    return tuple(joined[name] for name in sorted(joined))


def _sum(one: EndpointReport, other: EndpointReport) -> EndpointReport:
    known = one.cost is not None and other.cost is not None
    return replace(
        one,
        sent=one.sent + other.sent,
        failed=one.failed + other.failed,
        seconds=one.seconds + other.seconds,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost=(one.cost or 0.0) + (other.cost or 0.0) if known else None,
    )


def _measures(parts: Sequence[ScenarioReport]) -> dict[str, MeasureReport]:
    """Return the measures of the first part; one has no value only if it has none in any part."""
    found = {}
    for name, one in parts[0].measures.items():
        whys = [part.measures[name].unscored for part in parts if part.cases]
        found[name] = replace(one, unscored=whys[0] if all(whys) and whys else "")
    return found


def _in_the_file(gate: GateReport) -> tuple[int, list[int], list[tuple[str, str]]]:
    """Return what orders gates as one process does; line, column and cell do where a report tells no place."""
    lines = [int(number) for number in gate.where.rsplit(":", 2)[1:] if number.isdigit()]
    return gate.place, lines, sorted(gate.cell.items())


def _scenario(parts: list[ScenarioReport]) -> ScenarioReport:
    cases = {case.id: case for part in parts for case in part.cases}
    gates = {(gate.name, tuple(gate.cell.items())): gate for part in parts for gate in part.gates}
    ordered = tuple(sorted(cases.values(), key=lambda one: (one.place, one.condition, one.severity, one.id)))
    measures = _measures(parts)
    conditions = condition_reports(rated(ordered), measures)
    suites = suite_reports(rated(ordered), [suite.name for suite in parts[0].suites])
    joined = replace(
        parts[0],
        measures=measures,
        cases=ordered,
        gates=tuple(sorted(gates.values(), key=_in_the_file)),
        conditions=conditions,
        suites=suites,
        passages={key: text for part in parts for key, text in part.passages.items()},
    )
    return with_findings(joined)
