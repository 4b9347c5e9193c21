"""What other tools call a field of a question or a document → its name here: for the fix of an unknown one only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from robustcore.errors import suggest

OTHER_NAMES: Mapping[str, str] = MappingProxyType({
    **dict.fromkeys(("user_input", "input", "query", "prompt", "inputs"), "question"),
    **dict.fromkeys(("ground_truth", "ground_truths", "reference", "expected_output", "expected", "expected_answer",
                     "gold", "gold_answer", "target", "outputs", "ideal"), "answers"),
    **dict.fromkeys(("source_documents", "gold_docs", "gold_documents", "reference_context_ids", "relevant_docs"),
                    "gold_doc_ids"),
    "reference_contexts": "evidence",
    **dict.fromkeys(("content", "page_content", "body", "passage"), "text"),
    **dict.fromkeys(("_id", "doc_id", "docid", "source"), "id"),
})  # fmt: skip
_RETRIEVED = ("contexts", "context", "retrieved_contexts", "retrieval_context")


def fix_of(key: str, choices: tuple[str, ...]) -> str:
    """Return what to do about the unknown ``key`` of a record that has the keys ``choices``."""
    if key.lower() in _RETRIEVED:
        return "leave it out: the system under test retrieves for itself"
    here = OTHER_NAMES.get(key.lower(), "")
    return f"did you mean {here!r}?" if here in choices else suggest(key, choices)
