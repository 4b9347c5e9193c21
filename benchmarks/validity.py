"""How well the validity filter agrees with people: each operator judged by a filter that was set without it."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from robustcore.calls.types import Call, Response
from robustcore.endpoints.likeness import COMPARE, Likeness
from robustcore.perturb.language.meaning import (
    VALID_AT,
    broken_rule,
    content_spans,
    likeness_words,
    likenesses,
    matched,
    score_of,
)
from robustcore.systems.gate import by_score

FILE: Final = "query_variations/variations_trec2019_labeled.csv"
FAMILIES: Final[Mapping[str, str]] = {
    "ramsrigouthamg/t5_paraphraser": "paraphrase",
    "back_translation_pivot_language_de": "back_translation",
    "WordSwapEmbedding": "synonym_embedding",
    "WordSwapWordNet": "synonym_wordnet",
    "summarization_with_t5-base_from_description_to_title": "summary_title",
}
"""The five methods whose rows people judged; the labels of the other five were filled in by rule."""

FOUR: Final = range(4)
FIVE: Final = range(5)
RESAMPLES: Final = 4000

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A variation with the verdict of a person, what the rules say, and the filter's score.

    ``parts`` are the likenesses that the score is the mean of, and a fifth that it does not use: the lowest best match
    of a new word.
    """

    family: str
    before: str
    after: str
    valid: bool
    rule: str
    score: float
    parts: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """``caught`` of ``invalid`` were rejected and ``kept`` of ``valid`` were accepted.

    ``questions`` are the same four counts for each original question: what an interval resamples.
    """

    family: str
    threshold: float
    valid: int
    kept: int
    invalid: int
    caught: int
    questions: Mapping[str, NDArray[np.int64]]

    @property
    def balanced(self) -> float:
        """Return balanced accuracy: the mean of both shares."""
        return (self.kept / self.valid + self.caught / self.invalid) / 2

    @property
    def interval(self) -> tuple[float, float]:
        """Return its 95% interval: a percentile bootstrap over questions, the threshold as it is."""
        counts = np.array(list(self.questions.values()))
        picks = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
        valid, kept, invalid, caught = counts[picks].sum(axis=1).T
        sound = (valid > 0) & (invalid > 0)
        shares = (kept[sound] / valid[sound] + caught[sound] / invalid[sound]) / 2
        low, high = np.quantile(shares, [0.025, 0.975])
        return float(low), float(high)

    @property
    def kappa(self) -> float:
        """Return Cohen's kappa of the filter and people."""
        n = self.valid + self.invalid
        accepted = self.kept + self.invalid - self.caught
        chance = (self.valid * accepted + self.invalid * (n - accepted)) / n**2
        return ((self.kept + self.caught) / n - chance) / (1 - chance) if chance < 1 else 0.0


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
            parts=(*likenesses(before, after, like), _lowest_new(before, after, like)),
        )
        for row, (before, after), like in zip(rows, pairs, found, strict=True)
    ]


def held_out(rows: Sequence[Judged]) -> list[Agreement]:
    """Return the agreement per family, each under the threshold that fits the other families best."""
    return [agreement(rows, family, threshold_without(rows, family)) for family in FAMILIES.values()]


def nested(rows: Sequence[Judged], choice: Sequence[int]) -> list[Agreement]:
    """Return the agreement per family where the choice of the likenesses, too, was made on the other families alone.

    Of all sets of the likenesses at the places ``choice``, the one is taken whose `held_out` thresholds agree best with
    people among the four other families.
    """
    chosen = []
    for family in FAMILIES.values():
        others = [row for row in rows if row.family != family]
        sets = [part for size in range(1, len(choice) + 1) for part in combinations(choice, size)]
        best = max(sets, key=lambda part, others=others: pooled(_others(scored(others, part))).balanced)  # type: ignore[misc]
        again = scored(rows, best)
        chosen.append(agreement(again, family, threshold_without(again, family)))
    return chosen


def scored(rows: Sequence[Judged], part: Sequence[int]) -> list[Judged]:
    """Return ``rows`` with the mean of some likenesses as score."""
    return [replace(row, score=sum(row.parts[place] for place in part) / len(part)) for row in rows]


def by_cosine(rows: Sequence[Judged]) -> list[Judged]:
    """Return ``rows`` as the encoder's cosine alone sees them: what the filter is compared with."""
    return [replace(row, score=row.parts[0], rule="") for row in rows]


def shipped(rows: Sequence[Judged]) -> list[Agreement]:
    """Return the agreement per family at the threshold that is shipped, which was set on all of them."""
    return [agreement(rows, family, VALID_AT) for family in FAMILIES.values()]


def threshold_without(rows: Sequence[Judged], family: str) -> float:
    """Return the threshold with the best balanced accuracy on all families but one."""
    others = [row for row in rows if row.family != family]
    return best_threshold(np.array([value(row) for row in others]), np.array([row.valid for row in others]))


def _others(rows: Sequence[Judged]) -> list[Agreement]:
    families = dict.fromkeys(row.family for row in rows)
    return [agreement(rows, family, threshold_without(rows, family)) for family in families]


def best_threshold(scores: Floats, valid: Flags) -> float:
    """Return the middle one of the thresholds between scores that have the best balanced accuracy."""
    steps = np.unique(scores[np.isfinite(scores)])
    steps = (steps[1:] + steps[:-1]) / 2
    accuracy = [((scores[valid] >= step).mean() + (scores[~valid] < step).mean()) / 2 for step in steps]
    best = np.flatnonzero(np.array(accuracy) >= max(accuracy) - 1e-9)
    return float(steps[best[len(best) // 2]])


def value(row: Judged) -> float:
    """Return what is compared with the threshold: minus infinity where a rule is broken."""
    return -np.inf if row.rule else row.score


def agreement(rows: Sequence[Judged], family: str, threshold: float) -> Agreement:
    """Return how the filter agrees with people on one family."""
    questions: dict[str, NDArray[np.int64]] = {}
    for row in rows:
        if row.family == family:
            good = value(row) >= threshold
            counts = np.array([row.valid, row.valid and good, not row.valid, not (row.valid or good)], dtype=np.int64)
            questions[row.before] = questions.get(row.before, np.zeros(4, np.int64)) + counts
    return _agreement(family, threshold, questions)


def _agreement(family: str, threshold: float, questions: Mapping[str, NDArray[np.int64]]) -> Agreement:
    valid, kept, invalid, caught = (int(count) for count in sum(questions.values(), np.zeros(4, np.int64)))
    return Agreement(
        family=family,
        threshold=threshold,
        valid=valid,
        kept=kept,
        invalid=invalid,
        caught=caught,
        questions=questions,
    )


def pooled(parts: Sequence[Agreement]) -> Agreement:
    """Return all families together, each under its own threshold."""
    questions: dict[str, NDArray[np.int64]] = {}
    for part in parts:
        for question, counts in part.questions.items():
            questions[question] = questions.get(question, np.zeros(4, np.int64)) + counts
    return _agreement("all", float(np.mean([part.threshold for part in parts])), questions)


def _lowest_new(before: str, after: str, like: Mapping[str, Any]) -> float:
    old, new = ([text[start:end] for start, end in content_spans(text)] for text in (before, after))
    return min(matched(new, old, like["new"]), default=1.0)


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


def tables(rows: Sequence[Judged]) -> Iterator[str]:
    """Yield the lines of the benchmark."""
    yield f"{len(rows)} rows: {sum(row.valid for row in rows)} valid, {sum(not row.valid for row in rows)} not"
    for title, parts in (
        ("threshold set without the operator", held_out(rows)),
        ("likenesses, of four, and threshold chosen without the operator", nested(rows, FOUR)),
        ("likenesses, of five, and threshold chosen without the operator", nested(rows, FIVE)),
        ("the cosine alone, threshold set without the operator", held_out(by_cosine(rows))),
        (f"as shipped, valid from {VALID_AT:g}", shipped(rows)),
    ):
        yield f"\n{title}"
        for part in (*parts, pooled(parts)):
            low, high = part.interval
            counts = f"kept {part.kept:>3} of {part.valid:>3}, rejected {part.caught:>2} of {part.invalid:>2}"
            balanced = f"balanced accuracy {part.balanced:.3f} [{low:.2f}, {high:.2f}]"
            yield f"  {part.family:<18} {counts}  {balanced}  kappa {part.kappa:.2f}"
    yield "\nverdicts as shipped, of valid and of invalid rows"
    for said in ("valid", "undecided", "invalid"):
        found = [row.valid for row in rows if ("invalid" if row.rule else by_score(row.score)) == said]
        yield f"  {said:<10} {sum(found):>3} {len(found) - sum(found):>3}"


def main() -> None:
    """Print the agreement with people."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validity", description=__doc__)
    parser.add_argument("datasets", type=Path, help=f"the folder that holds {FILE}")
    for line in tables(judged(parser.parse_args().datasets / FILE)):
        print(line)


if __name__ == "__main__":
    main()
