"""The realised change of a case: what share of the characters a perturbation changed."""

from __future__ import annotations

from collections.abc import Sequence

from robustcore.corpus.records import Passage


def edit_share(before: str, after: str) -> float:
    """Return the edit distance (Levenshtein, in characters) over the length of the longer text; in [0, 1]."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(before, after))


def changed_passages(before: Sequence[Passage], after: Sequence[Passage]) -> float:
    """Return `edit_share` over all passages, those that were added or taken out counted whole.

    A passage is compared with the one of its id; where no id came or went, with the one that stood in its place, so
    that another order is a change.
    """
    pairs = _by_id(before, after)
    if all(old and new for old, new in pairs):
        pairs = [(old.text, new.text) for old, new in zip(before, after, strict=True)]
    total = changed = 0.0
    for old, new in pairs:
        longer = max(len(old), len(new))
        total += longer
        changed += longer * (0.0 if old == new else _share(old, new))
    return changed / total if total else 0.0


def _by_id(before: Sequence[Passage], after: Sequence[Passage]) -> list[tuple[str, str]]:
    """Return the texts of passages with the same id, in turn where several have it, and "" for what is missing."""
    left: dict[str, list[str]] = {}
    for passage in before:
        left.setdefault(passage.doc_id, []).append(passage.text)
    pairs = [(left[one.doc_id].pop(0) if left.get(one.doc_id) else "", one.text) for one in after]
    return [*pairs, *((text, "") for texts in left.values() for text in texts)]


def _share(old: str, new: str) -> float:
    return edit_share(old, new) if old and new else 1.0
