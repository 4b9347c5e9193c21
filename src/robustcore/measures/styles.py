"""Whether texts lie by what they mean or by how they are put, question by question (arXiv 2507.17845, 2607.25497)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from robustcore.calls.types import Flow
from robustcore.measures.base import Score, not_applicable
from robustcore.measures.shown import Shown
from robustcore.systems.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleCount(Shown):
    """Base of measures on the grid of styles; for a clean question that was drawn into the grid."""

    shows: ClassVar[frozenset[str]] = frozenset({"style"})
    descriptive: ClassVar[bool] = True
    key: ClassVar[str] = ""

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` and yields nothing."""
        if not trial.reason and trial.case.condition.steps:
            return not_applicable("asked of clean questions: the grid has its own styles")
        return (yield from Shown.flow(self, trial))

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        if found["so"] is None:
            return not_applicable("the question is not in the grid")
        return self.of(found)

    def of(self, found: Mapping[str, Any]) -> Score:
        """Return the score of a question of the grid."""
        return Score(value=float(found[self.key]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SameMeaning(StyleCount):
    """Neighbours of the question's texts that mean the same in another style (SO of arXiv 2507.17845). Up."""

    base: ClassVar[str] = "style.so"
    key: ClassVar[str] = "so"


@dataclass(frozen=True, slots=True, kw_only=True)
class SameStyle(StyleCount):
    """Neighbours of the question's texts that mean something else in the same style (OS of arXiv 2507.17845). Down."""

    base: ClassVar[str] = "style.os"
    key: ClassVar[str] = "os"
    higher_is_better: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleMargin(StyleCount):
    """Mean CRoMa of the question's texts (arXiv 2607.25497): is their meaning nearer than their style? Up; [-1, 1]."""

    base: ClassVar[str] = "style.croma"
    descriptive: ClassVar[bool] = False

    def of(self, found: Mapping[str, Any]) -> Score:
        """Return the score of a question of the grid."""
        values = [one for one in found["croma"] if one is not None]
        return Score(value=sum(values) / len(values)) if values else Score(value=None, reason="empty_denominator")


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleCrossed(StyleCount):
    """Share of the question's texts with a CRoMa of at most 0: style wins (arXiv 2607.25497). Down; [0, 1]."""

    base: ClassVar[str] = "style.crossed"
    descriptive: ClassVar[bool] = False
    higher_is_better: ClassVar[bool] = False

    def of(self, found: Mapping[str, Any]) -> Score:
        """Return the score of a question of the grid."""
        values = [one <= 0 for one in found["croma"] if one is not None]
        return Score(value=sum(values) / len(values)) if values else Score(value=None, reason="empty_denominator")
