"""``use: der2``: the four regimes of a task, from its instruction alone to documents with noise (arXiv 2601.21937)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from robustcore.scenario.recipes.parts import Recipe, at_least, at_most, check_choice
from robustcore.stats.der2 import FULL, GAPS, REGIMES

LIMITS: Final = (
    "two-phase validation selects items that are hard for the trial models, and says nothing of other models",
    "a judge errs by quarter steps",
    "gaps may be negative: documents and noise can help",
    "small sets need the paired intervals that are printed, not the points",
)
BY_RULES: Final = "replies are judged by rule, which is not to be compared with five-level scores or published ones"
NO_JUDGE: Final = (
    "not run: five-level scores, concept precision and recall, error labels: they need a judge model (--robust-judge); "
    "replies are judged by rule instead, which is not to be compared with published scores"
)
ERRORS: Final = ("MC", "UC", "R", "NF")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeR2Options:
    """``scored_by``: ``judge`` (five levels), ``rules``, or ``auto``: by the judge if one is configured.

    ``load`` also runs the full set at a quarter, a half and three quarters of the noise documents.
    """

    scored_by: str = "auto"
    load: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_choice("der2", "scored_by", self.scored_by, ("auto", "judge", "rules"))


def recipe(options: DeR2Options, *, judged: bool = False) -> Recipe:
    """Return the four regimes with the gates of the specification."""
    by_judge = options.scored_by == "judge" or (options.scored_by == "auto" and judged)
    how = "" if by_judge else "(scored_by=rules)"
    return Recipe(
        perturb=tuple(_conditions(options)),
        measures=tuple(_measures(how, by_judge=by_judge)),
        expect=(
            at_most(f"der2.noise_loss{how}", 0.10),
            at_most(f"der2.rloss{how}", 0.20),
            at_most(f"der2.mode_switch_fragile{how}", 0),
            at_least(f"der2.knowledge_loss{how}", 0),
        ),
        limits=LIMITS if by_judge else (NO_JUDGE if options.scored_by == "auto" else BY_RULES, *LIMITS),
    )


def _conditions(options: DeR2Options) -> Iterator[Any]:
    for regime in REGIMES:
        steps = [0.25, 0.5, 0.75, 1.0] if options.load and regime == FULL else [1.0]
        yield {f"regime.{regime}": {}, "severity": steps, "label": regime}


def _measures(how: str, *, by_judge: bool) -> Iterator[str]:
    yield from ("der2.rating", "der2.correct") if by_judge else ("der2.correct",)
    if by_judge:
        yield from ("der2.concept_precision", "der2.concept_recall")
        yield from (f"der2.error(label={label})" for label in ERRORS)
    yield from (f"der2.score[{regime}]{how}" for regime in REGIMES)
    yield from (f"der2.{gap}{how}" for gap in GAPS)
