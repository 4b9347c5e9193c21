"""Two rankings side by side, and rankings of many queries: what the five tasks of metrics 8 are computed from.

The tasks are those of "Are Neural Ranking Models Robust?" (arXiv 2108.05018); every formula is ours or textbook.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from robustcore.stats.risk import cvar

WORST = 0.25


def ndcg_exp(relevances: Sequence[int], k: int, judged: Sequence[int] | None = None) -> float | None:
    """Return nDCG@k with gain 2^rel - 1 and discount log2(rank + 1), ideal over all ``judged`` (default: those ranked).

    [STANDARD: Burges et al. 2005.] None for a query without a relevant judged document.
    """
    ideal = _dcg(sorted(relevances if judged is None else judged, reverse=True)[:k])
    return _dcg(relevances[:k]) / ideal if ideal else None


def variance(values: Sequence[float]) -> float | None:
    """Return the population variance; None for no values. (ours)."""
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / len(values)


def worst_mean(values: Sequence[float], share: float = WORST) -> float | None:
    """Return the mean of the worst ``share`` of values, at least one of them. (ours)."""
    found = cvar([-value for value in values], share)
    return None if found is None else -found


def change(reference: float, shifted: float) -> float | None:
    """Return (p_shifted - p_ref) / p_ref, negative = worse; None where p_ref is 0. (ours)."""
    return None if reference == 0 else (shifted - reference) / reference


def kendall_distance(before: Sequence[str], after: Sequence[str]) -> float | None:
    """Return discordant pairs / all pairs, in [0, 1]; None for different documents or fewer than two. [STANDARD].

    Computed by SciPy's tau of the ranks: (1 - tau) / 2 where there are no ties.
    """
    if len(before) < 2 or set(before) != set(after):
        return None
    from scipy.stats import kendalltau

    place = {doc: rank for rank, doc in enumerate(after)}
    tau = float(kendalltau(range(len(before)), [place[doc] for doc in before]).statistic)
    return round((1 - tau) / 2, 12)


def rbo_ext(before: Sequence[str], after: Sequence[str], p: float = 0.9) -> float | None:
    """Return extrapolated rank-biased overlap to the depth of the shorter list (Webber et al. 2010). [STANDARD].

    (X_k / k) p^k + ((1 - p) / p) sum over d of (X_d / d) p^d, X_d the overlap at depth d. None for an empty list.
    """
    depth = min(len(before), len(after))
    if not depth:
        return None
    left: set[str] = set()
    right: set[str] = set()
    common, total = 0, 0.0
    for d, (a, b) in enumerate(zip(before[:depth], after[:depth], strict=True), 1):
        common += (a == b) + (a in right and a != b) + (b in left and a != b)
        left.add(a)
        right.add(b)
        total += common / d * p**d
    return common / depth * p**depth + (1 - p) / p * total


def top1_changed(before: Sequence[str], after: Sequence[str]) -> float | None:
    """Return 1 if another document comes first, or none does; None if none did before. (ours)."""
    return float(before[0] != (after[0] if after else None)) if before else None


def topk_changed(before: Sequence[str], after: Sequence[str], k: int) -> float | None:
    """Return the share of the first ``k`` documents that are no longer among them; None if there were none. (ours)."""
    old = set(before[:k])
    return len(old - set(after[:k])) / len(old) if old else None


def rank_gain(before: Sequence[str], after: Sequence[str], target: str) -> int | None:
    """Return rank before - rank after of ``target``, positive = boosted; None where neither list has it. (ours).

    A list without it counts as one rank deeper than its length.
    """
    if target not in before and target not in after:
        return None
    old, new = (list(ids).index(target) if target in ids else len(ids) for ids in (before, after))
    return old - new


def by_query(run: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, int]], k: int) -> dict[str, float]:
    """Return nDCG@k with linear gain of every query with a relevant document, worked out here, beside ir_measures."""
    found = {}
    for query, grades in qrels.items():
        gains = [max(0, grades.get(doc, 0)) for doc in run.get(query, ())[:k]]
        ideal = _linear(sorted((g for g in grades.values() if g > 0), reverse=True)[:k])
        if ideal:
            found[query] = _linear(gains) / ideal
    return found


def _dcg(relevances: Sequence[int]) -> float:
    return math.fsum((2**rel - 1) / math.log2(rank + 1) for rank, rel in enumerate(relevances, 1))


def _linear(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
