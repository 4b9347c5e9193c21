"""How well ``answer_similarity`` orders replies whose order is known, by the weights of its parts.

The data are the documents of the pack rare and their stored rewordings, sentence by sentence; no question, gold answer
or reply that anybody scores is among them. Three neighbouring sentences are the reference. Five replies are made of the
rewordings: all three sentences; two of them; one; all three with a number changed; three from elsewhere in the same
document. Printed is the share of pairs in the right order, for single parts, for the best weights on a grid of tenths,
and for the shipped ones. Documents of even places choose the weights, those of odd places check them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from robustcore.calls.types import Call, Response
from robustcore.corpus.bundled import bundled_dataset
from robustcore.measures.similarity import OP, AnswerSimilarity
from robustcore.measures.similarity_endpoint import SimilarityEndpoint
from robustcore.measures.similarity_parts import SimilarityParts
from robustcore.measures.support import default_encoder
from robustcore.measures.support_text import sentences_of

Weights: TypeAlias = tuple[float, float, float]
Group: TypeAlias = tuple[str, list[str]]

FULL, TWO, ONE, FALSE, ELSEWHERE = range(5)
PAIRS = ((FULL, TWO), (TWO, ONE), (FULL, FALSE), (FULL, ELSEWHERE), (ONE, ELSEWHERE))
NAMES = ("all", "two", "one", "false", "elsewhere")
SIZE = 3


def main() -> None:
    """Print the table."""
    docs = [doc for doc in bundled_dataset("rare").corpus.docs.values() if doc.variants]
    groups = {half: [g for doc in docs[half::2] for g in _groups(doc.text, *doc.variants.values())] for half in (0, 1)}
    scored = {half: _scored(found) for half, found in groups.items()}
    print(f"{len(groups[0])} references choose the weights, {len(groups[1])} check them")
    print("F1/facts/sentences  chosen on  checked on   " + "  ".join(f"{NAMES[a]}>{NAMES[b]}" for a, b in PAIRS))
    grid = [(f / 10, c / 10, (10 - f - c) / 10) for f in range(1, 9) for c in range(1, 10 - f)]  # every part counts
    best = sorted(grid, key=lambda weights: -_ordered(scored[0], weights))[:8]
    for weights in [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), *best, _shipped()]:
        spelled = "/".join(f"{weight:.1f}" for weight in weights)
        each = "  ".join(f"{_ordered(scored[1], weights, [pair]):.3f}" for pair in PAIRS)
        print(
            f"{spelled}          {_ordered(scored[0], weights):.4f}     {_ordered(scored[1], weights):.4f}     {each}"
        )


def _shipped() -> Weights:
    made = AnswerSimilarity()
    return made.f1_weight, made.facts_weight, made.encoder_weight


def _groups(text: str, variant: str) -> Iterator[Group]:
    old, new = sentences_of(text), sentences_of(variant)
    if len(old) != len(new) or len(old) < 2 * SIZE:
        return
    for start in range(0, len(old) - SIZE + 1, SIZE):
        said = new[start : start + SIZE]
        elsewhere = (new[start + SIZE :] + new[:start])[:SIZE]
        number = next((word for word in re.findall(r"\d+", " ".join(said))), "")
        if number:
            false = " ".join(said).replace(number, str(int(number) * 3 + 1))
            gold = " ".join(old[start : start + SIZE])
            yield gold, [" ".join(said), " ".join(said[:2]), said[0], false, " ".join(elsewhere)]


def _scored(groups: Sequence[Group]) -> list[list[SimilarityParts]]:
    calls = [
        Call(endpoint="s", op=OP, payload={"reply": text, "gold": gold}) for gold, texts in groups for text in texts
    ]
    values = {
        index: reply.value
        for index, reply in SimilarityEndpoint(default_encoder).run(calls)
        if isinstance(reply, Response)
    }
    parts = [SimilarityParts.from_json(values[index]) for index in range(len(calls))]
    return [parts[start : start + len(NAMES)] for start in range(0, len(parts), len(NAMES))]


def _ordered(
    scored: Sequence[Sequence[SimilarityParts]], weights: Weights, pairs: Sequence[tuple[int, int]] = PAIRS
) -> float:
    right = 0.0
    for group in scored:
        values = [_value(parts, weights) for parts in group]
        right += sum((values[a] > values[b]) + 0.5 * (values[a] == values[b]) for a, b in pairs)
    return right / (len(scored) * len(pairs))


def _value(parts: SimilarityParts, weights: Weights) -> float:
    f1, facts, encoder = weights
    if parts.facts is None:
        return (f1 * parts.f1 + encoder * parts.sentences) / (f1 + encoder) if f1 + encoder else 0.0
    return f1 * parts.f1 + facts * parts.facts + encoder * parts.sentences


if __name__ == "__main__":
    main()
