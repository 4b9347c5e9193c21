"""``rare_met.*``: the aggregates of RARE-Met as suites (spec metrics 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from robustcore.measures.abstention import PHRASES
from robustcore.measures.answers import check_choice
from robustcore.measures.matching import MATCHERS, Matcher
from robustcore.measures.rare_met import RareCorrect, RareGoldRetrieved, RareRefusal
from robustcore.measures.suite import Suite, check_selector
from robustcore.stats.rare_met import (
    DOCUMENTS,
    ORIGINAL,
    PROBE,
    QUERIES,
    UNION,
    Part,
    Rule,
    belongs,
    cells_of,
    place_of,
    probe_rows,
    robust_rows,
)
from robustcore.stats.rows import Row
from robustcore.stats.samples import every_part

RULES: tuple[str, ...] = ("lenient", "strict")
KNOWN: tuple[str, ...] = ("any", "yes", "no")


@dataclass(frozen=True, kw_only=True)
class RareMet(Suite):
    """A plain mean over pooled cells of the grid, each robust or not by `stats.rare_met.robust`. Up; [0, 1]. [PAPER].

    ``real_world_rule`` decides retrieved documents; ``known`` keeps the records the system answers without documents
    (``yes``), or those it does not (``no``); ``matcher`` and ``phrases`` are those of the measures it folds. A refusal
    counts only if it is not correct. Null where no cell is scored; a record whose probe has no reply has none.
    ``union`` is the share of records that are robust on gold documents under all five queries (union pass rate, arXiv
    2402.06827); one that lacks a query is unscored. ``real_world[r]`` is for rows of several retrievers; a scenario
    has one, the system's own.
    """

    real_world_rule: Rule = "lenient"
    known: str = "any"
    matcher: Matcher = "robust_v1"
    phrases: str = "default_en_v1"

    def __post_init__(self) -> None:
        """Refuse options and selectors that do not exist."""
        check_choice(self.base, "real_world_rule", self.real_world_rule, RULES)
        check_choice(self.base, "known", self.known, KNOWN)
        check_choice(self.base, "matcher", self.matcher, MATCHERS)
        check_choice(self.base, "phrases", self.phrases, tuple(PHRASES))
        most = {"cell": 2, "real_world": 1}.get(self.part, 0)
        choices = (QUERIES, DOCUMENTS) if self.part == "cell" else ((),)
        check_selector(self, choices, least=2 if self.part == "cell" else 0, most=most)

    @property
    def options(self) -> dict[str, object]:
        """Return every option with its value, and what the definition fixes."""
        return {**super().options, "refusal_excludes_correct": True, "averaging": "pooled"}

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the three measures that say what a reply was."""
        correct, refusal = RareCorrect(matcher=self.matcher).name, RareRefusal(phrases=self.phrases).name
        return correct, refusal, RareGoldRetrieved().name

    def reads(self, family: str) -> bool:
        """Say whether a condition is a cell of this aggregate, or the probe, which every cell needs."""
        place = place_of(family)
        return place is not None and (place[1] == PROBE or self._belongs(*place))

    def fold(self, rows: Iterable[Row]) -> list[Row]:
        """Return one row per cell: 1 if it is robust. For the knowledge rate: the probe's rows."""
        by_measure: dict[str, list[Row]] = {name: [] for name in self.measures}
        for row in self.tagged(rows):
            if row.measure in by_measure:
                by_measure[row.measure].append(row)
        correct, refusal, retrieved = by_measure.values()
        if self.part == "knowledge_rate":
            return probe_rows(correct)
        known = {"any": None, "yes": True, "no": False}[self.known]
        cells = cells_of(correct, refusal, retrieved)
        rows = robust_rows(cells, self._part, rule=self.real_world_rule, known=known, selector=self.selector)
        return every_part(rows, UNION) if self.part == "union" else rows

    def parts(self) -> tuple[str, ...]:
        """Return the cells this aggregate pools."""
        if self.part == "knowledge_rate":
            return (f"{ORIGINAL}-{PROBE}",)
        if self.part == "union":
            return ("+".join(UNION),)
        return tuple(
            f"{query}-{document}" for query in QUERIES for document in DOCUMENTS if self._belongs(query, document)
        )

    @property
    def _part(self) -> Part:
        return cast("Part", self.part)

    def _belongs(self, query: str, document: str) -> bool:
        retriever = self.selector[0] if self.part == "real_world" and self.selector else ""
        return belongs(self._part, query, document, retriever=retriever, selector=self.selector)
