"""How the operators on a text end: one check of what came out."""

from __future__ import annotations

from robustcore.corpus.normalise import contains_answer
from robustcore.perturb.edit import At, Edit, refused
from robustcore.perturb.language.text import Analysis


def reworded(before: Analysis, text: str, at: At, *, edits: int, otherwise: str, note: str = "") -> Edit[str]:
    """Return the edit that turned the analysed question into ``text``, with a ``note`` if it applies.

    Unchanged text is ``noop`` for the reason ``otherwise``; a gold answer that stood in the question and no longer
    does makes the case ``invalid_case``.
    """
    if text == before.text:
        return refused(text, "noop", otherwise)
    if before.holds_gold and not contains_answer(text, at.example.answers):
        return refused(before.text, "invalid_case", "a gold answer in the question would be destroyed")
    return Edit(text, "applied", edits, note)


def recased(other: str, word: str) -> str:
    """Return ``other`` in the case of ``word``: CAPITALS, a Capital first, or as it is."""
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other[:1].upper() + other[1:] if word[:1].isupper() else other
