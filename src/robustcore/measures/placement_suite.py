"""``placement.*``: each fall laid to the retriever, the reader or both, by paired placement (spec metrics 10.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from robustcore.measures.answers import check_choice
from robustcore.measures.base import Status
from robustcore.measures.rare_met import RareGoldRetrieved
from robustcore.measures.suite import Suite, check_selector
from robustcore.perturb.corpus.planted import FAMILIES
from robustcore.stats.placement import pairs, placed_at, share_rows
from robustcore.stats.rows import Row
from robustcore.stats.samples import count_raises


@dataclass(frozen=True, kw_only=True)
class Placement(Suite):
    """A share over pairs: one document, once in the index and once in the context alone. [OURS].

    ``fell[family]``: share of pairs, right without the document, of which a half is wrong with it. Of those that fell:
    ``retriever_displaced`` (gold left the passages and the answer fell, which stands where the reader gets the document
    beside its evidence), ``reader_misled`` (wrong with gold still there), ``both`` (gold left, and the reader is misled
    by the document, too); they sum to 1. Down. ``by`` names the measure of correctness, 0 or 1.
    """

    status: ClassVar[Status] = "OURS"
    by: str = "answer_correct"

    def __post_init__(self) -> None:
        """Refuse options and selectors that do not exist."""
        check_choice(self.base, "by", self.by, ("answer_correct", "citation_correct"))
        check_selector(self, (FAMILIES,), least=1, most=1)

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measure of correctness, and that of gold among the passages."""
        return self.by, RareGoldRetrieved().name

    def reads(self, family: str) -> bool:
        """Say whether a condition is a half of the pairs."""
        place = placed_at(family)
        return place is not None and place[1] == self.selector[0]

    def parts(self) -> tuple[str, ...]:
        """Return the one part."""
        return (self.part,)

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return a row per pair: 1 if it fell, or if the part is to blame."""
        by_measure: dict[str, list[Row]] = {name: [] for name in self.measures}
        for row in self.tagged(rows):
            if row.measure in by_measure:
                by_measure[row.measure].append(row)
        answers, retrieved = by_measure.values()
        return share_rows(pairs(count_raises(answers, 0.0), retrieved, self.selector[0]), self.part)
