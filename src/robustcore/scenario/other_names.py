"""What others call a key of a scenario → what to write instead: for the fix of an unknown key, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from robustcore.errors import suggest
from robustcore.registry import folded

OTHER_NAMES: Mapping[str, str] = MappingProxyType({
    "metric": "measure", "metrics": "measures", "scores": "measures", "scorers": "measures", "evaluators": "measures",
    "gate": "expect", "gates": "expect", "assert": "expect", "asserts": "expect", "assertions": "expect",
    "thresholds": "expect", "tests": "expect", "description": "claim", "title": "name", "id": "name",
    "target": "system", "app": "system", "pipeline": "system", "agent": "system", "providers": "system",
    "attack": "perturb", "attacks": "perturb", "mutations": "perturb", "noise": "perturb",
    "intensity": "severity", "repeats": "replicates", "repeat": "replicates", "samples": "replicates",
    "documents": "corpus", "docs": "corpus", "queries": "questions", "marks": "tags", "extends": "use",
    "min": "at-least", "minimum": "at-least", "threshold": "at-least", "gte": "at-least", "max": "at-most",
    "maximum": "at-most", "lte": "at-most", "per": "by", "group-by": "by",
})  # fmt: skip
_ELSEWHERE: Mapping[str, str] = MappingProxyType({
    "model": "write system: {use: model, options: {model: ...}}",
    "corpus": "write data: {corpus: ..., questions: ...}",
    "questions": "write data: {corpus: ..., questions: ...}",
    "options": "write system: {use: ..., options: {...}}",
    "version": "write system: {use: ..., version: ...}",
    "sample": "write data: {..., sample: N}",
})  # fmt: skip


def fix_of(key: str, choices: Sequence[str]) -> str:
    """Return what to do about the unknown ``key`` where the keys ``choices`` may stand."""
    plain = folded(key).replace("_", "-")
    if OTHER_NAMES.get(plain) in choices:
        return f"did you mean {OTHER_NAMES[plain]!r}?"
    return suggest(plain, choices) or (_ELSEWHERE.get(plain, "") if "measures" in choices else "")
