"""Every shipped operator, by family."""

from __future__ import annotations

from robustcore.perturb import (
    answer_sentences,
    authority,
    authority_claim,
    clauses,
    conflict,
    context,
    corpus_contested,
    corpus_edits,
    corpus_load,
    distractors,
    doc_attack,
    emotion,
    encoding,
    gold,
    hard_negatives,
    injection,
    insistence,
    irrelevant,
    keywords,
    lookalikes,
    misspelled,
    near_words,
    ocr_noise,
    ocr_render,
    passage_surface,
    placing,
    planted,
    pressure,
    random_chat,
    regimes,
    repeated,
    slips_of_grammar,
    stale,
    surface,
    synonym_swap,
    tools,
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
    stresses = (hard_negatives, injection, planted, random_chat, repeated, regimes)
    around = (authority, pressure, emotion, insistence, authority_claim)  # what a user says beside the question
    families = (*on_questions, *documents, *passages, *stresses, *around, tools)
    return tuple(operator for family in families for operator in family.OPERATORS)
