"""Is one run worse than another on the same cases? Exact McNemar, sign flips over clusters (spec metrics 12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from robustcore.stats.bootstrap import SEED
from robustcore.stats.samples import Pair, Sample

FLIPS = 9_999  # sign vectors drawn where there are too many to list
_LISTED = 12  # clusters that differ: up to here every sign vector is looked at
_NORMAL = 2_000  # clusters that differ: from here on the normal distribution is as good as drawing
_BLOCK = 2_000_000  # signs held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTest:
    """How ``clean`` and perturbed, or an earlier and a later run, differ case by case.

    ``up`` and ``down`` count the pairs that rose and fell; ``p`` is two-sided, ``p_down`` and ``p_up`` are one-sided
    (the second value is lower, or higher, than chance explains); ``test`` names the test. None without a pair.
    """

    up: int
    down: int
    p: float | None
    p_down: float | None
    p_up: float | None
    test: str


def paired_test(sample: Sample[Pair], *, seed: int = SEED) -> PairedTest:
    """Return the paired test of (first, second) values: 0/1 and one pair per cluster: McNemar; else sign flips. (ours).

    Cases of one question are not independent: with several pairs in a cluster, McNemar on pairs would find differences
    that are not there, so that whole clusters are flipped.
    """
    pairs = [pair for cluster in sample.clusters.values() for pair in cluster]
    up, down = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
    if not pairs:
        return PairedTest(up=0, down=0, p=None, p_down=None, p_up=None, test="none")
    if sample.single and all(a in (0, 1) and b in (0, 1) for a, b in pairs):
        lower, higher = at_least(down, up + down), at_least(up, up + down)
        test = "exact McNemar"
    else:
        sums = [sum(b - a for a, b in cluster) for cluster in sample.clusters.values()]
        lower, higher, test = _sign_flips(sums, seed)
    p = min(1.0, 2 * min(lower, higher))
    return PairedTest(up=up, down=down, p=p, p_down=lower, p_up=higher, test=test)


def mcnemar(up: int, down: int) -> float:
    """Return the two-sided exact p value of ``up`` pairs that rose and ``down`` that fell (McNemar 1947)."""
    return min(1.0, 2 * at_least(max(up, down), up + down))


def at_least(count: int, n: int) -> float:
    """Return P(X >= ``count``) for X ~ Bin(``n``, 1/2): 1 for no trial."""
    if count <= 0:
        return 1.0
    from scipy.special import bdtrc

    return float(bdtrc(count - 1, n, 0.5))


def _sign_flips(sums: Iterable[float], seed: int) -> tuple[float, float, str]:
    """Return one-sided p values (sum too low, sum too high) where each cluster's sign is a coin under the null."""
    import numpy as np

    moved = np.array(sorted(value for value in sums if abs(value) > 1e-12))
    total, count = float(moved.sum()), len(moved)
    if not count:
        return 1.0, 1.0, "sign flips over clusters"
    if count <= _LISTED:
        drawn = np.array(list(product((-1.0, 1.0), repeat=count))) @ np.abs(moved)
        low, high = float((drawn <= total + 1e-9).mean()), float((drawn >= total - 1e-9).mean())
        return low, high, "exact sign flips over clusters"
    if count >= _NORMAL:
        from scipy.special import ndtr

        z = total / float(np.sqrt((moved**2).sum()))
        return float(ndtr(z)), float(ndtr(-z)), "sign flips over clusters, normal"
    rng = np.random.default_rng(seed)
    low = high = 1
    for start in range(0, FLIPS, rows := max(1, _BLOCK // count)):
        size = min(rows, FLIPS - start)
        signs = rng.integers(0, 2, size=(size, count), dtype=np.int8) * 2 - 1
        drawn = signs.astype(float) @ np.abs(moved)
        low += int((drawn <= total + 1e-9).sum())
        high += int((drawn >= total - 1e-9).sum())
    return low / (FLIPS + 1), high / (FLIPS + 1), f"sign flips over clusters ({FLIPS} draws, seed {seed})"
