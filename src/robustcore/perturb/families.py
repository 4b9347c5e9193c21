"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb import (
    conflict,
    context,
    corpus_edits,
    distractors,
    lookalikes,
    misspelled,
    surface,
    typos,
    words,
)
from robustcore.perturb.base import Operator


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    families = (typos, lookalikes, misspelled, surface, words, context, distractors, conflict, corpus_edits)
    return tuple(operator for family in families for operator in family.OPERATORS)
