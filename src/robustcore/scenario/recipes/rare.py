"""``use: rare``: five queries on four kinds of documents and the probe without any (arXiv 2506.00789)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from robustcore.scenario.recipes.parts import Recipe, at_least, chained, check_choice, check_range, link
from robustcore.stats.rare_met import DOCUMENTS, GOLD, KEPT, ORIGINAL, PROBE, QUERIES, REMOVED

SHARE_AT_ONE: Final = 0.30  # of the words, that an operator of the question edits at severity 1
LIMITS: Final = (
    "taking the answer's sentences away is an easy negative: what is left rarely resembles an answer",
    "refusing is rewarded: a system that always refuses is robust wherever the answer is removed",
    "K differs by system, and with it what is demanded of a reply: compare the values split by K, not the pooled ones",
    "no contradiction is in the grid: add context.conflict to perturb",
    "the strengths of different operators are not comparable",
)
_RULES = ("lenient", "strict")


@dataclass(frozen=True, slots=True, kw_only=True)
class RareOptions:
    """``words``: share of the words that the character and word queries change; ``cells``: report each cell, too.

    ``real_world_rule``: which rule the aggregates shown without another one follow on retrieved documents.
    """

    real_world_rule: str = "lenient"
    words: float = 0.10
    cells: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_choice("rare", "real_world_rule", self.real_world_rule, _RULES)
        check_range("rare", "words", self.words, 0.01, SHARE_AT_ONE)


def recipe(options: RareOptions, *, judged: bool = False) -> Recipe:
    """Return the grid: the cells of one retriever, the system's own, with the gates of the specification."""
    return Recipe(
        perturb=tuple(_conditions(options)),
        measures=tuple(_measures(options)),
        expect=(at_least("rare_met.query", 0.80), at_least("rare_met.document", 0.60)),
        limits=LIMITS,
    )


def _conditions(options: RareOptions) -> Iterator[Any]:
    yield {"context.no_documents": {}, "severity": [1.0], "label": PROBE}
    severity = round(options.words / SHARE_AT_ONE, 4)
    edits: dict[str, list[Any]] = {
        ORIGINAL: [],
        "character": [link("question.typo_composite", severity)],
        "word": [link("question.word_synonym", severity)],
        "grammar": [link("question.grammar_rewrite")],
        "irrelevant": [link("question.irrelevant_info")],
    }
    gold = link("context.gold_only")
    documents: dict[str, list[Any]] = {
        GOLD: [gold],
        REMOVED: [gold, link("context.remove_answer_sentences")],
        KEPT: [gold, link("context.back_translation")],
    }
    for query in QUERIES:
        for document in DOCUMENTS:
            links = [*edits[query], *documents.get(document, [])]
            yield chained(f"{query}-{document}", *links) if links else "clean"


def _measures(options: RareOptions) -> Iterator[str]:
    other = _RULES[1 - _RULES.index(options.real_world_rule)]
    yield from ("rare_met.correct", "rare_met.refusal", "rare_met.gold_retrieved", "rare_met.knowledge_rate")
    for part in ("overall", "query", "document", "real_world"):
        rules = (options.real_world_rule, other) if part in ("overall", "real_world") else ("lenient",)
        for rule in rules:
            for known in ("any", "yes", "no"):
                yield f"rare_met.{part}(real_world_rule={rule}, known={known})"
    yield "rare_met.union"
    if options.cells:
        for query in QUERIES:
            for document in DOCUMENTS:
                yield f"rare_met.cell[{query},{document}](real_world_rule={options.real_world_rule})"
