"""The endpoint behind ``answer_similarity``: counts first, then one batch of sentences for the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from robustcore.calls.types import Call, Reply, Response
from robustcore.measures.encoded_endpoint import EncodedEndpoint
from robustcore.measures.similarity_parts import SimilarityParts, f1_of, facts_covered, parts_of_text


class SimilarityEndpoint(EncodedEndpoint):
    """Answers ``{"reply", "gold"}`` with `SimilarityParts`, the three values that the measure weighs.

    Sentences are compared by cosine, negative ones counted as 0: the mean of the best match of every gold sentence and
    of the best match of every reply sentence. Each unique sentence of a batch is encoded once.
    """

    name = "similarity"
    version = 1

    def run(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        """Yield the parts of every call."""
        pairs = [(call.payload["reply"], call.payload["gold"]) for call in calls]
        split = {text: parts_of_text(text) for pair in pairs for text in pair}
        unique = list(dict.fromkeys(sentence for sentences in split.values() for sentence in sentences))
        vectors = dict(zip(unique, self.encoder.encode(unique), strict=True))
        for index, (reply, gold) in enumerate(pairs):
            parts = SimilarityParts(
                f1=round(f1_of(reply, gold), 6),
                facts=facts_covered(reply, gold),
                sentences=round(_matched(split[reply], split[gold], vectors), 6),
            )
            yield index, Response(value=parts.to_json())


def _matched(reply: Sequence[str], gold: Sequence[str], vectors: Mapping[str, Any]) -> float:
    cosines = [[max(0.0, min(1.0, float(vectors[r] @ vectors[g]))) for g in gold] for r in reply]
    precision = sum(max(row) for row in cosines) / len(reply)
    recall = sum(max(row[place] for row in cosines) for place in range(len(gold))) / len(gold)
    return (precision + recall) / 2
