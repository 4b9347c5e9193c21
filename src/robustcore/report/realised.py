"""What became of the cases of a condition: how many were kept, how much they changed, what the others could mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations

from robustcore.report.types import CaseRecord, Realised
from robustcore.stats.rows import Row
from robustcore.stats.validity import below_people

REJECTED = ("invalid_case", "undecided_case")


def realised(group: Sequence[CaseRecord]) -> Realised:
    """Return the counts and means of the cases of one condition."""
    statuses = Counter(record.status for record in group)
    kept = [record for record in group if record.status == "applied"]
    known = ("applied", "noop", "not_run", *REJECTED)
    return Realised(
        generated=len(group),
        kept=statuses["applied"],
        rejected=statuses["invalid_case"],
        undecided=statuses["undecided_case"],
        noop=statuses["noop"],
        not_run=statuses["not_run"],
        other=sum(count for status, count in statuses.items() if status not in known),
        gated=any(record.validity for record in group),
        why_not_run=next((record.reason for record in group if record.status == "not_run"), ""),
        change=_mean(record.change for record in kept),
        similarity=_mean(record.similarity for record in kept),
        below_gate=sum(record.below_gate for record in kept),
        agreement=_agreement(group),
        below_people=_below_people(group),
    )


def range_if_rejected(rows: Sequence[Row]) -> tuple[float, float] | None:
    """Return the mean of ``rows`` if those that were rejected or undecided had all scored 0, and all 1.

    None if there are none of them, nothing was scored, or a value leaves [0, 1].
    """
    values = [row.value for row in rows if row.value is not None]
    lost = sum(row.value is None and row.reason in REJECTED for row in rows)
    if not lost or not values or not all(0 <= value <= 1 for value in values):
        return None
    total, count = sum(values), len(values) + lost
    return total / count, (total + lost) / count


def _below_people(group: Sequence[CaseRecord]) -> str:
    """Return the warning of a single operator's validity; a chain changes more than people judged."""
    (operators,) = {record.operators for record in group} or {()}
    verdicts = [record.validity for record in group if record.validity]
    return below_people(operators[0], verdicts.count("valid"), len(verdicts)) if len(operators) == 1 else ""


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _agreement(group: Sequence[CaseRecord]) -> dict[str, tuple[int, int]]:
    """Return, per pair of oracles that both gave a verdict on some case, how often it was the same one."""
    found: dict[str, tuple[int, int]] = {}
    for record in group:
        asked = sorted(name for name in record.oracles if name != "rules")
        for one, other in combinations(asked, 2):
            same, both = found.get(f"{one}, {other}", (0, 0))
            found[f"{one}, {other}"] = (same + (record.oracles[one] == record.oracles[other]), both + 1)
    return found
