"""The base of aggregates over one measure, and which conditions are attacks on the question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from robustcore.measures.base import Status
from robustcore.measures.suite import Suite
from robustcore.stats.rows import Row

CLEAN = "clean"


@dataclass(frozen=True, kw_only=True)
class Ladder(Suite):
    """Base of aggregates that read one measure, every condition of the question unless families stand in brackets."""

    status: ClassVar[Status] = "OURS"
    share: ClassVar[bool] = False

    @property
    def is_mean(self) -> bool:
        """Say no: a variance, a tail, a curve or a depth is none."""
        return False

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


@lru_cache(maxsize=1)
def document_attacks() -> frozenset[str]:
    """Return the short names of the shipped operators that put text into the corpus and leave gold and answer alone."""
    from robustcore.perturb.base import Preserves
    from robustcore.perturb.families import shipped

    adding = (one for one in shipped() if one.inject == "corpus" and one.preserves is Preserves.ADDS_NOISE)
    return frozenset(one.short for one in adding if not one.short.startswith("delete"))
