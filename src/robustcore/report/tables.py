"""Case records → one row per condition and measure: clean, perturbed, paired drop, and whether there was headroom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from robustcore.gates.headroom import headroom
from robustcore.report.records import rows_of
from robustcore.report.types import CaseRecord, ConditionReport, MeasureCell
from robustcore.stats.estimates import clean_estimate, drop_abs, mean_estimate

CONFIDENCE = 0.95


def condition_reports(
    records: Sequence[CaseRecord], measures: Mapping[str, Mapping[str, Any]]
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
        )
        for (label, severity, family), group in groups.items()
    )


def _cell(name: str, group: Sequence[CaseRecord], properties: Mapping[str, Any]) -> MeasureCell:
    rows = rows_of(tuple(group), name)
    return MeasureCell(
        measure=name,
        clean=clean_estimate(rows, CONFIDENCE),
        perturbed=mean_estimate(rows, CONFIDENCE),
        drop=drop_abs(rows, CONFIDENCE),
        headroom=headroom(rows, [record.changed for record in group], higher_is_better=properties["higher_is_better"]),
    )
