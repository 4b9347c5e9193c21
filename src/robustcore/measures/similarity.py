"""``answer_similarity``: how near a long answer comes to the reference, as one graded number without a judge [OURS]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.corpus.normalise import tokens
from robustcore.errors import InputError, Problem
from robustcore.measures.base import DECLINE, NO_GOLD, Score, Status, TextMeasure, not_applicable, unscored
from robustcore.measures.similarity_parts import SimilarityParts
from robustcore.measures.support import default_encoder
from robustcore.measures.support_rules import TextEncoder
from robustcore.systems.trial import Trial

ENDPOINT = "similarity"
OP = "compare"


@dataclass(frozen=True, kw_only=True)
class AnswerSimilarity(TextMeasure):
    """Nearness of the reply to the nearest gold answer, for long answers (spec metrics 1). Up; [0, 1].

    A weighted mean of three parts: token F1; the share of the gold's numbers (with their units) and names that the
    reply states; and the encoder similarity of sentences, the mean of what every gold sentence finds in the reply and
    every reply sentence finds in the gold. A gold without numbers and names is compared by the other two. The weights
    were chosen on reworded sentences of documents, none of which is a question, gold answer or reply that is scored
    (``benchmarks/answer_similarity.py``).

    An empty reply is 0. Unscored: no gold with content (``no_oracle``), abstention expected (``not_applicable``).
    Known limit: a reply that adds a false sentence to a right one loses little.
    """

    base: ClassVar[str] = "answer_similarity"
    binary: ClassVar[bool] = False
    status: ClassVar[Status] = "OURS"
    f1_weight: float = 0.2
    facts_weight: float = 0.1
    encoder_weight: float = 0.7
    encoder: Callable[[], TextEncoder] = field(default=default_encoder, repr=False, metadata={"option": False})

    def __post_init__(self) -> None:
        """Refuse weights that are no shares of one whole."""
        weights = self.f1_weight, self.facts_weight, self.encoder_weight
        if min(weights) < 0 or abs(sum(weights) - 1) > 1e-9 or self.facts_weight == 1:
            what = f"{self.base}: the weights must be 0 or more, sum to 1, and not rest on facts alone, not {weights}"
            raise InputError(Problem(what=what))

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the endpoint that compares."""
        from robustcore.measures.similarity_endpoint import SimilarityEndpoint

        return {ENDPOINT: SimilarityEndpoint(self.encoder)}

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial``: one call per gold answer with content."""
        missing = unscored(trial)
        if missing is not None or trial.answer is None:
            return missing or not_applicable("no answer")
        if trial.case.expects_abstention:
            return DECLINE
        golds = [gold for gold in trial.case.example.answers if tokens(gold)]
        if not golds:
            return NO_GOLD
        if not tokens(trial.answer.text):
            return Score(value=0.0, note="an empty reply")
        replies = yield [self._call(trial.answer.text, gold) for gold in golds]
        found: list[tuple[float, str]] = []
        for reply in replies:
            if isinstance(reply, CallError):
                return Score(value=None, reason="judge_error", note=reply.message)
            parts = SimilarityParts.from_json(reply.value)
            found.append((self._weighted(parts), str(parts)))
        value, note = max(found)
        return Score(value=value, note=note)

    def _call(self, reply: str, gold: str) -> Call:
        payload = {"reply": reply, "gold": gold}
        return Call(endpoint=ENDPOINT, op=OP, payload=payload, length=len(reply) + len(gold))

    def _weighted(self, parts: SimilarityParts) -> float:
        weighted = [(self.f1_weight, parts.f1), (self.encoder_weight, parts.sentences)]
        if parts.facts is not None:
            weighted.append((self.facts_weight, parts.facts))
        total = sum(weight for weight, _ in weighted)
        return min(1.0, sum(weight * part for weight, part in weighted) / total)
