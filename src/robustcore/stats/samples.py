"""Rows → samples: scored values by cluster, with everything that could not be scored counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Generic, Literal, TypeAlias, TypeVar

from robustcore.stats.rows import Row

RepeatRule: TypeAlias = Literal["all", "any", "majority"]
Pair: TypeAlias = tuple[float, float]
V = TypeVar("V", float, Pair)

INFRASTRUCTURE = frozenset({"missing_reply", "judge_error", "infra_error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Generic[V]):
    """What an aggregate folds over.

    ``clusters`` maps each cluster with a scored value to its values (or ``(clean, perturbed)`` pairs); ``planned`` is
    the largest number of rows of any cluster, scored or not; ``unscored`` counts rows by reason.
    """

    clusters: Mapping[str, Sequence[V]]
    planned: int
    unscored: Mapping[str, int]

    @property
    def n(self) -> int:
        """Return the number of scored values."""
        return sum(map(len, self.clusters.values()))

    @property
    def kinds(self) -> frozenset[V]:
        """Return the different values: few, where values are 0 or 1."""
        return frozenset(chain.from_iterable(self.clusters.values()))

    @property
    def missing(self) -> int:
        """Return the number of rows without a score."""
        return sum(self.unscored.values())

    @property
    def single(self) -> bool:
        """Say whether no cluster has more than one value."""
        return all(len(values) == 1 for values in self.clusters.values())


def values_of(rows: Iterable[Row]) -> Sample[float]:
    """Return the scored values of ``rows``."""
    return _values((row.cluster, row.value, row.reason) for row in rows)


def clean_values_of(rows: Iterable[Row]) -> Sample[float]:
    """Return the scored values of the clean twins of ``rows``."""
    return _values((row.cluster, row.clean, row.clean_reason) for row in rows)


def _values(scores: Iterable[tuple[str, float | None, str]]) -> Sample[float]:
    clusters: dict[str, list[float]] = {}
    unscored: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for cluster, value, reason in scores:
        sizes[cluster] += 1
        if value is None:
            unscored[reason or "unknown"] += 1
        elif cluster in clusters:
            clusters[cluster].append(value)
        else:
            clusters[cluster] = [value]
    return Sample(clusters=clusters, planned=max(sizes.values(), default=0), unscored=dict(unscored))


def pairs_of(rows: Iterable[Row]) -> Sample[Pair]:
    """Return ``(clean, perturbed)`` of every row where both are scored; the reason of a missing twin counts as well."""
    clusters: dict[str, list[Pair]] = {}
    unscored: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for row in rows:
        sizes[row.cluster] += 1
        if row.value is None or row.clean is None:
            unscored[(row.reason if row.value is None else row.clean_reason) or "unknown"] += 1
        elif row.cluster in clusters:
            clusters[row.cluster].append((row.clean, row.value))
        else:
            clusters[row.cluster] = [(row.clean, row.value)]
    return Sample(clusters=clusters, planned=max(sizes.values(), default=0), unscored=dict(unscored))


def repeats(rows: Sequence[Row], rule: RepeatRule) -> list[Row]:
    """Return one row per (item, condition, severity): its replicates under ``rule`` (spec metrics 0.6).

    A case with an unscored replicate is unscored, unless what is there already decides (one failure under ``all``,
    one pass under ``any``). Values must be 0 or 1.
    """
    groups: dict[tuple[str, str, float], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.item, row.condition, row.severity), []).append(row)
    if len(groups) == len(rows):
        return list(rows)
    return [group[0] if len(group) == 1 else _folded(group, rule) for group in groups.values()]


def _folded(group: Sequence[Row], rule: RepeatRule) -> Row:
    value, reason = _fold([(row.value, row.reason) for row in group], rule)
    clean, clean_reason = _fold([(row.clean, row.clean_reason) for row in group], rule)
    return replace(group[0], value=value, reason=reason, clean=clean, clean_reason=clean_reason)


def _fold(scores: Sequence[tuple[float | None, str]], rule: RepeatRule) -> tuple[float | None, str]:
    passes = sum(value == 1 for value, _ in scores)
    failures = sum(value is not None and value != 1 for value, _ in scores)
    needed = {"all": len(scores), "any": 1, "majority": len(scores) // 2 + 1}[rule]
    if passes >= needed:
        return 1.0, ""
    if failures > len(scores) - needed:
        return 0.0, ""
    return None, next(reason for value, reason in scores if value is None)


def every_part(rows: Iterable[Row], parts: Sequence[str]) -> list[Row]:
    """Return one row per item: the least of its values over all ``parts``, as `Row.condition` names them.

    An item that lacks one of them is unscored; the reason is that of the missing part, an infrastructure loss first,
    ``not_run`` if nobody asked.
    """
    items: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        items.setdefault((row.cluster, row.item), []).append(row)
    return [_least(group, parts) for group in items.values()]


def _least(group: Sequence[Row], parts: Sequence[str]) -> Row:
    first = replace(group[0], condition="+".join(parts))
    lost = [row.reason or "unknown" for row in group if row.value is None]
    if lost or len({row.condition for row in group}) < len(parts):
        reason = next((one for one in lost if one in INFRASTRUCTURE), lost[0] if lost else "not_run")
        return replace(first, value=None, reason=reason)
    return replace(first, value=min(row.value for row in group if row.value is not None), reason="")


def count_raises(rows: Iterable[Row], worst: float) -> list[Row]:
    """Return ``rows`` with ``worst`` where the system's own code raised although its clean twin has a value.

    Such a case is a failed one, not a lost one (spec metrics 0.2): a system that crashes under stress is not sound.
    """
    return [
        replace(row, value=worst, reason="")
        if row.value is None and row.reason == "system_error" and row.clean is not None
        else row
        for row in rows
    ]
