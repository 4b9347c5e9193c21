"""What other tools and papers call a perturbation → what it is called here: for the fix of an unknown name only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from robustcore.registry import folded

_CALLED_HERE: Mapping[str, str] = MappingProxyType({
    "question.typos": "typo misspell spelling spelling_errors keyboard keyboard_errors butter_fingers noise",
    "question.casing": "upper lower uppercase lowercase case letter_case shouting caps",
    "question.synonym_wordnet": "synonym synonyms word_substitution textfooler",
    "question.paraphrase": "rephrase rephrasing reword rewording rewrite reformulation",
    "question.back_translation": "backtranslation translate translation",
    "question.word_drop": "word_deletion delete_words drop_words",
    "question.unicode_noise": "unicode zero_width invisible_characters",
    "context.conflict": "contradiction contradict answer_swap wrong_answer counterfactual",
    "context.distractor_random": "distractor distractors random_documents random_docs irrelevant_documents",
    "context.hard_negative": "hard_negatives adversarial_distractor",
    "context.injection": "prompt_injection indirect_prompt_injection indirect_injection jailbreak",
    "context.remove_gold": "missing missing_context missing_documents withhold_evidence delete_evidence",
    "context.position_shuffle": "shuffle shuffled document_order order",
    "context.gold_position": "lost_in_the_middle position needle",
    "context.ocr_noise": "ocr ocr_errors scan",
    "context.stale": "outdated outdated_documents",
    "context.truncate": "truncation cut",
    "context.planted_poison": "poison poisoning poisonedrag corpus_poisoning",
    "framing.authority": "authority_pressure sycophancy pressure expert_claim",
    "framing.emotion": "emotional emotional_framing sentiment",
    "tools.error": "tool_error tool_failure api_error",
    "tools.timeout": "tool_timeout",
    "history.repeat_pressure": "are_you_sure pushback multi_turn",
})  # fmt: skip
OTHER_NAMES: Mapping[str, str] = MappingProxyType({
    other: ours for ours, others in _CALLED_HERE.items() for other in others.split()
})  # fmt: skip
"""Folded name → name here."""


def called_here(name: str) -> str:
    """Return the perturbation most likely meant by ``name``, whatever its point, case and marks; empty if unknown."""
    plain = folded(name)
    point, _, tail = plain.rpartition(".")
    ours = OTHER_NAMES.get(tail, "")
    return ours if not point or ours.startswith(f"{point}.") else ""
