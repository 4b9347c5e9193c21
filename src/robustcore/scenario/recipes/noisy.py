"""``use: noisy``: clean, random documents, random chat history, hard negatives (after arXiv 2601.07226)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from robustcore.scenario.recipes.parts import Recipe, at_most, chained, check_choice, check_range, link
from robustcore.stats.noisy import CHATS, CLEAN, DOCUMENTS, NEGATIVES

LIMITS: Final = (
    "hard negatives are as good as the filter that let them pass",
    "one data set that scores 0 sends the harmonic mean to 0",
    "published values are partly second hand, and other items: compare conditions here, not levels with theirs",
)
GATES: Final = {DOCUMENTS: 0.10, CHATS: 0.15, NEGATIVES: 0.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyOptions:
    """How the conditions are made and averaged.

    ``documents``: ``gold`` hands the reader an item's own documents (nothing to an item that names none), ``retrieved``
    leaves what the system finds. ``pool``: where random documents come from: ``shipped``, or the ``corpus``.
    ``negatives``: hard negatives ``stored`` or mined (``auto``), ``mined`` only, or ``written`` by the writer.
    ``passages`` is how many random documents and mined negatives are added. ``history`` False leaves RC out.
    ``k``: replicates that pass@k and pass^k draw from; the file says how many there are (``replicates``).
    """

    documents: str = "gold"
    pool: str = "shipped"
    negatives: str = "auto"
    passages: int = 10
    average: str = "harmonic"
    k: int = 1
    history: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_choice("noisy", "documents", self.documents, ("gold", "retrieved"))
        check_choice("noisy", "pool", self.pool, ("shipped", "corpus"))
        check_choice("noisy", "negatives", self.negatives, ("auto", "mined", "written"))
        check_choice("noisy", "average", self.average, ("harmonic", "arithmetic"))
        check_range("noisy", "passages", self.passages, 1, 60)
        check_range("noisy", "k", self.k, 1, 64)


def recipe(options: NoisyOptions, *, judged: bool = False) -> Recipe:
    """Return the four conditions with the gates of the specification."""
    how = "" if options.average == "harmonic" else f"(average={options.average})"
    gates = [at_most(f"noisy.drop_rel[{name}]{how}", most) for name, most in GATES.items() if _runs(name, options)]
    return Recipe(
        perturb=tuple(_conditions(options)),
        measures=tuple(_measures(options)),
        expect=(*gates, at_most("distractor_citation_rate", 0.05)),
        limits=LIMITS,
    )


def _runs(name: str, options: NoisyOptions) -> bool:
    return name != CHATS or options.history


def _conditions(options: NoisyOptions) -> Iterator[Any]:
    handed = [link("context.own_documents")] if options.documents == "gold" else []
    random = "context.distractor_unrelated" if options.pool == "shipped" else "context.distractor_random"
    if options.negatives == "written":
        negatives = link("context.hard_negative_written")
    else:
        negatives = link("context.hard_negative", source=options.negatives)
    yield chained(CLEAN, *handed) if handed else "clean"
    yield chained(DOCUMENTS, *handed, link(random, passages=options.passages))
    if options.history:
        yield chained(CHATS, link("history.random_chat"), *handed)
    yield chained(NEGATIVES, *handed, negatives)


def _measures(options: NoisyOptions) -> Iterator[str]:
    yield from ("noisy.correct", "evidence_use", "rationale_reward", "distractor_citation_rate", "citation_precision")
    names = [name for name in (CLEAN, DOCUMENTS, CHATS, NEGATIVES) if _runs(name, options)]
    for average in ("harmonic", "arithmetic"):
        yield from (f"noisy.score[{name}](average={average})" for name in names)
        for part in ("drop_rel", "drop_abs"):
            yield from (f"noisy.{part}[{name}](average={average})" for name in names[1:])
    if options.k > 1:
        for part in ("pass_at_k", "pass_hat_k"):
            yield from (f"noisy.{part}[{name}](average=arithmetic, k={options.k})" for name in names)
