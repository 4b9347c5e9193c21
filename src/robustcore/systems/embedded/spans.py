"""Candidate answers: every short run of words in a sentence that could be one, and what each looks like.

Nothing here depends on the question, so a sentence is analysed once however many questions read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustcore.systems.embedded.text import Word
from robustcore.systems.embedded.word_features import CLASSES, FLAGS, SHAPES, WordFeatures

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LONGEST = 12  # words and punctuation marks; of a longer answer the best part is found
_INSIDE = ("punctuation", "determiner", "preposition", "of", "and", "verb", "other")
_ENDINGS = ("ends in -ed", "ends in -ing")  # what a verb often looks like
STATIC = (
    *(f"before:{name}" for name in CLASSES),
    *(f"after:{name}" for name in CLASSES),
    *(f"words={count}" for count in (1, 2, 3, 4)),
    "words>4",
    "length",
    *(f"inside:{name}" for name in _INSIDE),
    "capitals",
    *SHAPES,
    "rarity",
    "cuts capitals",
    "cuts number",
    "quoted",
    "bracketed",
    "share of sentence",
    *(f"{place} {ending}" for ending in _ENDINGS for place in ("first", "last", "before", "after", "inside")),
    "tie left",
    "tie right",
    "tie inside",
)
_COLUMN = {name: position for position, name in enumerate((*CLASSES, *FLAGS))}


@dataclass(frozen=True, slots=True)
class Spans:
    """The n candidates of one sentence: words ``first`` to ``last`` (inclusive) and ``static`` features (n, f)."""

    first: Ints
    last: Ints
    static: Floats

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.first)


def find_spans(found: Sequence[Word], features: WordFeatures, ties: Floats) -> Spans:
    """Return every run of at most `LONGEST` words that starts and ends on a content word.

    ``ties`` (w + 1,) holds the cosine between each word's token vectors and the word before it, 0 at both ends of
    the sentence: words of one phrase are tied more closely than words across its border.
    """
    if not found:
        return Spans(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, len(STATIC)), np.float32))
    rows = np.stack([features.row(word) for word in found])
    content = np.flatnonzero(rows[:, _COLUMN["content"]])
    reach = np.searchsorted(content, content + LONGEST) - np.arange(len(content))  # candidates that start here
    left = np.repeat(np.arange(len(content)), reach)
    step = np.arange(len(left)) - np.repeat(np.cumsum(reach) - reach, reach)
    first, last = content[left], content[left + step]
    totals = np.concatenate([np.zeros((1, rows.shape[1]), np.float32), np.cumsum(rows, axis=0)])
    kept = totals[last + 1, _COLUMN["hard"]] == totals[first, _COLUMN["hard"]]
    first, last = first[kept], last[kept]
    static = _static(found, rows, totals[last + 1] - totals[first], first, last)
    return Spans(first, last, np.concatenate([static, _tied(ties, first, last)], axis=1, dtype=np.float32))


def _static(found: Sequence[Word], rows: Floats, inside: Floats, first: Ints, last: Ints) -> Floats:
    """Return the `STATIC` columns; ``inside`` sums the word features over each span."""
    border = np.zeros((1, rows.shape[1]), np.float32)
    border[0, _COLUMN["border"]] = 1
    padded = np.concatenate([rows, border])  # row -1 stands for both ends of the sentence
    before, after = padded[first - 1], padded[last + 1]
    count = inside[:, _COLUMN["content"]]
    capital, digit = _COLUMN["capital"], _COLUMN["digit"]
    depth = np.cumsum([(word.text == "(") - (word.text == ")") for word in found])
    return np.concatenate(
        [
            before[:, : len(CLASSES)],
            after[:, : len(CLASSES)],
            np.stack([*(count == n for n in (1, 2, 3, 4)), count > 4, (last - first) / LONGEST], axis=1),
            inside[:, [_COLUMN[name] for name in _INSIDE]],
            inside[:, [capital]] / count[:, None],
            np.minimum(inside[:, [_COLUMN[name] for name in SHAPES]], 1),
            np.stack(
                [
                    inside[:, _COLUMN["rarity"]] / count,
                    np.maximum(rows[first, capital] * before[:, capital], rows[last, capital] * after[:, capital]),
                    np.maximum(rows[first, digit] * before[:, digit], rows[last, digit] * after[:, digit]),
                    before[:, _COLUMN["opens quote"]] * after[:, _COLUMN["opens quote"]],
                    depth[first] > 0,
                    (last - first + 1) / len(found),
                ],
                axis=1,
            ),
            *(
                np.stack([rows[first, one], rows[last, one], before[:, one], after[:, one], inside[:, one]], axis=1)
                for one in map(_COLUMN.__getitem__, _ENDINGS)
            ),
        ],
        axis=1,
        dtype=np.float32,
    )


def _tied(ties: Floats, first: Ints, last: Ints) -> Floats:
    totals = np.concatenate([[0.0], np.cumsum(ties)])
    inside = (totals[last + 1] - totals[first + 1]) / np.maximum(last - first, 1)
    return np.stack([ties[first], ties[last + 1], inside], axis=1).astype(np.float32)
