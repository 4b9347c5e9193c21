"""Drift of decisions under emotional framing (spec metrics 6), after the Paradox of Robustness (arXiv 2601.21439).

p is the share of favourable decisions in a cell, a scenario under a framing, over its repeats. Drift is p under an
emotional framing less p under the neutral control: never pooled alone, since opposite shifts cancel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from robustcore.stats.bootstrap import MIN_CLUSTERS, bootstrap_t
from robustcore.stats.equivalent import MARGIN, Interval, Verdict, beyond_margin, paired_interval, verdict_of
from robustcore.stats.means import conditional, empty
from robustcore.stats.rows import Estimate, Row

OUTLYING: Final = 0.10
FEWEST_PAIRS: Final = 76  # without a single flip these give an interval inside the margin; fewer cannot
EMOTION, CONTROL = "emotion", "neutral_text"  # operators, by their short names


def cohens_h(p1: float, p2: float) -> float:
    """Return 2 asin sqrt(p1) - 2 asin sqrt(p2), in [-pi, pi]: p1 emotional, p2 neutral. (STANDARD)."""
    return 2 * math.asin(math.sqrt(p1)) - 2 * math.asin(math.sqrt(p2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A decision under an emotional framing beside the one under its neutral control: 1 favourable, 0 not.

    ``condition`` is the framing, ``scenario`` the cluster; ``row`` says which case it is. One without a decision on
    either side has a ``reason``.
    """

    row: Row
    scenario: str
    condition: str
    emotional: float | None = None
    neutral: float | None = None
    reason: str = ""


def pairs_of(rows: Iterable[Row], *, minimal: bool = False) -> list[Pair]:
    """Return a pair per emotional row of one measure: against the control of matched length, or the facts alone.

    A row whose control was not asked has the reason ``no_neutral_cell``.
    """
    kept = list(rows)
    controls = {(row.item, row.replicate): row for row in kept if CONTROL in row.family.split("+")}
    return [
        _pair(row, None if minimal else controls.get((row.item, row.replicate)), minimal=minimal)
        for row in kept
        if EMOTION in row.family.split("+")
    ]


def _pair(row: Row, control: Row | None, *, minimal: bool) -> Pair:
    made = Pair(row=row, scenario=row.cluster, condition=f"{row.condition}-s{row.severity:g}")
    neutral, why = (row.clean, row.clean_reason) if minimal else (None, "no_neutral_cell")
    if control is not None:
        neutral, why = control.value, control.reason
    if row.value is None or neutral is None:
        return replace(made, reason=(row.reason if row.value is None else why) or "unknown")
    return replace(made, emotional=row.value, neutral=neutral)


def scored(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs with both decisions."""
    return [pair for pair in pairs if not pair.reason]


def change(pair: Pair) -> float:
    """Return emotional - neutral of a scored pair."""
    return (pair.emotional or 0.0) - (pair.neutral or 0.0)


def drift_rows(pairs: Iterable[Pair], value: Callable[[Pair], float] = change) -> list[Row]:
    """Return a row per pair with ``value`` of it, or its reason."""
    return [
        replace(
            pair.row,
            cluster=pair.scenario,
            value=None if pair.reason else value(pair),
            reason=pair.reason,
            clean=None,
            clean_reason="not_run",
        )
        for pair in pairs
    ]


def shift(
    pairs: Sequence[Pair],
    confidence: float = 0.95,
    *,
    sampled: bool = True,
    cluster: Callable[[Pair], str] | None = None,
) -> Estimate:
    """Return the pooled signed drift over ``pairs``, in [-1, 1], with one-sided limits at ``confidence``. [OURS].

    The limits are the wider of two: those of Bonett and Price on the pairs, and over scenarios, which share their
    neutral cell (cluster bootstrap-t; below 20 scenarios Student's t of their means, approximate). Where no decision
    changed there is nothing to draw, and the first stand alone. Of a single scenario, clusters are its repeats
    (`by_repeat`).
    """
    kept = scored(pairs)
    unscored = _counted(pairs)
    if not kept:
        return empty(unscored, confidence)
    value = sum(map(change, kept)) / len(kept)
    made = Estimate(
        value=value,
        n=len(kept),
        clusters=len({pair.scenario for pair in kept}),
        unscored=unscored,
        confidence=confidence,
    )
    if not sampled:
        return replace(made, method=conditional().method, reason=conditional().reason)
    low, high, method = _limits(kept, 2 * confidence - 1, cluster)
    low, high = _possible((min(low, value), max(high, value)))
    return replace(made, low=low, high=high, method=method)


def interval_of(pairs: Sequence[Pair], confidence: float) -> Interval:
    """Return the two-sided interval of `shift` over scored ``pairs``."""
    low, high, _ = _limits(pairs, confidence)
    return low, high


def _possible(interval: Interval) -> Interval:
    """Return the part of ``interval`` that a difference of two shares can be in: the limits' formulas reach past it."""
    return max(-1.0, interval[0]), min(1.0, interval[1])


def _limits(
    pairs: Sequence[Pair], confidence: float, cluster: Callable[[Pair], str] | None = None
) -> tuple[float, float, str]:
    """Return the wider of the limits on pairs and over clusters (the scenarios, unless said otherwise)."""
    up, down = (sum(change(pair) * sign > 0 for pair in pairs) for sign in (1, -1))
    low, high = paired_interval(up, down, len(pairs), confidence)
    groups: dict[str, list[float]] = {}
    for pair in pairs:
        groups.setdefault((cluster or by_scenario)(pair), []).append(change(pair))
    if len(groups) == len(pairs) or not up + down or len(groups) < 2:
        return low, high, "Bonett-Price on pairs"
    wide = _over_clusters(list(groups.values()), confidence)
    return min(low, wide[0]), max(high, wide[1]), "the wider of Bonett-Price on pairs and limits over clusters"


def _over_clusters(clusters: Sequence[Sequence[float]], confidence: float) -> Interval:
    if len(clusters) >= MIN_CLUSTERS:
        limits = bootstrap_t([(sum(one), float(len(one))) for one in clusters], (1 - confidence) / 2)
        if limits.low is not None and limits.high is not None and math.isfinite(limits.high - limits.low):
            return limits.low, limits.high
    from scipy.special import stdtrit

    means = [sum(one) / len(one) for one in clusters]
    middle = sum(means) / len(means)
    spread = math.sqrt(sum((mean - middle) ** 2 for mean in means) / (len(means) - 1))
    reach = float(stdtrit(len(means) - 1, (1 + confidence) / 2)) * spread / math.sqrt(len(means))
    return middle - reach, middle + reach


def equivalence(pairs: Sequence[Pair], *, margin: float = MARGIN) -> tuple[Verdict | None, Estimate, str]:
    """Return the verdict, an estimate of it (1 equivalent, 0 not) and what it rests on in words; None without pairs.

    A verdict that is neither has the limits 0 and 1, so that a gate on it is inconclusive. Fewer than 76 pairs cannot
    show equivalence at a margin of .03, which is said.
    """
    kept = scored(pairs)
    if not kept:
        return None, empty(_counted(pairs), 0.95), "no pair"
    at90, at95 = interval_of(kept, 0.90), interval_of(kept, 0.95)
    verdict = verdict_of(at90, at95, margin)
    low, high = _possible(at90)
    text = f"{verdict}: 90% interval [{low:+.3f}, {high:+.3f}] against +-{margin:g}"
    if verdict == "inconclusive" and len(kept) < FEWEST_PAIRS and margin <= MARGIN:
        text += f"; needs {FEWEST_PAIRS} pairs, has {len(kept)}"
    text += ", wholly beyond it" if beyond_margin(at90, margin) else ""
    value = float(verdict in ("equivalent", "equivalent_but_detectable"))
    made = Estimate(
        value=value,
        low=value if verdict != "inconclusive" else 0.0,
        high=value if verdict != "inconclusive" else 1.0,
        n=len(kept),
        clusters=len({pair.scenario for pair in kept}),
        unscored=_counted(pairs),
        method=text,
    )
    return verdict, made, text


def by_cell(pair: Pair) -> str:
    """Return the scenario and framing of a pair."""
    return f"{pair.scenario}, {pair.condition}"


def by_scenario(pair: Pair) -> str:
    """Return the scenario of a pair, its framings pooled."""
    return pair.scenario


def by_repeat(pair: Pair) -> str:
    """Return the repeat of a pair, which shares its neutral decision with the scenario's other framings."""
    return f"{pair.row.item}, {pair.row.replicate}"


def outlying(pairs: Iterable[Pair], beyond: float = OUTLYING) -> dict[str, Interval]:
    """Return the scenarios whose 95 % interval lies wholly outside +-``beyond``, with that interval. [OURS].

    The interval is that of Bonett and Price over the scenario's pairs; with repeats, which share their neutral cell,
    not narrower than the one over repeats. It is about this scenario, and the framings it was put in.
    """
    groups: dict[str, list[Pair]] = {}
    for pair in scored(pairs):
        groups.setdefault(pair.scenario, []).append(pair)
    found = {}
    for name, own in groups.items():
        low, high, _ = _limits(own, 0.95, by_repeat)
        interval = _possible((low, high))
        if beyond_margin(interval, beyond):
            found[name] = interval
    return found


def _counted(pairs: Iterable[Pair]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for pair in pairs:
        if pair.reason:
            counts[pair.reason] = counts.get(pair.reason, 0) + 1
    return counts
