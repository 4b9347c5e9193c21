"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb import (
    conflict,
    context,
    corpus_edits,
    distractors,
    gold,
    lookalikes,
    surface,
    typos,
    words,
    written,
)
from robustcore.perturb.base import Operator


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    families = (typos, lookalikes, surface, words, context, distractors, conflict, corpus_edits, written, gold)
    return tuple(operator for family in families for operator in family.OPERATORS)
