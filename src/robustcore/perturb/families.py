"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb import conflict, context, corpus_edits, distractors, near_words, surface, typos, words, written
from robustcore.perturb.base import Operator


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    families = (typos, surface, words, context, distractors, conflict, corpus_edits, written, near_words)
    return tuple(operator for family in families for operator in family.OPERATORS)
