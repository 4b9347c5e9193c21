"""Retrieval measures over documents, as ir_measures defines and computes them (spec metrics 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.measures.base import Score, Status, not_applicable, unscored
from robustcore.measures.ir_endpoint import NAME, OP, IrEndpoint
from robustcore.systems.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingMeasure:
    """A retrieval measure by its canonical name (``nDCG@10``: linear gain). Up; [0, 1] for all the common ones.

    The ranking is of documents: the best passage of a document counts, and the order is kept. Unscored: the system
    does not show its ranking (``not_applicable``); no relevant document is judged, or all of them were withdrawn from
    the corpus by the perturbation (``no_oracle``). Nothing retrieved is 0.
    """

    name: str
    status: Status = "STANDARD"

    @property
    def higher_is_better(self) -> bool:
        """Return True."""
        return True

    @property
    def binary(self) -> bool:
        """Say whether values are 0 or 1, which is so for ``Success@k``."""
        return self.name.startswith("Success")

    @property
    def options(self) -> dict[str, Any]:
        """Return the level at which documents are ranked."""
        return {"level": "document", "withdrawn": "not relevant"}

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the endpoint that computes it."""
        return {NAME: IrEndpoint()}

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial``. A reply is not needed, only the ranking."""
        if trial.reason and trial.ranking is None:
            return unscored(trial) or not_applicable("no ranking")
        if trial.skip:
            return Score(value=None, reason=trial.skip, note=trial.note)
        if trial.ranking is None:
            return not_applicable("the system does not show what it retrieved")
        relevance = judged(trial)
        if not any(grade > 0 for grade in relevance.values()):
            return Score(value=None, reason="no_oracle", note="no relevant document is judged")
        ranking = list(dict.fromkeys(passage.doc_id for passage in trial.ranking))
        if not ranking:
            return Score(value=0.0, note="nothing was retrieved")
        payload = {"measure": self.name, "ranking": ranking, "relevance": relevance}
        (reply,) = yield [Call(endpoint=NAME, op=OP, payload=payload)]
        if isinstance(reply, CallError):
            return Score(value=None, reason=reply.kind, note=reply.message)
        return Score(value=float(reply.value))


def judged(trial: Trial) -> dict[str, int]:
    """Return document id → grade, without the documents that were withdrawn from the corpus."""
    relevance = trial.case.example.relevance
    if "corpus" not in trial.case.condition.points:
        return dict(relevance)
    gone = set(trial.removed)
    return {doc: grade for doc, grade in relevance.items() if doc not in gone}
