"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb import (
    answer_sentences,
    clauses,
    conflict,
    context,
    corpus_contested,
    corpus_edits,
    corpus_load,
    distractors,
    doc_attack,
    encoding,
    gold,
    irrelevant,
    keywords,
    lookalikes,
    misspelled,
    near_words,
    ocr_noise,
    ocr_render,
    passage_surface,
    placing,
    slips_of_grammar,
    stale,
    surface,
    synonym_swap,
    truncation,
    typos,
    words,
    written,
)
from robustcore.perturb.base import Operator


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    on_questions = (
        *(typos, lookalikes, misspelled, slips_of_grammar, surface, encoding),
        *(words, keywords, synonym_swap, near_words, clauses, written),
    )
    documents = (context, distractors, conflict, corpus_edits, corpus_contested, corpus_load, doc_attack, gold)
    passages = (ocr_noise, ocr_render, passage_surface, truncation, answer_sentences, irrelevant, placing, stale)
    return tuple(operator for family in (*on_questions, *documents, *passages) for operator in family.OPERATORS)
