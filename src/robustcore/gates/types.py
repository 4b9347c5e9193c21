"""Gate and Verdict: the question a group expectation asks, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from robustcore.errors import Location
from robustcore.stats.rows import Estimate

VerdictStatus: TypeAlias = Literal["passed", "failed", "inconclusive", "error", "not_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A threshold on an aggregate.

    ``measure`` is an expression: a measure's name, ``pass_rate``, ``drop_abs(m)``, ``drop_rel(m)``, ``union(m)``,
    ``worst_case(m)``; ``by`` splits into one verdict per cell (``perturbation``, ``severity``, ``family``); exactly
    one of ``at_least`` and ``at_most`` is set; ``sampled`` False means a hand-written list (spec 0.7, axis none):
    gated on its point value.
    """

    name: str
    measure: str
    by: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    confidence: float = 0.95
    max_unscored: float = 0.02
    inconclusive: Literal["fail", "warn"] = "fail"
    sampled: bool = True
    where: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of one gate cell; ``not_run`` where no case of it could be put to the system.

    ``sentence`` is what the numbers allow one to say; ``needed`` the number of questions that would decide an
    inconclusive gate, ``replicates`` the number of replicates of each case (None if unknown, or if none would);
    ``flips`` the chance that a re-run on the same questions gives another verdict (None without replicates);
    ``asked`` the questions asked and planned of a gate that was decided while the run went on (None: judged once);
    ``unscored`` what most cases say that have no value, where an undecided gate has more of them than others.
    """

    gate: Gate
    cell: tuple[tuple[str, str], ...]
    status: VerdictStatus
    estimate: Estimate
    sentence: str
    needed: int | None = None
    replicates: int | None = None
    flips: float | None = None
    asked: tuple[int, int] | None = None
    unscored: str = ""
