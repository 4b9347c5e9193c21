"""Case records → one row per condition and measure (clean, perturbed, drop, headroom), and the suite aggregates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from robustcore.gates.headroom import headroom
from robustcore.measures.suite import Suite, parse_suite
from robustcore.report.realised import range_if_rejected, realised
from robustcore.report.records import rows_of
from robustcore.report.types import CaseRecord, ConditionReport, MeasureCell, MeasureReport, SuiteReport
from robustcore.stats.drops import drop_abs
from robustcore.stats.means import estimate, mean_estimate
from robustcore.stats.rows import Row
from robustcore.stats.samples import clean_values_of

CONFIDENCE = 0.95


def condition_reports(
    records: Sequence[CaseRecord], measures: Mapping[str, MeasureReport]
) -> tuple[ConditionReport, ...]:
    """Return a report per condition, in the order of ``records``; ``measures`` maps names to their properties."""
    groups: dict[tuple[str, float, str], list[CaseRecord]] = {}
    for record in records:
        groups.setdefault((record.condition, record.severity, record.family), []).append(record)
    return tuple(
        ConditionReport(
            label=label,
            severity=severity,
            family=family,
            outcomes=dict(Counter(record.outcome for record in group)),
            measures=tuple(_cell(name, group, properties) for name, properties in measures.items()),
            realised=realised(group),
        )
        for (label, severity, family), group in groups.items()
    )


def suite_reports(records: Sequence[CaseRecord], names: Sequence[str]) -> tuple[SuiteReport, ...]:
    """Return the suite aggregates called ``names`` over ``records``."""
    return tuple(report for name in names for report in _spread(name, records))


def _spread(name: str, records: Sequence[CaseRecord]) -> Iterator[SuiteReport]:
    suite = parse_suite(name)
    kept = [record for record in records if suite.reads(record.family)]
    rows = [row for measure in suite.measures for row in rows_of(kept, measure)]
    yield from (_suite(one, rows) for one in suite.spread(rows))


def _suite(suite: Suite, rows: Sequence[Row]) -> SuiteReport:
    estimate = suite.estimate(rows, CONFIDENCE)
    return SuiteReport(
        name=suite.name,
        status=suite.status,
        options=suite.options,
        estimate=estimate,
        covers=suite.covers(rows),
        complete=suite.complete(rows),
    )


def _cell(name: str, group: Sequence[CaseRecord], properties: MeasureReport) -> MeasureCell:
    rows = rows_of(group, name)
    moved = [record.changed for record in group]
    group_is_stress = any(record.family != "clean" for record in group)
    return MeasureCell(
        measure=name,
        clean=estimate(clean_values_of(rows), CONFIDENCE, display=True),
        perturbed=mean_estimate(rows, CONFIDENCE, display=True),
        drop=drop_abs(rows, CONFIDENCE, display=True),
        headroom=_headroom(rows, moved, properties) if group_is_stress else "",
        if_rejected=range_if_rejected(rows),
    )


def _headroom(rows: Sequence[Row], moved: Sequence[bool], properties: MeasureReport) -> str:
    """Return why the stress could not have hurt, or nothing; a measure without a clean side has no say in it."""
    if not any(row.clean is not None for row in rows) and any(row.value is not None for row in rows):
        return ""
    return str(headroom(rows, moved, higher_is_better=properties.higher_is_better))
