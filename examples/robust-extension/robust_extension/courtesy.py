"""``courtesy``: whether a reply is polite, as a model of courtesy rates it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from robust_extension.courtesy_words import CourtesyWords
from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.measures.base import Score, TextMeasure, not_applicable, unscored
from robustcore.systems.trial import Trial

ENDPOINT = "courtesy"


@dataclass(frozen=True, kw_only=True)
class Courtesy(TextMeasure):
    """The share of ``enough`` polite words that a reply has. Up; [0, 1]. Unscored where the model fails."""

    base: ClassVar[str] = "courtesy"
    binary: ClassVar[bool] = False
    enough: int = 2

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the model that is asked."""
        return {ENDPOINT: CourtesyWords()}

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial``: one call per reply, which equal replies share."""
        missing = unscored(trial)
        if missing is not None or trial.answer is None:
            return missing or not_applicable("no answer")
        (reply,) = yield [Call(endpoint=ENDPOINT, op="rate", payload={"text": trial.answer.text})]
        if isinstance(reply, CallError):
            return Score(value=None, reason="judge_error", note=reply.message)
        return Score(value=min(1.0, reply.value["polite"] / self.enough))
