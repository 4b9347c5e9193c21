"""Row and Estimate: what every aggregate folds over, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome (spec metrics 0.1): a measure's value for a case beside the value of its clean twin.

    ``value`` None is unscored for ``reason``; likewise ``clean``. ``condition`` is the label ("qwerty_swap"),
    ``family`` the operators' names, ``cluster`` the unit of statistics, ``tags`` those of the question.
    """

    case_id: str
    item: str
    cluster: str
    condition: str
    family: str
    severity: float
    replicate: int
    measure: str
    value: float | None
    reason: str = ""
    clean: float | None = None
    clean_reason: str = ""
    tags: tuple[str, ...] = ()


NOTHING_CLEAN: Final = "nothing_clean"
"""Why a relative drop is null: the clean score is 0, and no share of it can be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its interval and what it rests on.

    ``low`` and ``high`` are one-sided limits at ``confidence`` each (None: no interval, ``method`` says why);
    ``n`` scored values in ``clusters`` clusters; ``unscored`` counts by reason; ``if_zero`` and ``if_one`` are
    the values with all unscored rows counted as 0 and as 1 (scores in [0, 1] only).
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    clusters: int = 0
    unscored: Mapping[str, int] = field(default_factory=dict)
    if_zero: float | None = None
    if_one: float | None = None
    method: str = ""
    confidence: float = 0.95
    reason: str = ""
