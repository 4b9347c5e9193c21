"""What a retriever shows beside its ranking, as the value of a measure: the base of certificates and styles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from robustcore.calls.types import Flow
from robustcore.measures.base import Score, TextMeasure, not_applicable
from robustcore.systems.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(TextMeasure):
    """Base of measures on what a dense retriever shows beside its ranking: ``shows`` names the field of `Trial`."""

    binary: ClassVar[bool] = False
    shows: ClassVar[frozenset[str]] = frozenset()

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` and yields nothing."""
        if trial.reason:
            note = trial.note or (trial.error.message if trial.error else "")
            return Score(value=None, reason=trial.reason, note=note)
        (field,) = self.shows
        found: Mapping[str, Any] | None = getattr(trial, field)
        return not_applicable(f"the system shows no {field}") if found is None else self.read(found, trial)
        yield []

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to read it")
