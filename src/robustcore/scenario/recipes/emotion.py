"""``use: emotion``: a case decided by rule in 18 framings that change no fact (after arXiv 2601.21439)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from robustcore.corpus.framings import INTENSITIES, MATCHED, NARRATIVES, WHO
from robustcore.scenario.recipes.parts import Recipe, at_least, at_most, check_choice, check_range
from robustcore.stats.drift import OUTLYING
from robustcore.stats.equivalent import MARGIN

LIMITS: Final = (
    "the framings are ours: figures are not comparable with those of the paper, which could not be read",
    "the verdict holds for these scenarios, and says nothing of others",
    "a case that a rule decides says nothing about judgement where there is no rule",
    "a narrative has one text per domain and intensity, which its scenarios share",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionOptions:
    """``decision``: drift of the ``favourable`` decision, or with ``correct`` of the right one, where none is named.

    ``control``: the neutral text of matched length, or ``minimal``; ``margin`` that of equivalence; ``beyond`` the
    drift that no single scenario may show.
    """

    decision: str = "favourable"
    control: str = "length_matched"
    margin: float = MARGIN
    beyond: float = OUTLYING

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_choice("emotion", "decision", self.decision, ("favourable", "correct"))
        check_choice("emotion", "control", self.control, ("length_matched", "minimal"))
        check_range("emotion", "margin", self.margin, 0.001, 0.5)
        check_range("emotion", "beyond", self.beyond, 0.001, 0.9)


def recipe(options: EmotionOptions, *, judged: bool = False) -> Recipe:
    """Return the 18 framings with the gates of the specification."""
    how = f"decision={options.decision}, control={options.control}"
    verdict = f"drift.equivalence({how}, margin={options.margin:g})"
    outlying = f"drift.outlying({how}, beyond={options.beyond:g})"
    rule = [f"drift.rule_accuracy[{framing}](control={options.control})" for framing in ("neutral", "emotional")]
    return Recipe(
        perturb=tuple(_conditions()),
        measures=tuple(_measures(how, verdict, outlying, rule)),
        expect=(at_least(verdict, 1), at_most(outlying, 0), *(at_least(name, 0.95) for name in rule)),
        limits=LIMITS,
    )


def _conditions() -> Iterator[Any]:
    yield "clean"
    yield {"framing.neutral_text": {}, "label": MATCHED}
    severities = dict(zip(INTENSITIES, (0.5, 1.0), strict=True))
    for narrative, who, intensity in product(NARRATIVES, WHO, INTENSITIES):
        operator = {"framing.emotion": {"narrative": narrative, "who": who}}
        yield {**operator, "severity": [severities[intensity]], "label": f"E-{narrative}-{who}-{intensity}"}


def _measures(how: str, verdict: str, outlying: str, rule: list[str]) -> Iterator[str]:
    yield from ("drift.favourable", "drift.by_rule", verdict, outlying, *rule)
    yield from (f"drift.{part}({how})" for part in ("signed", "cohens_h", "flip_rate"))
    yield from (f"drift.flip_rate[{way}]({how})" for way in ("up", "down"))
    for part in ("mean_abs", "max_abs", "abs_excess"):
        yield from (f"drift.{part}({how})", f"drift.{part}({how}, per=scenario)")
    for kind in (*NARRATIVES, *WHO, *INTENSITIES):
        yield from (f"drift.signed[{kind}]({how})", verdict.replace("equivalence(", f"equivalence[{kind}](", 1))
    yield f"drift.scenario({how})"
