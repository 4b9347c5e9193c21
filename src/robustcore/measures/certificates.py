"""How far a query vector may move before its results change, and how far it moves (spec metrics 10.1). Ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from robustcore.calls.types import Flow
from robustcore.measures.base import Score, not_applicable
from robustcore.measures.shown import Shown
from robustcore.systems.trial import Trial

_CLEAN = not_applicable("nothing was perturbed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Shown):
    """Base of measures on a certificate, see `systems.retrieval.certify`."""

    shows: ClassVar[frozenset[str]] = frozenset({"certificate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TopkRadius(Certificate):
    """How far the query vector may move, as a share of its length, before the top-k set changes (ours). Up; [0, 1]."""

    base: ClassVar[str] = "cert.topk_radius"

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        if found["radius"] is None:
            return Score(value=1.0, note="infinite: no document is outside the top-k")
        return Score(value=min(1.0, found["radius"] / found["size"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedFraction(Certificate):
    """1 iff the radius of the query, as a share of its length, is above ``rho`` (ours). Up; {0, 1}."""

    base: ClassVar[str] = "cert.fraction"
    binary: ClassVar[bool] = True
    rho: float = 0.05

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        return Score(value=float(found["radius"] is None or found["radius"] / found["size"] > self.rho))


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldRadius(Certificate):
    """How far the query vector may move with a gold document in the top-k; sound, not tight (ours). Up; [0, 1].

    Unscored where no gold document is in the top-k (``not_applicable``).
    """

    base: ClassVar[str] = "cert.gold_radius"

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        if not found["gold_in"]:
            return not_applicable("no gold document is in the top-k")
        return Score(value=1.0 if found["gold_radius"] is None else min(1.0, found["gold_radius"] / found["size"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Certificate):
    """Base of measures on a perturbed question; a clean one has not moved (``not_applicable``)."""

    higher_is_better: ClassVar[bool] = False

    def flow(self, trial: Trial) -> Flow[Score]:
        """Return the flow that scores ``trial`` and yields nothing."""
        if not trial.reason and not trial.case.condition.steps:
            return _CLEAN
        return (yield from Certificate.flow(self, trial))


@dataclass(frozen=True, slots=True, kw_only=True)
class Displacement(Moved):
    """The distance |e(q') - e(q)| that a perturbation really moves the query vector (ours). Down; at least 0."""

    base: ClassVar[str] = "cert.displacement"

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        return Score(value=float(found["displacement"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified(Moved):
    """1 iff that distance is below the query's radius: the top-k cannot have changed (ours). Up; {0, 1}."""

    base: ClassVar[str] = "cert.certified"
    binary: ClassVar[bool] = True
    higher_is_better: ClassVar[bool] = True

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        return Score(value=float(found["certified"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation(Moved):
    """1 iff the move was inside the radius and the retriever's top-k changed all the same (ours). Down; {0, 1}.

    One is a fault of the retriever or of its approximate index, never of the question.
    """

    base: ClassVar[str] = "certificate_violation"
    binary: ClassVar[bool] = True

    def read(self, found: Mapping[str, Any], trial: Trial) -> Score:
        """Return the score of what was shown."""
        return Score(value=float(found["certified"] and found["changed"]))
