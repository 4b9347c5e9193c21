"""Every shipped operator, by family, and the registry that knows them."""

from __future__ import annotations

from robustcore.perturb.base import Operator
from robustcore.perturb.context import (
    answer_sentences,
    authority_claim,
    conflict,
    distractors,
    gold,
    hard_negatives,
    irrelevant,
    moved,
    ocr_noise,
    ocr_render,
    passage_surface,
    placing,
    regimes,
    repeated,
    stale,
    truncation,
)
from robustcore.perturb.corpus import contested, doc_attack, edits, injection, load, planted
from robustcore.perturb.framing import authority, emotion, insistence, pressure, random_chat
from robustcore.perturb.other_names import called_here
from robustcore.perturb.question import (
    clauses,
    encoding,
    keywords,
    lookalikes,
    misspelled,
    near_words,
    slips_of_grammar,
    surface,
    synonym_swap,
    typos,
    words,
    written,
)
from robustcore.perturb.tools import faulty
from robustcore.registry import Registry


def shipped() -> tuple[Operator, ...]:
    """Return the shipped operators."""
    on_questions = (
        *(typos, lookalikes, misspelled, slips_of_grammar, surface, encoding),
        *(words, keywords, synonym_swap, near_words, clauses, written),
    )
    documents = (moved, distractors, conflict, edits, contested, load, doc_attack, gold)
    passages = (ocr_noise, ocr_render, passage_surface, truncation, answer_sentences, irrelevant, placing, stale)
    stresses = (hard_negatives, injection, planted, random_chat, repeated, regimes)
    around = (authority, pressure, emotion, insistence, authority_claim)  # what a user says beside the question
    families = (*on_questions, *documents, *passages, *stresses, *around, faulty)
    return tuple(operator for family in families for operator in family.OPERATORS)


def operator_registry() -> Registry[Operator]:
    """Return a fresh registry that knows every shipped operator and the ``robust.perturbations`` entry points."""
    listed_by = "pytest-robust perturb list"
    registry: Registry[Operator] = Registry(
        "perturbation", group="robust.perturbations", listed_by=listed_by, called_here=called_here
    )
    for operator in shipped():
        registry.add(operator.name, operator)
    return registry
