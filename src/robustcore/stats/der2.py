"""DeR2 (arXiv 2601.21937, spec metrics 7): the mean score S of each regime, the gaps between them, the mode switch.

Everything is paired by item and nothing is clamped: noise can help, and one published model shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from robustcore.stats.bootstrap import MIN_CLUSTERS, bootstrap_t, positive_share
from robustcore.stats.drops import drop_abs
from robustcore.stats.means import conditional, empty
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import INFRASTRUCTURE, count_raises, pairs_of

INSTRUCTION, CONCEPTS, RELATED, FULL = "instruction_only", "concepts_only", "related_only", "full_set"
REGIMES: tuple[str, ...] = (INSTRUCTION, CONCEPTS, RELATED, FULL)
GAPS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "rloss": (CONCEPTS, FULL),
        "doc_to_concept_loss": (CONCEPTS, RELATED),
        "noise_loss": (RELATED, FULL),
        "knowledge_loss": (CONCEPTS, INSTRUCTION),
    }
)
"""Each gap is S of the first regime minus S of the second; rloss in the sense of the paper."""
LABELS: tuple[str, ...] = ("MC", "UC", "R", "NF")
"""Why a reply is wrong: missing concept, used a concept wrongly, reasoning, numeric or formal."""
_EVEN = 1e-12


def gaps_of(scores: Mapping[str, float]) -> dict[str, float]:
    """Return every gap between the scores of the four regimes, on their scale: positive is worse, none is clamped."""
    return {name: scores[first] - scores[second] for name, (first, second) in GAPS.items()}


def is_fragile(scores: Mapping[str, float]) -> bool:
    """Say whether the full set does worse than the instruction alone, strictly: the model left its own way for none."""
    return scores[FULL] < scores[INSTRUCTION]


def averaged(table: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each regime over the rows of a table: its average row."""
    return {regime: sum(row[regime] for row in table) / len(table) for regime in REGIMES}


def place_of(family: str, severity: float) -> str | None:
    """Return the regime of a condition, ``full_set@0.5`` for half of the noise; None if it is no regime."""
    if family not in REGIMES:
        return None
    return f"{FULL}@{severity:g}" if family == FULL and severity < 1 else family


def item_rows(rows: Iterable[Row], places: Sequence[str]) -> list[Row]:
    """Return a row per item and place: the mean of its runs, which are averaged first; ``condition`` is the place.

    An item with a run that has no score is unscored there, for its reason. A system that raises where its clean twin
    answered has the score 0.
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in count_raises(rows, 0.0):
        place = place_of(row.family, row.severity)
        if place in places:
            groups.setdefault((row.cluster, row.item, place or ""), []).append(row)
    return [_averaged(group, place) for (_, _, place), group in groups.items()]


def paired_rows(rows: Iterable[Row], first: str, second: str) -> list[Row]:
    """Return a row per item with its mean in the ``second`` place as value and that in the ``first`` as ``clean``."""
    by_item: dict[tuple[str, str], dict[str, Row]] = {}
    for row in item_rows(rows, (first, second)):
        by_item.setdefault((row.cluster, row.item), {})[row.condition] = row
    return [_pair(places, first, second) for places in by_item.values()]


def gap_rows(rows: Iterable[Row], first: str, second: str) -> list[Row]:
    """Return a row per item whose value is the gap itself, unscored where one side is."""
    return [
        row if row.value is None or row.clean is None else replace(row, value=row.clean - row.value, clean=None)
        for row in map(_one_reason, paired_rows(rows, first, second))
    ]


def gap(rows: Iterable[Row], first: str, second: str, confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return the mean of first - second over the items that are scored in both, with the limits of a paired drop."""
    return drop_abs(paired_rows(rows, first, second), confidence, sampled=sampled)


def identity(rows: Iterable[Row], confidence: float = 0.95) -> Estimate:
    """Return rloss - (doc_to_concept_loss + noise_loss): 0, but for items that are not scored in all three regimes."""
    kept = list(rows)
    parts = {name: gap(kept, *GAPS[name], confidence) for name in ("rloss", "doc_to_concept_loss", "noise_loss")}
    whole, *rest = parts.values()
    if whole.value is None or any(part.value is None for part in rest):
        return empty(whole.unscored, confidence)
    off = whole.value - sum(part.value or 0.0 for part in rest)
    return Estimate(
        value=0.0 if abs(off) < _EVEN else off,
        n=whole.n,
        clusters=whole.clusters,
        unscored=whole.unscored,
        method="a check, which has no interval",
        confidence=confidence,
    )


def switch_share(rows: Iterable[Row], confidence: float = 0.95) -> Estimate:
    """Return the share of bootstrap draws over clusters that say of the mode switch what the value says."""
    sample = pairs_of(paired_rows(rows, INSTRUCTION, FULL))
    fragile, share, method = _switch([sum(c - p for c, p in pairs) for pairs in sample.clusters.values()])
    if fragile is None:
        return empty(sample.unscored, confidence)
    return Estimate(
        value=share if fragile else 1 - share,
        n=sample.n,
        clusters=len(sample.clusters),
        unscored=sample.unscored,
        method=method,
        confidence=confidence,
    )


def mode_switch(rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return 1 if S(full) < S(instruction) over the items scored in both, strictly, else 0.

    The limits are those of a yes or no: both are the value where at least ``confidence`` of the bootstrap draws over
    clusters say the same, else 0 and 1. Fewer than 20 clusters have none.
    """
    sample = pairs_of(paired_rows(rows, INSTRUCTION, FULL))
    fragile, share, method = _switch([sum(c - p for c, p in pairs) for pairs in sample.clusters.values()])
    if fragile is None:
        return empty(sample.unscored, confidence)
    few = sampled and len(sample.clusters) < MIN_CLUSTERS
    none = conditional()
    return Estimate(
        value=float(fragile),
        low=None if few or not sampled else float(share >= confidence),
        high=None if few or not sampled else float(share > 1 - confidence),
        n=sample.n,
        clusters=len(sample.clusters),
        unscored=sample.unscored,
        method=none.method if not sampled else f"no interval: fewer than {MIN_CLUSTERS} clusters" if few else method,
        confidence=confidence,
        reason=none.reason if not sampled else "too_few_clusters" if few else "",
    )


def ratio(top: Sequence[Row], beside: Sequence[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return sum(top) / (sum(top) + sum(beside)) over the rows scored in both: a precision or a recall of counts.

    ``top`` and ``beside`` are joined by case. Limits: cluster bootstrap-t. Null where nothing was counted.
    """
    others = {row.case_id: row for row in beside}
    joined = [replace(row, clean=others[row.case_id].value, clean_reason=others[row.case_id].reason) for row in top]
    sample = pairs_of(joined)
    totals = [(sum(b for _, b in pairs), sum(a + b for a, b in pairs)) for pairs in sample.clusters.values()]
    below = sum(bottom for _, bottom in totals)
    if not below:
        return empty(sample.unscored, confidence)
    limits = bootstrap_t(totals, 1 - confidence) if sampled else conditional()
    return Estimate(
        value=sum(found for found, _ in totals) / below,
        low=None if limits.low is None else max(0.0, limits.low),
        high=None if limits.high is None else min(1.0, limits.high),
        n=sample.n,
        clusters=len(sample.clusters),
        unscored=sample.unscored,
        method=limits.method,
        confidence=confidence,
        reason=limits.reason,
    )


def _averaged(group: Sequence[Row], place: str) -> Row:
    lost = [row.reason or "unknown" for row in group if row.value is None]
    first = replace(group[0], condition=place, clean=None, clean_reason="")
    if lost:
        return replace(first, value=None, reason=next((one for one in lost if one in INFRASTRUCTURE), lost[0]))
    return replace(first, value=sum(row.value for row in group if row.value is not None) / len(group), reason="")


def _pair(places: Mapping[str, Row], first: str, second: str) -> Row:
    before, after = places.get(first), places.get(second)
    return replace(
        after or next(iter(places.values())),
        condition=f"{first}-{second}",
        value=after.value if after else None,
        reason=after.reason if after else "not_run",
        clean=before.value if before else None,
        clean_reason=before.reason if before else "not_run",
    )


def _one_reason(row: Row) -> Row:
    """Return a pair with the reason of whichever side has no score, an infrastructure loss first."""
    if row.value is not None and row.clean is not None:
        return row
    reasons = [reason for value, reason in ((row.value, row.reason), (row.clean, row.clean_reason)) if value is None]
    reason = next((one for one in reasons if one in INFRASTRUCTURE), reasons[0])
    return replace(row, value=None, reason=reason, clean=None, clean_reason="")


def _switch(totals: Sequence[float]) -> tuple[bool | None, float, str]:
    """Return whether S(instruction) - S(full) > 0, the share of draws in which it is, and how they were drawn."""
    if not totals:
        return None, 0.0, ""
    share, method = positive_share(totals)
    return sum(totals) > _EVEN, share, method
