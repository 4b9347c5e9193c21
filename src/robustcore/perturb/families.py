"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb import (
    answer_sentences,
    conflict,
    context,
    corpus_edits,
    distractors,
    gold,
    irrelevant,
    lookalikes,
    misspelled,
    near_words,
    ocr_noise,
    ocr_render,
    passage_surface,
    placing,
    stale,
    surface,
    truncation,
    typos,
    words,
    written,
)
from robustcore.perturb.base import Operator


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    families = (typos, lookalikes, misspelled, surface, words, written, near_words)
    documents = (context, distractors, conflict, corpus_edits, gold)
    passages = (ocr_noise, ocr_render, passage_surface, truncation, answer_sentences, irrelevant, placing, stale)
    return tuple(operator for family in (*families, *documents, *passages) for operator in family.OPERATORS)
