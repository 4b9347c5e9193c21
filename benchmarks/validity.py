"""How well the validity filter agrees with people: each operator judged by a filter that was set without it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from robustcore.calls.types import Call, Response
from robustcore.endpoints.likeness import COMPARE, Likeness
from robustcore.perturb.meaning import broken_rule, likeness_words, score_of

FILE: Final = "query_variations/variations_trec2019_labeled.csv"
FAMILIES: Final[Mapping[str, str]] = {
    "ramsrigouthamg/t5_paraphraser": "paraphrase",
    "back_translation_pivot_language_de": "back_translation",
    "WordSwapEmbedding": "synonym_embedding",
    "WordSwapWordNet": "synonym_wordnet",
    "summarization_with_t5-base_from_description_to_title": "summary_title",
}
"""The five methods whose rows people judged; the labels of the other five were filled in by rule."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A variation with the verdict of a person, what the rules say, and the score of the filter."""

    family: str
    before: str
    after: str
    valid: bool
    rule: str
    score: float
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """``caught`` of ``invalid`` were rejected and ``kept`` of ``valid`` were accepted; shares with 95% intervals."""

    family: str
    threshold: float
    valid: int
    kept: int
    invalid: int
    caught: int

    @property
    def balanced(self) -> float:
        """Return balanced accuracy: the mean of both shares."""
        return (self.kept / self.valid + self.caught / self.invalid) / 2


def judged(path: Path, likeness: Likeness | None = None) -> list[Judged]:
    """Return the rows that people judged and that changed the text, scored."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file)
            if row["method"] in FAMILIES and row["variation"] != row["original_query"]
        ]  # fmt: skip
    pairs = [(row["original_query"], row["variation"]) for row in rows]
    found = _compared(pairs, likeness or Likeness())
    return [
        Judged(
            family=FAMILIES[row["method"]],
            before=before,
            after=after,
            valid=row["valid"] == "True",
            rule=broken_rule(before, after),
            score=score_of(before, after, like),
            cosine=like["cosine"],
        )
        for row, (before, after), like in zip(rows, pairs, found, strict=True)
    ]


def held_out(rows: Sequence[Judged], by: str = "score") -> list[Agreement]:
    """Return the agreement per family, each under the threshold that fits the other families best."""
    return [agreement(rows, family, threshold_without(rows, family, by), by) for family in FAMILIES.values()]


def threshold_without(rows: Sequence[Judged], family: str, by: str = "score") -> float:
    """Return the threshold with the best balanced accuracy on all families but one."""
    others = [row for row in rows if row.family != family]
    return best_threshold(np.array([value(row, by) for row in others]), np.array([row.valid for row in others]))


def best_threshold(scores: Floats, valid: Flags) -> float:
    """Return the middle one of the thresholds between scores that have the best balanced accuracy."""
    steps = np.unique(scores[np.isfinite(scores)])
    steps = (steps[1:] + steps[:-1]) / 2
    accuracy = [((scores[valid] >= step).mean() + (scores[~valid] < step).mean()) / 2 for step in steps]
    best = np.flatnonzero(np.array(accuracy) >= max(accuracy) - 1e-9)
    return float(steps[best[len(best) // 2]])


def value(row: Judged, by: str) -> float:
    """Return what is compared with the threshold: minus infinity where a rule is broken (not for the cosine alone)."""
    if by == "cosine":
        return row.cosine
    return -np.inf if row.rule else row.score


def agreement(rows: Sequence[Judged], family: str, threshold: float, by: str = "score") -> Agreement:
    """Return how the filter agrees with people on one family."""
    own = [row for row in rows if row.family == family]
    kept = [value(row, by) >= threshold for row in own]
    return Agreement(
        family=family,
        threshold=threshold,
        valid=sum(row.valid for row in own),
        kept=sum(row.valid and good for row, good in zip(own, kept, strict=True)),
        invalid=sum(not row.valid for row in own),
        caught=sum(not row.valid and not good for row, good in zip(own, kept, strict=True)),
    )


def pooled(parts: Sequence[Agreement]) -> Agreement:
    """Return all families together, each under its own threshold."""
    return Agreement(
        family="all",
        threshold=float(np.mean([part.threshold for part in parts])),
        valid=sum(part.valid for part in parts),
        kept=sum(part.kept for part in parts),
        invalid=sum(part.invalid for part in parts),
        caught=sum(part.caught for part in parts),
    )


def _compared(pairs: Sequence[tuple[str, str]], likeness: Likeness) -> list[dict[str, Any]]:
    calls = [
        Call(
            endpoint="likeness",
            op=COMPARE,
            payload={"before": before, "after": after, "words": likeness_words(before, after)},
        )
        for before, after in pairs
    ]
    found: dict[int, dict[str, Any]] = {}
    for index, reply in likeness.run(calls):
        if not isinstance(reply, Response):
            raise RuntimeError(reply.message)
        found[index] = reply.value
    return [found[index] for index in range(len(calls))]
