"""Ranked lists: the best of many scores, and several lists fused into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


def top(scores: NDArray[np.float32], depth: int, *, floor: float = -np.inf) -> Ids:
    """Return the positions of the ``depth`` highest scores above ``floor``, best first, ties by position."""
    kept = np.flatnonzero(scores > floor)
    if len(kept) > 4 * depth:  # sort only what can be among them, ties at the border included
        border = np.partition(scores[kept], len(kept) - depth)[len(kept) - depth]
        kept = kept[scores[kept] >= border]
    return kept[np.argsort(-scores[kept], kind="stable")][:depth].astype(np.int64)


def first_of_each(ids: Ids) -> Ids:
    """Return ``ids`` in order, repeats left out."""
    _, first = np.unique(ids, return_index=True)
    return ids[np.sort(first)]


def fuse(lists: Sequence[Ids], *, k: float = 10.0) -> tuple[Ids, NDArray[np.float64]]:
    """Return ids and scores by reciprocal rank fusion, best first, ties by id.

    Score = sum over lists of 1 / (k + rank), ranks from 1 (Cormack, Clarke and Büttcher, SIGIR 2009, with their
    k = 60 lowered: short lists over one corpus are trusted more at the top).
    """
    ids = np.concatenate([*lists, np.zeros(0, np.int64)])
    shares = np.concatenate([*(1.0 / (k + 1 + np.arange(len(one))) for one in lists), np.zeros(0)])
    unique, inverse = np.unique(ids, return_inverse=True)
    scores = np.bincount(inverse, weights=shares, minlength=len(unique))
    order = np.argsort(-scores, kind="stable")
    return unique[order].astype(np.int64), np.asarray(scores[order], np.float64)
