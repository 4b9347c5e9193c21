"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb import (
    clauses,
    conflict,
    context,
    corpus_edits,
    distractors,
    encoding,
    keywords,
    lookalikes,
    misspelled,
    slips_of_grammar,
    surface,
    synonym_swap,
    typos,
    words,
)
from robustcore.perturb.base import Operator


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    on_questions = (
        *(typos, lookalikes, misspelled, slips_of_grammar, surface, encoding),
        *(words, keywords, synonym_swap, clauses),
    )
    families = (*on_questions, context, distractors, conflict, corpus_edits)
    return tuple(operator for family in families for operator in family.OPERATORS)
