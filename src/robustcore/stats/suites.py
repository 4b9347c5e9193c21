"""Several perturbations at once: union pass rate and worst case (spec metrics 9.1, 0.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from robustcore.stats.means import estimate
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import Sample

CLEAN = "clean"
NOT_ASKED = frozenset({"noop", "invalid_case", "undecided_case", "no_oracle", "not_applicable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """The union pass rate with its parts.

    ``families`` are the rates of clean and of each family over the complete queries; ``marginal`` is union without the
    family minus union; ``frechet`` the limits that the rates alone put on the union.
    """

    estimate: Estimate
    families: Mapping[str, float]
    marginal: Mapping[str, float]
    frechet: tuple[float, float] | None


def union(
    rows: Iterable[Row], confidence: float = 0.95, *, higher_is_better: bool = True, sampled: bool = True
) -> Estimate:
    """Return the share of queries that pass clean and every family in ``rows`` (arXiv 2402.06827).

    A query passes a family iff all its rows of that family do (repeat rule ``all``). A row passes iff its value is the
    best there is: 1, or 0 for a measure where lower is better. Only queries with a result for clean and for every
    family count; the others are counted by reason and give ``if_zero`` and ``if_one``.
    """
    return union_parts(rows, confidence, higher_is_better=higher_is_better, sampled=sampled).estimate


def union_parts(
    rows: Iterable[Row], confidence: float = 0.95, *, higher_is_better: bool = True, sampled: bool = True
) -> Union:
    """Return the union pass rate with per-family rates and marginal losses, see `union`."""
    best = 1.0 if higher_is_better else 0.0
    families: dict[str, None] = {}
    results: dict[tuple[str, str], dict[str, tuple[bool | None, str]]] = {}
    for row in rows:
        families.setdefault(row.family)
        query = results.setdefault((row.cluster, row.item), {})
        if row.family != CLEAN:
            _join(query, CLEAN, row.clean, row.clean_reason, best)
        _join(query, row.family, row.value, row.reason, best)
    names = (CLEAN, *(name for name in families if name != CLEAN))
    return _union(results, names, confidence, sampled=sampled)


def worst_case(
    rows: Iterable[Row], confidence: float = 0.95, *, higher_is_better: bool = True, sampled: bool = True
) -> Estimate:
    """Return the mean over clusters of the worst value any row of the cluster has.

    Rows that were not asked for (``noop``, ``not_applicable`` and the like) are no candidates; a cluster with a row
    lost for any other reason has no known worst value and is unscored, unless the worst possible value is there.
    """
    worst = min if higher_is_better else max
    bottom = 0.0 if higher_is_better else 1.0
    values: dict[str, list[float]] = {}
    lost: dict[str, str] = {}
    unasked: dict[str, str] = {}
    for row in rows:
        if row.value is not None:
            values.setdefault(row.cluster, []).append(row.value)
        else:
            unscored = unasked if row.reason in NOT_ASKED else lost
            unscored[row.cluster] = min(unscored.get(row.cluster, row.reason), row.reason)
    scored = {cluster: [worst(found)] for cluster, found in values.items()}
    for cluster in lost:
        if scored.get(cluster) != [bottom]:
            scored.pop(cluster, None)
    reasons = {**unasked, **lost}
    counts = Counter(reason for cluster, reason in reasons.items() if cluster not in scored)
    return estimate(Sample(clusters=scored, planned=1, unscored=dict(counts)), confidence, sampled=sampled)


def _join(
    query: dict[str, tuple[bool | None, str]], family: str, value: float | None, reason: str, best: float
) -> None:
    """Fold one more outcome into a query's family: unknown if any is lost, else pass iff all that were asked pass."""
    new = (None, reason or "unknown") if value is None else (value == best, "")
    old = query.get(family, new)
    if old[0] is not None and new[0] is not None:
        query[family] = (old[0] and new[0], "")
    else:
        query[family] = min(old, new, key=_weight)


def _weight(outcome: tuple[bool | None, str]) -> tuple[int, str]:
    """Return what orders outcomes by how much they decide: a lost one, then a known one, then one not asked for."""
    passed, reason = outcome
    return (1 if passed is not None else 2 if reason in NOT_ASKED else 0), reason


def _union(
    results: Mapping[tuple[str, str], Mapping[str, tuple[bool | None, str]]],
    names: Sequence[str],
    confidence: float,
    *,
    sampled: bool,
) -> Union:
    clusters: dict[str, list[float]] = {}
    complete: list[list[bool]] = []
    unscored: Counter[str] = Counter()
    certain = 0  # incomplete queries that fail whatever is missing
    for (cluster, _), query in results.items():
        passes = [query.get(name, (None, "missing_reply")) for name in names]
        known = [passed for passed, _ in passes if passed is not None]
        if len(known) < len(names):
            unscored[min((one for one in passes if one[0] is None), key=_weight)[1]] += 1
            certain += not all(known)
        else:
            complete.append(known)
            clusters.setdefault(cluster, []).append(float(all(known)))
    sizes = Counter(cluster for cluster, _ in results)
    sample = Sample(clusters=clusters, planned=max(sizes.values(), default=0), unscored=dict(unscored))
    found = estimate(sample, confidence, sampled=sampled)
    value = found.value
    if value is None or found.if_one is None:
        return Union(estimate=found, families={}, marginal={}, frechet=None)
    found = replace(found, if_one=found.if_one - certain / len(results))
    rates = {name: sum(row[i] for row in complete) / len(complete) for i, name in enumerate(names)}
    without = {name: _rate_without(complete, i) for i, name in enumerate(names)}
    bounds = (max(0.0, 1 - sum(1 - rate for rate in rates.values())), min(rates.values()))
    if not bounds[0] - 1e-9 <= value <= bounds[1] + 1e-9:
        raise AssertionError(f"union {value} outside its Frechet limits {bounds}")
    marginal = {name: rate - value for name, rate in without.items()}
    return Union(estimate=found, families=rates, marginal=marginal, frechet=bounds)


def _rate_without(complete: Sequence[Sequence[bool]], left_out: int) -> float:
    return sum(all(p for i, p in enumerate(row) if i != left_out) for row in complete) / len(complete)
