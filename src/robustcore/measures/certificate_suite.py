"""``cert.*``: certificates that were broken, and how deep one must read, as aggregates (spec metrics 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from robustcore.errors import InputError, Problem
from robustcore.keys import seed_of
from robustcore.measures.ladder import Ladder
from robustcore.stats.certificates import conformal_depth
from robustcore.stats.means import empty
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import values_of


@dataclass(frozen=True, kw_only=True)
class Violations(Ladder):
    """Share of cases that break their certificate (spec metrics 10.1; ours). Down; one is a fault, not chance.

    Its limits are its value: nothing is estimated, every case that ran was checked.
    """

    share: ClassVar[bool] = True

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the check of single cases."""
        return ("certificate_violation",)

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the share, exactly."""
        sample = values_of(self.fold(rows))
        if not sample.n:
            return empty(sample.unscored, confidence)
        value = sum(sum(values) for values in sample.clusters.values()) / sample.n
        return Estimate(
            value=value,
            low=value,
            high=value,
            n=sample.n,
            clusters=len(sample.clusters),
            unscored=sample.unscored,
            method="every case checked: a violation is a fault, whatever its share",
            confidence=confidence,
        )


@dataclass(frozen=True, kw_only=True)
class ConformalDepth(Ladder):
    """The depth at which gold is found with probability 1 - ``alpha`` under perturbation (spec 10.6; ours). Down.

    Worst gold rank of each query over its conditions, clean included; the depth is set on half of the queries and its
    coverage told of the other half (``method``). Split conformal: marginal over queries like these. Null: n too small.
    """

    alpha: float = 0.1

    def __post_init__(self) -> None:
        """Refuse an error level outside (0, 1)."""
        if not 0 < self.alpha < 1:
            raise InputError(Problem(what=f"{self.base}: alpha must lie between 0 and 1, not {self.alpha:g}"))

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the rank of gold."""
        return ("rank.gold_rank",)

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the depth; its limits are itself, the guarantee being its own."""
        worst: dict[str, float] = {}
        rows = self.fold(rows)
        for row in rows:
            for value in (row.value, row.clean):
                if value is not None:
                    worst[row.cluster] = max(worst.get(row.cluster, 0.0), value)
        halves = sorted(worst, key=lambda cluster: seed_of("conformal", cluster))
        calibration, check = halves[: len(halves) // 2], halves[len(halves) // 2 :]
        depth = conformal_depth([worst[one] for one in calibration], self.alpha)
        lost = dict(
            Counter({row.cluster: row.reason or "unknown" for row in rows if row.cluster not in worst}.values())
        )
        if depth is None:
            return replace(empty(lost, confidence), reason="too_few_clusters", n=len(worst))
        covered = sum(worst[one] <= depth for one in check) / len(check)
        method = f"split conformal on {len(calibration)} queries; covers {covered:.3f} of the other {len(check)}"
        return Estimate(
            value=depth,
            low=depth,
            high=depth,
            n=len(worst),
            clusters=len(worst),
            unscored=lost,
            method=method,
            confidence=confidence,
        )
