"""Which cases lost most: where a person should look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from robustcore.report.types import CaseRecord, MeasureReport


def most_damaged(
    records: Sequence[CaseRecord], measures: Sequence[str], properties: Mapping[str, MeasureReport]
) -> list[CaseRecord]:
    """Return cases with texts that lost something, worst first by the sum of losses over ``measures``.

    Only replies that changed; the mildest stress that does the damage first among equals; one case per question.
    """
    ranked = sorted(
        ((loss(record, measures, properties), record) for record in records if record.texts),
        key=lambda pair: (-pair[0], pair[1].severity, pair[1].id),
    )
    seen: set[str] = set()
    worst = []
    for lost, record in ranked:
        moved = record.texts["answer"] != record.texts["clean_answer"]
        if lost > 0 and moved and record.item not in seen:
            seen.add(record.item)
            worst.append(record)
    return worst


def loss(record: CaseRecord, measures: Sequence[str], properties: Mapping[str, MeasureReport]) -> float:
    """Return how much ``record`` lost against its clean twin, summed over ``measures``; unscored adds nothing."""
    total = 0.0
    for name in measures:
        value, clean = record.scores[name][0], record.clean[name][0]
        if value is not None and clean is not None:
            total += (clean - value) if properties[name].higher_is_better else (value - clean)
    return total
