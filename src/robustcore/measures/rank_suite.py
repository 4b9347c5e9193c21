"""``rank.*``: the five tasks of ranking as aggregates of a scenario (spec metrics 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from robustcore.errors import InputError, Problem
from robustcore.measures.ladder import CLEAN, Ladder, document_attacks, question_families
from robustcore.measures.listed import unless_listed
from robustcore.stats.drops import drop_rel
from robustcore.stats.means import mean_estimate
from robustcore.stats.resampled import change_of, resampled, variance_of, worst_mean_of
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import clean_values_of


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
                return unless_listed(_of_clean(rows, variance_of, confidence), sampled=sampled)
            case "worst_mean":
                return unless_listed(_of_clean(rows, worst_mean_of, confidence), sampled=sampled)
            case _ if self.shifted:
                return unless_listed(self._by_tag(rows, confidence), sampled=sampled)
        return negated(drop_rel(rows, confidence, sampled=sampled))

    def _by_tag(self, rows: Sequence[Row], confidence: float) -> Estimate:
        new = [row for row in rows if self.shifted in row.tags]
        old = [
            row for row in rows if self.shifted not in row.tags and (not self.reference or self.reference in row.tags)
        ]
        lost = clean_values_of(_once(rows)).unscored
        return resampled([_clean_means(old), _clean_means(new)], change_of, confidence, unscored=dict(lost))


@dataclass(frozen=True, kw_only=True)
class FirstLost(Ladder):
    """Share of questions whose first document is another one under an attack on documents (task 5; ours). Down; [0, 1].

    The mean of ``rank.top1_changed`` over all conditions that edit the corpus and leave gold and answer as they are, or
    those whose labels stand in brackets. Null: no such condition.
    """

    higher_is_better: ClassVar[bool] = False
    share: ClassVar[bool] = True

    @property
    def is_mean(self) -> bool:
        """Say yes: a share of cases."""
        return True

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measure of single cases."""
        return ("rank.top1_changed",)

    def reads(self, family: str) -> bool:
        """Say whether a condition attacks documents."""
        return family != CLEAN and set(family.split("+")) <= document_attacks()

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows of the attacks, of those in brackets where there are any."""
        kept = [row for row in self.tagged(rows) if row.measure in self.measures and self.reads(row.family)]
        return [row for row in kept if row.condition in self.selector] if self.selector else kept

    def _missing(self, rows: Iterable[Row]) -> tuple[str, ...]:
        scored = {row.condition for row in rows if row.value is not None}
        return tuple(set(self.parts()) - scored) if self.selector or not scored else ()

    def estimate(self, rows: Iterable[Row], confidence: float = 0.95, *, sampled: bool = True) -> Estimate:
        """Return the mean with limits over clusters."""
        return mean_estimate(self.fold(rows), confidence, sampled=sampled)


def negated(found: Estimate) -> Estimate:
    """Return the estimate of minus what ``found`` estimates: a drop as a change (spec metrics 0.5)."""
    flipped = {
        name: None if value is None else -value
        for name, value in (("value", found.value), ("low", found.high), ("high", found.low))
    }
    return replace(found, **flipped)  # type: ignore[arg-type]  # the three are floats


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return one row per question and replicate: its clean value stands in all of its rows."""
    return list({(row.cluster, row.item, row.replicate): row for row in rows}.values())


def _clean_means(rows: Iterable[Row]) -> list[float]:
    clusters: Mapping[str, Sequence[float]] = clean_values_of(_once(rows)).clusters
    return [sum(values) / len(values) for values in clusters.values()]


def _of_clean(rows: Sequence[Row], statistic: Callable[..., object], confidence: float) -> Estimate:
    lost = dict(clean_values_of(_once(rows)).unscored)
    return resampled([_clean_means(rows)], statistic, confidence, unscored=lost)
