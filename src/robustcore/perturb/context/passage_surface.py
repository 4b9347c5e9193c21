"""Surface changes of questions, made to every passage."""

from __future__ import annotations

from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import each_text
from robustcore.perturb.edit import At, Edit, Passages
from robustcore.perturb.question.lookalikes import homoglyph as look_alike_text
from robustcore.perturb.question.surface import casing as cased_text
from robustcore.perturb.question.typos import SHARES


@perturbation(
    "context.casing", preserves=Preserves.MEANING, main="mode", choices={"mode": cased_text.options["mode"].choices}
)
def casing(context: Passages, at: At, *, mode: str = "lower", protect: bool = True) -> Edit[Passages]:
    """Write a share ``severity`` of the words of every passage in another case (ours); see ``question.casing``."""
    return each_text(
        context,
        at,
        lambda text: cased_text.apply(text, at, mode=mode, protect=protect),
        otherwise=f"no word to write in {mode} case",
    )


@perturbation("context.homoglyph", preserves=Preserves.MEANING, main="share", ranges=SHARES)
def homoglyph(
    context: Passages, at: At, *, share: float = 0.30, stable: bool = True, protect: bool = True
) -> Edit[Passages]:
    """Write a look-alike of another script in a share of the words of every passage (ours); see ``question.homoglyph``.

    The share is counted passage by passage; ``invalid_case`` if without ``protect`` a passage would lose its answer.
    """
    return each_text(
        context,
        at,
        lambda text: look_alike_text.apply(text, at, share=share, stable=stable, protect=protect),
        otherwise="no word with a letter that has a look-alike",
    )


OPERATORS: tuple[Operator, ...] = (casing, homoglyph)
