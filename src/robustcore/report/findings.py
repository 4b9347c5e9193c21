"""Findings: what a scenario's rows say beyond means and gates, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from robustcore.stats.dose import BreakingPoint
from robustcore.stats.rows import Estimate
from robustcore.stats.selective import Selective


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionFinding:
    """How many questions pass clean and every family, for a 0/1 measure.

    ``families`` are pass rates by family over the complete questions, ``marginal`` the questions a family alone costs
    (union without it - union), ``frechet`` the limits that the rates alone put on the union.
    """

    measure: str
    estimate: Estimate
    families: Mapping[str, float]
    marginal: Mapping[str, float]
    frechet: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFinding:
    """The worst of a measure: ``worst_case`` is the mean over questions of their worst case.

    ``cvar`` is the mean loss of the worst ``tail`` of questions, ``entropic`` the entropic risk at ``lam``; both of the
    mean loss of each of ``questions`` questions, 0 at best.
    """

    measure: str
    worst_case: Estimate
    tail: float
    cvar: float | None
    lam: float
    entropic: float | None
    questions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFinding:
    """What one condition does to a measure: ``signed`` = perturbed - clean over matched pairs, ``ape`` its magnitude.

    ``p`` is two-sided and ``adjusted`` Holm's over all effects of the report; ``equivalence`` a verdict within the
    margin of 0.03 (empty without limits); ``grade`` is absolute, by the loss; ``case_mix_gap`` = unpaired - paired.
    """

    measure: str
    label: str
    severity: float
    family: str
    signed: Estimate
    ape: float | None
    case_mix_gap: float | None
    up: int
    down: int
    p: float | None
    test: str
    adjusted: float | None = None
    equivalence: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingFinding:
    """Rejections of "no effect" at .95, .70 and .60, weighted to a score, for display only; and the worst grade."""

    measure: str
    rejections: tuple[int, ...]
    wrs: float
    grade: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFinding:
    """A perturbation's ladder: one estimate per severity (0 is clean), the monotone fit, and where it breaks.

    ``stated`` says where the level comes from. Severities of different operators are not comparable: ``changes`` holds
    the measured mean share of changed characters at each severity (None: not seen).
    """

    measure: str
    label: str
    family: str
    severities: tuple[float, ...]
    points: tuple[Estimate, ...]
    fitted: tuple[float, ...]
    changes: tuple[float | None, ...]
    breaking: BreakingPoint
    stated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFinding:
    """What the system's own confidence is worth under one condition, on the cases answered with one in both runs.

    ``threshold`` is set on the clean answers so that four fifths are kept, and applied to both sides. ``judged_by`` is
    the measure that says which answers are right.
    """

    label: str
    severity: float
    judged_by: str
    threshold: float | None
    clean: Selective
    perturbed: Selective


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakyFinding:
    """The spread of a measure between questions and within (between replicates of a case), as variances.

    ``reliability`` = between / (between + within); ``unstable`` is the share of cases whose replicates differ.
    """

    measure: str
    between: float
    within: float
    reliability: float | None
    replicates: float
    cases: int
    unstable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All findings of a scenario."""

    unions: tuple[UnionFinding, ...] = ()
    risks: tuple[RiskFinding, ...] = ()
    effects: tuple[EffectFinding, ...] = ()
    ratings: tuple[RatingFinding, ...] = ()
    doses: tuple[DoseFinding, ...] = ()
    calibration: tuple[CalibrationFinding, ...] = ()
    flaky: tuple[FlakyFinding, ...] = ()
    grades: Mapping[str, float] = field(default_factory=dict)
