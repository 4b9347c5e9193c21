"""``curve.*`` and ``stability``: what more and more of a perturbation costs, and what all variants keep (metrics 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from robustcore.errors import InputError, Problem
from robustcore.measures.base import Status
from robustcore.measures.ladder import CLEAN, Ladder, question_families
from robustcore.measures.listed import unless_listed
from robustcore.stats import curves
from robustcore.stats.means import empty, mean_estimate
from robustcore.stats.resampled import resampled
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import values_of


@dataclass(frozen=True, kw_only=True)
class Curve(Ladder):
    """What a ladder of severities costs: ``curve.apd[family]`` or ``curve.nipd[family]``, of any measure.

    ``curve.apd``: mean over replicates of [mean of a_s / a_0] - 1 (arXiv 2507.17845); ``curve.nipd``: area between
    curve and clean level, over clean level less ``chance`` (arXiv 2607.25497). a_s is the mean over questions at
    severity s, a_0 that of their clean twins. 0 = no loss. Null: see `stats.curves`.
    """

    status: ClassVar[Status] = "PAPER"
    of: str = "nDCG@10"
    chance: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a curve over several operators: their severities are not comparable."""
        if len(self.selector) != 1:
            fix = f"write {self.base}[typos](of=nDCG@10)"
            raise InputError(Problem(what=f"{self.base} is of one family, which belongs in brackets", fix=fix))

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measure on the ladder."""
        return (self.of,)

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the loss with limits over questions that have a value at every severity."""
        rows = self.fold(rows)
        severities = sorted({row.severity for row in rows if row.severity > 0})
        replicates = sorted({row.replicate for row in rows})
        ladders: dict[str, dict[tuple[int, float], list[float]]] = {}
        for row in rows:
            if row.value is not None and row.clean is not None:
                own = ladders.setdefault(row.cluster, {})
                own.setdefault((row.replicate, row.severity), []).append(row.value)
                own.setdefault((row.replicate, 0.0), []).append(row.clean)
        steps = [(r, s) for r in replicates for s in (0.0, *severities)]
        whole = [own for own in ladders.values() if all(step in own for step in steps)]
        samples = [[sum(own[step]) / len(own[step]) for own in whole] for step in steps]
        lost = dict(values_of(rows).unscored)
        if not whole or not severities:
            return empty(lost, confidence)
        statistic = self._statistic(severities, len(replicates))
        found = resampled(samples, statistic, confidence, paired=True, unscored=lost)
        return unless_listed(found, sampled=sampled)

    def _statistic(self, severities: Sequence[float], repetitions: int) -> Callable[..., object]:
        width = len(severities) + 1

        def loss(*levels: object, axis: int = -1) -> object:
            import numpy as np

            means = np.stack([np.asarray(level).mean(axis=axis) for level in levels], axis=-1)
            flat = means.reshape(-1, repetitions, width)
            values = [self._loss(severities, one.tolist()) for one in flat]
            return np.array([np.nan if v is None else v for v in values]).reshape(means.shape[:-1])

        return loss

    def _loss(self, severities: Sequence[float], ladders: Sequence[Sequence[float]]) -> float | None:
        if self.part == "apd":
            return curves.apd(ladders)
        areas = [curves.nipd([0.0, *severities], ladder, self.chance) for ladder in ladders]
        known = [area for area in areas if area is not None]
        return sum(known) / len(known) if len(known) == len(areas) else None


@dataclass(frozen=True, kw_only=True)
class Stability(Ladder):
    """Mean over questions of mean over their valid meaning variants of min(m, 2 m_i - m) (after arXiv 2305.11997). Up.

    ``of`` is the graded measure m. In [-1, 1]. It ranks fragile passing cases; it guarantees nothing.
    """

    status: ClassVar[Status] = "REPORTED"
    of: str = "nDCG@10"

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the graded measure."""
        return (self.of,)

    def reads(self, family: str) -> bool:
        """Say whether a condition is a meaning variant of the question."""
        return family != CLEAN and set(family.split("+")) <= question_families(meaning=True)

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the mean with limits over clusters."""
        items: dict[tuple[str, str], list[Row]] = {}
        for row in self.fold(rows):
            items.setdefault((row.cluster, row.item), []).append(row)
        return mean_estimate([_stable(group) for group in items.values()], confidence, sampled=sampled)


def _stable(group: Sequence[Row]) -> Row:
    scored = [row.value for row in group if row.value is not None and row.clean is not None]
    clean = next((row.clean for row in group if row.clean is not None), None)
    value = None if clean is None else curves.stability(clean, scored)
    reason = "" if value is not None else next((row.reason or row.clean_reason for row in group), "empty_denominator")
    return replace(group[0], value=value, reason=reason or ("" if value is not None else "empty_denominator"))
