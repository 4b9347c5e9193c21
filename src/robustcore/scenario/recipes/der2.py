"""``use: der2``: the same task with no evidence, with concepts, with documents, and with noise (arXiv 2601.21937)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from robustcore.scenario.recipes.parts import Recipe, at_least, at_most, check_choice
from robustcore.stats.der2 import FULL, GAPS, LABELS, REGIMES

LOADS: Final = (0.25, 0.5, 0.75)  # shares of the noise, between related_only and full_set
ABOVE_ZERO: Final = 0.001  # what "above 0" asks of a gate: less than one quarter of a point on one of 200 items
LIMITS: Final = (
    "items are chosen to be hard for the models that they were validated with, not for this one",
    "a judge is noisy at quarter steps",
    "gaps may be negative, and are not clamped",
    "few items need paired intervals, and a gap of a few points may be undecided",
)
BY_GRADER: Final = (
    "replies are graded by matching, right or wrong, which is not to be compared with the levels of a judge"
)
NO_JUDGE: Final = (
    "not run: the five levels of a judge, concept precision and recall, and error labels: they need a judge model "
    "(--robust-judge); replies are graded by matching instead, which is not to be compared with levels"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Der2Options:
    """How replies are scored, and whether the load of noise is raised in steps.

    ``scored_by``: ``judge`` (five levels), ``grader`` (the items' own), or ``auto``: by the judge if one is configured.
    ``noise_load``: add the full set with a quarter, a half and three quarters of its noise.
    """

    scored_by: str = "auto"
    noise_load: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_choice("der2", "scored_by", self.scored_by, ("auto", "judge", "grader"))


def recipe(options: Der2Options, *, judged: bool = False) -> Recipe:
    """Return the four regimes with the gates of the specification."""
    by_judge = options.scored_by == "judge" or (options.scored_by == "auto" and judged)
    how = "scored_by=judge" if by_judge else "scored_by=grader"
    return Recipe(
        perturb=tuple(_conditions(options)),
        measures=tuple(_measures(options, how, by_judge=by_judge)),
        expect=(
            at_most(f"der2.noise_loss({how})", 0.10),
            at_most(f"der2.rloss({how})", 0.20),
            at_most(f"der2.mode_switch_fragile({how})", 0),
            at_least(f"der2.knowledge_loss({how})", ABOVE_ZERO),
        ),
        limits=LIMITS if by_judge else (NO_JUDGE if options.scored_by == "auto" else BY_GRADER, *LIMITS),
    )


def _conditions(options: Der2Options) -> Iterator[Any]:
    loads = [*LOADS] if options.noise_load else []
    for regime in REGIMES:
        severities = [*loads, 1.0] if regime == FULL else [1.0]
        yield {f"regime.{regime}": {}, "severity": severities, "label": regime}


def _measures(options: Der2Options, how: str, *, by_judge: bool) -> Iterator[str]:
    yield from ("der2.rating", "der2.grade") if by_judge else ("der2.grade",)
    yield from (f"der2.score[{regime}]({how})" for regime in REGIMES)
    yield from (f"der2.{gap}({how})" for gap in GAPS)
    yield from (f"der2.{part}({how})" for part in ("identity", "mode_switch_fragile", "mode_switch_share"))
    if options.noise_load:
        yield from (f"der2.load_loss[{share}]({how})" for share in LOADS)
    if by_judge:
        yield from (f"der2.score[{regime}](scored_by=grader)" for regime in REGIMES)
        yield from (f"der2.concept_{part}[{regime}]" for part in ("precision", "recall") for regime in REGIMES)
        yield from (f"der2.error_rate[{label},{regime}]" for label in LABELS for regime in REGIMES)
