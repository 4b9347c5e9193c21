"""The realised change of a case: what share of the characters a perturbation changed."""

from __future__ import annotations

from collections.abc import Sequence

from robustcore.corpus.records import Passage


def edit_share(before: str, after: str) -> float:
    """Return the edit distance (Levenshtein, in characters) over the length of the longer text; in [0, 1]."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(before, after))


def changed_passages(before: Sequence[Passage], after: Sequence[Passage]) -> float:
    """Return `edit_share` over all passages; those at one place are compared, one without another counts whole."""
    total = changed = 0.0
    for place in range(max(len(before), len(after))):
        old = before[place].text if place < len(before) else ""
        new = after[place].text if place < len(after) else ""
        longer = max(len(old), len(new))
        total += longer
        changed += longer * (0.0 if old == new else _share(old, new))
    return changed / total if total else 0.0


def _share(old: str, new: str) -> float:
    return edit_share(old, new) if old and new else 1.0
