"""``style.ri``: the style index of a retriever, as an aggregate (arXiv 2507.17845)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from robustcore.measures.base import Status
from robustcore.measures.ladder import Ladder
from robustcore.measures.listed import unless_listed
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.style import index_estimate


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
        from robustcore.systems.retrieval.styles import STYLES, K

        counts: dict[str, dict[str, float]] = {}
        for row in self.fold(rows):
            value = row.value if row.value is not None else row.clean
            if value is not None:
                counts.setdefault(row.cluster, {})[row.measure] = value
        both = [one for one in counts.values() if len(one) == 2]
        so, others = ([one[name] for one in both] for name in self.measures)
        found = index_estimate(so, others, confidence, places=K * (len(STYLES) + 1))
        return unless_listed(found, sampled=sampled)
