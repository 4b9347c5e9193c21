"""DeR2 (arXiv 2601.21937, spec metrics 7): four regimes, the gaps between them, and who is worse off with documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType

from robustcore.stats.drops import drop_abs
from robustcore.stats.rows import Estimate, Row

INSTRUCTION, CONCEPTS, RELATED, FULL = "instruction_only", "concepts_only", "related_only", "full_set"
REGIMES: tuple[str, ...] = (INSTRUCTION, CONCEPTS, RELATED, FULL)
GAPS = MappingProxyType(
    {
        "rloss": (CONCEPTS, FULL),
        "doc_to_concept_loss": (CONCEPTS, RELATED),
        "noise_loss": (RELATED, FULL),
        "knowledge_loss": (CONCEPTS, INSTRUCTION),
        "mode_switch_fragile": (INSTRUCTION, FULL),
    }
)
DRAWS, SEED = 2000, 20260121


def regime_of(row_or_family: str) -> str | None:
    """Return the regime that the operators of a condition are, None for anything else; clean is no regime."""
    return row_or_family if row_or_family in REGIMES else None


def item_rows(rows: Iterable[Row], regimes: Sequence[str]) -> list[Row]:
    """Return a row per item and regime: the mean of its runs, unscored if one of them is; full noise only."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        regime = regime_of(row.family)
        if regime in regimes and (regime != FULL or row.severity == 1):
            groups.setdefault((regime, row.item), []).append(row)
    return [_mean(regime, group) for (regime, _), group in groups.items()]


def gap_rows(rows: Iterable[Row], gap: str) -> list[Row]:
    """Return a row per item that has both regimes of ``gap``: the first as ``clean``, the second as value."""
    first, second = GAPS[gap]
    by_item: dict[str, dict[str, Row]] = {}
    for row in item_rows(rows, (first, second)):
        by_item.setdefault(row.item, {})[row.condition] = row
    found = []
    for both in by_item.values():
        one, other = both.get(first), both.get(second)
        row = other or one
        if row is None:
            continue
        value, reason = (other.value, other.reason) if other else (None, "not_run")
        clean, clean_reason = (one.value, one.reason) if one else (None, "not_run")
        named = f"{first}-{second}"
        found.append(replace(row, condition=named, value=value, reason=reason, clean=clean, clean_reason=clean_reason))
    return found


def gap_estimate(rows: Iterable[Row], gap: str, confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return the mean of first - second over items scored in both, with paired limits; never clamped."""
    return drop_abs(gap_rows(rows, gap), confidence, sampled=sampled)


def fragile_estimate(rows: Sequence[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
    """Return 1 if S(full) < S(instruction), strictly, else 0; limits say whether the paired interval agrees.

    The method names the share of bootstrap draws, by cluster, in which the difference has the same sign.
    """
    pairs = gap_rows(rows, "mode_switch_fragile")
    found = drop_abs(pairs, confidence, sampled=sampled)
    if found.value is None:
        return found
    value = float(found.value > 0)
    low = None if found.low is None else float(found.low > 0)
    high = None if found.high is None else float(found.high > 0)
    share = same_sign_share(pairs)
    method = f"sign of the paired difference ({found.method}); {share:.0%} of {DRAWS} bootstrap draws agree"
    return replace(found, value=value, low=low, high=high, method=method, if_zero=None, if_one=None)


def same_sign_share(pairs: Iterable[Row]) -> float:
    """Return the share of cluster bootstrap draws in which clean - value is as positive, or as little, as it is."""
    import numpy as np

    tops: dict[str, float] = {}
    for row in pairs:
        if row.value is not None and row.clean is not None:
            tops[row.cluster] = tops.get(row.cluster, 0.0) + row.clean - row.value
    sums = np.array([tops[cluster] for cluster in sorted(tops)])
    if not len(sums):
        return 0.0
    drawn = np.random.default_rng(SEED).integers(0, len(sums), size=(DRAWS, len(sums)))
    return float(np.mean((sums[drawn].sum(axis=1) > 0) == (sums.sum() > 0)))


def _mean(regime: str, group: Sequence[Row]) -> Row:
    values = [row.value for row in group if row.value is not None]
    first = replace(group[0], condition=regime, clean=None, clean_reason="")
    if len(values) < len(group):
        return replace(first, value=None, reason=next(row.reason for row in group if row.value is None))
    return replace(first, value=sum(values) / len(values), reason="")
