"""``use: failsafe``: five ways to ask what the context answers, and two contexts that do not (arXiv 2502.06329)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from robustcore.scenario.recipes.parts import Recipe, at_least, chained, check_choice, check_range, link
from robustcore.stats.failsafe import KINDS

LIMITS: Final = (
    "the source asks questions with a single citation each, on filings of four years",
    "grounding is far lower where a text is to be written than where a question is to be answered",
    "a judge favours models of its own family",
    "rates by kind hide R, which asks that one item complies under all five kinds",
)
BY_RULES: Final = "replies are judged by rules, which is not to be compared with ratings or published scores"
NO_JUDGE: Final = (
    "not run: ratings 1 to 6, and R, G and LLMC over them: they need a judge model (--robust-judge); "
    "replies are judged by rules instead, which is not to be compared with ratings or published scores"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailSafeOptions:
    """How the seven kinds are made and scored.

    ``scored_by``: ``judge`` (ratings 1 to 6 that reach ``threshold``), ``rules``, or ``auto``: by the judge if one is
    configured. ``documents``: ``gold`` hands the reader the gold documents, as the source does; ``retrieved`` leaves
    what the system found. ``ocr``: the operator that spoils the context.
    """

    scored_by: str = "auto"
    threshold: int = 4
    documents: str = "gold"
    ocr: str = "ocr_noise"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_choice("failsafe", "scored_by", self.scored_by, ("auto", "judge", "rules"))
        check_choice("failsafe", "documents", self.documents, ("gold", "retrieved"))
        check_choice("failsafe", "ocr", self.ocr, ("ocr_noise", "ocr_render"))
        check_range("failsafe", "threshold", self.threshold, 2, 6)


def recipe(options: FailSafeOptions, *, judged: bool = False) -> Recipe:
    """Return the seven kinds with the gates of the specification."""
    by_judge = options.scored_by == "judge" or (options.scored_by == "auto" and judged)
    how = f"threshold={options.threshold}" if by_judge else "scored_by=rules"
    return Recipe(
        perturb=tuple(_conditions(options)),
        measures=tuple(_measures(options, how, by_judge=by_judge)),
        expect=(
            at_least(f"failsafe.robustness({how})", 0.80),
            at_least(f"failsafe.grounding({how})", 0.60),
            at_least(f"failsafe.llmc({how})", 0.63),
        ),
        limits=LIMITS if by_judge else (NO_JUDGE if options.scored_by == "auto" else BY_RULES, *LIMITS),
    )


def _conditions(options: FailSafeOptions) -> Iterator[Any]:
    handed = [link("context.gold_only")] if options.documents == "gold" else []
    edits: dict[str, list[Any]] = {
        "baseline": handed,
        "misspelled": [link("question.misspelled"), *handed],
        "incomplete": [link("question.incomplete"), *handed],
        "out_of_domain": [link("question.lay_rewording"), *handed],
        "ocr": [*handed, link(f"context.{options.ocr}")],
        "missing_context": [link("context.empty")],
        "out_of_scope": [link("context.swap_irrelevant")],
    }
    for kind in KINDS:
        yield chained(kind, *edits[kind]) if edits[kind] else "clean"


def _measures(options: FailSafeOptions, how: str, *, by_judge: bool) -> Iterator[str]:
    yield from ("failsafe.rating", "failsafe.rule_compliance") if by_judge else ("failsafe.rule_compliance",)
    thresholds = [f"threshold={value}" for value in (4, 5, 6)] if by_judge else [how]
    for option in dict.fromkeys((how, *thresholds)):
        yield from (f"failsafe.{part}({option})" for part in ("robustness", "grounding", "llmc"))
    yield f"failsafe.mean_compliance({how})"
    yield from (f"failsafe.compliant[{kind}]({how})" for kind in KINDS)
    if by_judge:
        yield from (f"failsafe.{part}(scored_by=rules)" for part in ("robustness", "grounding", "llmc"))
