"""What other tools and papers call a measure → what it is called here: for the fix of an unknown name, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from robustcore.registry import folded

_CALLED_HERE: Mapping[str, str] = MappingProxyType({
    "supported": "faithfulness faithful groundedness grounded grounding hallucination hallucination_rate entailed "
    "attribution factual_consistency",
    "answer_correct": "accuracy answer_accuracy correct correctness answer_correctness exact_match em match contains "
    "factual_correctness",
    "answer_f1": "f1 token_f1 squad_f1 rouge rouge_l bleu meteor",
    "answer_similarity": "similarity semantic_similarity answer_semantic_similarity bertscore cosine_similarity",
    "abstained": "refusal refusal_rate refused abstention rejection rejection_rate declined idk no_answer",
    "over_refusal": "false_refusal over_abstention",
    "misled": "attack_success attack_success_rate asr poisoning_success",
    "injection_followed": "prompt_injection injection injection_success jailbreak",
    "answer_changed": "consistency stability invariance flip_rate flipped",
    "parrot.followed": "sycophancy followed",
    "task_success": "goal_accuracy agent_goal_accuracy task_completion success_rate",
    "citation_correct": "citation_accuracy",
})  # fmt: skip
OTHER_NAMES: Mapping[str, str] = MappingProxyType({
    other: ours for ours, others in _CALLED_HERE.items() for other in others.split()
})  # fmt: skip
"""Folded name → name here."""
_RANKED: Mapping[str, str] = MappingProxyType({
    "ndcg": "nDCG@10", "recall": "R@5", "context_recall": "R@5", "precision": "P@5", "context_precision": "P@5",
    "mrr": "RR@10", "rr": "RR@10", "map": "AP", "ap": "AP", "hit": "Success@5", "hits": "Success@5",
    "hit_rate": "Success@5", "success": "Success@5", "judged": "Judged@10",
})  # fmt: skip
_SHAPE = re.compile(r"([a-z_]+?)(?:_?@_?([1-9][0-9]*))?")


def called_here(name: str) -> str:
    """Return the measure that is most likely meant by ``name``, whatever its case and marks; empty if none is known."""
    plain = folded(name)
    match = _SHAPE.fullmatch(plain)
    ranked = _RANKED.get(match[1], "") if match else ""
    if match and match[2] and "@" in ranked:
        return f"{ranked.partition('@')[0]}@{match[2]}"
    return ranked or OTHER_NAMES.get(plain, "")
