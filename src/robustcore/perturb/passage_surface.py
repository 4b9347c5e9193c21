"""Surface changes of questions, made to every passage."""

from __future__ import annotations

from robustcore.perturb.base import At, Edit, Operator, Preserves, perturbation
from robustcore.perturb.context import Passages
from robustcore.perturb.passages import each_text
from robustcore.perturb.surface import casing as cased_text


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


OPERATORS: tuple[Operator, ...] = (casing,)
