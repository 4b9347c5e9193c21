"""``use: ranking``: a retriever alone, on its five tasks (tasks after arXiv 2108.05018, formulas ours)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from robustcore.errors import InputError, Problem
from robustcore.scenario.recipes.parts import Recipe, at_least, at_most

QUESTIONS: Final = (
    *("question.typo_composite", "question.misspelled", "question.grammar_slip", "question.stopword_removal"),
    *("question.incomplete", "question.casing", "question.verbosity"),
)
ATTACKS: Final[Mapping[str, str]] = {"edited": "edit", "stuffed": "stuff", "copied": "duplicate", "planted": "plant"}
LIMITS: Final = (
    'the tasks are those of "Are Neural Ranking Models Robust?" (arXiv 2108.05018), the formulas are ours',
    "unjudged documents depress scores: see Judged@10",
    "attacks by rule, which look at no ranking, are not the worst case",
)
OF_VECTORS: Final = "radii cover moves of the query vector, not edits of text whose move nobody measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingOptions:
    """``unseen``: tag of the questions on the unseen corpus, against those with the tag ``reference``, or all others.

    Without it task 3 is left out. ``documents`` False leaves out what edits the index; ``vectors`` adds certificates
    and styles, of dense retrievers.
    """

    unseen: str = ""
    reference: str = ""
    documents: bool = True
    vectors: bool = False

    def __post_init__(self) -> None:
        """Refuse a reference for nothing."""
        if self.reference and not self.unseen:
            fix = "write use: {ranking: {unseen: TAG, reference: TAG}}"
            raise InputError(Problem(what="ranking: 'reference' needs 'unseen'", fix=fix))


def recipe(options: RankingOptions, *, judged: bool = False) -> Recipe:
    """Return the pack ``ranking`` in one scenario, with its gates."""
    return Recipe(
        perturb=tuple(_conditions(options)),
        measures=tuple(_measures(options)),
        expect=tuple(_gates(options)),
        limits=(*LIMITS, *((OF_VECTORS,) if options.vectors else ())),
    )


def _conditions(options: RankingOptions) -> Iterator[Any]:
    yield "clean"
    yield from QUESTIONS
    if options.documents:
        yield from ({"corpus.doc_attack": {"mode": mode}, "label": label} for label, mode in ATTACKS.items())
        yield "corpus.delete_gold"


def _measures(options: RankingOptions) -> Iterator[str]:
    yield from ("nDCG@10", "R@5", "Judged@10", "rank.rbo_ext", "rank.topk_changed")
    yield from ("rank.vndcg@10", "rank.worst_mean@10", "rank.ood_change@10[incomplete]")
    if options.unseen:
        against = f", reference={options.reference}" if options.reference else ""
        yield f"rank.ood_change@10(shifted={options.unseen}{against})"
    yield from ("rank.query_attack_change@10", "cert.conformal_depth", "stability")
    yield from ("rank.rare_word", "rank.rare_word(spelling=misspelt)")
    if options.documents:
        yield from ("rank.first_lost", *(f"rank.first_lost[{label}]" for label in ATTACKS))
        yield from ("rank.boosted", "rank.rank_gain", "rank.stale")
        yield from ("rank.doubled_fell", "rank.doubled_fell(of=rival)")
    if options.vectors:
        yield from ("cert.topk_radius", "cert.fraction", "cert.displacement", "cert.certified", "style.croma")


def _gates(options: RankingOptions) -> Iterator[dict[str, Any]]:
    yield from (at_least("rank.query_attack_change@10", -0.15), at_least("rank.rare_word", 0.4))
    if options.documents:
        yield from (at_most("rank.first_lost", 0.20), at_most("rank.stale", 0.01))
        yield from (at_most(f"rank.doubled_fell{of}", 0.3) for of in ("", "(of=rival)"))
    if options.vectors:
        yield from (at_most("cert.violations", 0), at_least("style.ri", 0.9), at_most("style.crossed", 0.05))
