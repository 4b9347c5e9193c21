"""``rank.*``, ``cert.*``, ``style.*``, ``curve.*`` and ``stability`` as aggregates of a scenario (metrics 8 to 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from robustcore.errors import InputError, Problem
from robustcore.keys import seed_of
from robustcore.measures.base import Status
from robustcore.measures.suite import Suite
from robustcore.stats import curves
from robustcore.stats.certificates import conformal_depth
from robustcore.stats.drops import drop_rel
from robustcore.stats.means import empty, suite_estimate
from robustcore.stats.resampled import change_of, resampled, variance_of, worst_mean_of
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import clean_values_of, values_of
from robustcore.stats.style import index_estimate

CLEAN = "clean"


@dataclass(frozen=True, kw_only=True)
class Ladder(Suite):
    """Base of aggregates that read one measure, every condition of the question unless families stand in brackets."""

    status: ClassVar[Status] = "OURS"
    share: ClassVar[bool] = False

    def reads(self, family: str) -> bool:
        """Say whether a condition enters."""
        return family in self.selector if self.selector else True

    def parts(self) -> tuple[str, ...]:
        """Return the families in brackets, or the one part there is."""
        return self.selector or (self.base,)

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that enter, under the part they fill."""
        kept = [row for row in self.tagged(rows) if row.measure in self.measures and self.reads(row.family)]
        return kept if not self.selector else [replace(row, condition=row.family) for row in kept]

    def complete(self, rows: Iterable[Row]) -> bool:
        """Say whether every part has a value."""
        return self._missing(rows) == ()

    def covers(self, rows: Iterable[Row]) -> str:
        """Return what the aggregate of ``rows`` covers, in words."""
        rows = self.fold(rows)
        missing = self._missing(rows)
        items = len({(row.cluster, row.item) for row in rows})
        return f"{items} questions" if not missing else f"nothing of {', '.join(missing)}"

    def _missing(self, rows: Iterable[Row]) -> tuple[str, ...]:
        scored = {row.family for row in rows if row.value is not None or row.clean is not None}
        return tuple(name for name in self.selector if name not in scored) if scored else self.parts()


@dataclass(frozen=True, kw_only=True)
class RankTask(Ladder):
    """A task of "Are Neural Ranking Models Robust?" (arXiv 2108.05018) on nDCG@k; the formulas are ours.

    ``rank.vndcg@k``: population variance over clean queries (down); ``rank.worst_mean@k``: mean of the worst quarter of
    them (up); ``rank.ood_change@k``: (p_shifted - p_ref) / p_ref for an unseen query type or corpus, where ``shifted``
    queries are those with that tag (p_ref: those with the tag ``reference``, or all others), or the families in
    brackets against their clean twins; ``rank.query_attack_change@k``: the same over all perturbed questions that are
    valid, paired. Null: no query, p_ref = 0.
    """

    k: int = 10
    shifted: str = ""
    reference: str = ""

    def __post_init__(self) -> None:
        """Refuse a shift that nothing names."""
        if self.part == "ood_change" and not self.shifted and not self.selector:
            fix = f"write {self.base}@{self.k}(shifted=TAG), or {self.base}@{self.k}[FAMILY]"
            raise InputError(
                Problem(what=f"{self.base} needs what is unseen: a tag of questions, or a family", fix=fix)
            )
        if self.selector and self.part not in ("ood_change", "query_attack_change"):
            raise InputError(Problem(what=f"{self.base} looks at clean queries: nothing belongs in brackets"))

    @property
    def name(self) -> str:
        """Return the canonical name, with the cut-off as retrieval measures have it."""
        base, bracket, rest = super().name.partition("[") if self.selector else super().name.partition("(")
        options = (bracket + rest).replace(f"k={self.k}, ", "").replace(f"(k={self.k})", "")
        return f"{base}@{self.k}{options}"

    @property
    def measures(self) -> tuple[str, ...]:
        """Return nDCG at the cut-off."""
        return (f"nDCG@{self.k}",)

    def reads(self, family: str) -> bool:
        """Say whether a condition enters: for an attack those that perturb the question."""
        if self.selector or self.part != "query_attack_change":
            return Ladder.reads(self, family)
        return family != CLEAN and set(family.split("+")) <= question_families()

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the aggregate with limits over queries."""
        rows = self.fold(rows)
        match self.part:
            case "vndcg":
                return _of_clean(rows, variance_of, confidence)
            case "worst_mean":
                return _of_clean(rows, worst_mean_of, confidence)
            case _ if self.shifted:
                return self._by_tag(rows, confidence)
        return negated(drop_rel(rows, confidence, sampled=sampled))

    def _by_tag(self, rows: Sequence[Row], confidence: float) -> Estimate:
        new = [row for row in rows if self.shifted in row.tags]
        old = [
            row for row in rows if self.shifted not in row.tags and (not self.reference or self.reference in row.tags)
        ]
        lost = clean_values_of(_once(rows)).unscored
        return resampled([_clean_means(old), _clean_means(new)], change_of, confidence, unscored=dict(lost))


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


@dataclass(frozen=True, kw_only=True)
class StyleIndex(Ladder):
    """RI = SO / (SO + OS) over a grid of questions in styles (arXiv 2507.17845; the transfer is ours). Up; [0, 1].

    Read it beside its chance level, (S - 1) / (S + M - 2). Limits over questions. Null: SO + OS = 0.
    """

    status: ClassVar[Status] = "PAPER"
    share: ClassVar[bool] = True

    @property
    def options(self) -> dict[str, object]:
        """Return the options, and what the grid fixes."""
        from robustcore.systems.retrieval.styles import MEANINGS, STYLES, K

        return {**super().options, "k": K, "meanings": MEANINGS, "styles": len(STYLES) + 1, "ties": "position"}

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the two counts."""
        return ("style.so", "style.os")

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the index with limits over questions."""
        counts: dict[str, dict[str, float]] = {}
        for row in self.fold(rows):
            value = row.value if row.value is not None else row.clean
            if value is not None:
                counts.setdefault(row.cluster, {})[row.measure] = value
        both = [one for one in counts.values() if len(one) == 2]
        return index_estimate([one["style.so"] for one in both], [one["style.os"] for one in both], confidence)


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
        return resampled(samples, self._statistic(severities, len(replicates)), confidence, paired=True, unscored=lost)

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
        return suite_estimate([_stable(group) for group in items.values()], confidence, sampled=sampled)


def negated(found: Estimate) -> Estimate:
    """Return the estimate of minus what ``found`` estimates: a drop as a change (spec metrics 0.5)."""
    flipped = {
        name: None if value is None else -value
        for name, value in (("value", found.value), ("low", found.high), ("high", found.low))
    }
    return replace(found, **flipped)  # type: ignore[arg-type]  # the three are floats


@lru_cache(maxsize=2)
def question_families(*, meaning: bool = False) -> frozenset[str]:
    """Return the short names of the shipped operators on the question, or of those that keep its meaning."""
    from robustcore.perturb.base import Preserves
    from robustcore.perturb.families import shipped

    return frozenset(
        operator.short
        for operator in shipped()
        if operator.inject == "question" and (not meaning or operator.preserves is Preserves.MEANING)
    )


def _stable(group: Sequence[Row]) -> Row:
    scored = [row.value for row in group if row.value is not None and row.clean is not None]
    clean = next((row.clean for row in group if row.clean is not None), None)
    value = None if clean is None else curves.stability(clean, scored)
    reason = "" if value is not None else next((row.reason or row.clean_reason for row in group), "empty_denominator")
    return replace(group[0], value=value, reason=reason or ("" if value is not None else "empty_denominator"))


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return one row per question and replicate: its clean value stands in all of its rows."""
    return list({(row.cluster, row.item, row.replicate): row for row in rows}.values())


def _clean_means(rows: Iterable[Row]) -> list[float]:
    clusters: Mapping[str, Sequence[float]] = clean_values_of(_once(rows)).clusters
    return [sum(values) / len(values) for values in clusters.values()]


def _of_clean(rows: Sequence[Row], statistic: Callable[..., object], confidence: float) -> Estimate:
    lost = dict(clean_values_of(_once(rows)).unscored)
    return resampled([_clean_means(rows)], statistic, confidence, unscored=lost)
