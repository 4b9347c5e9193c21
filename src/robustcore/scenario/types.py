"""Scenario: what a YAML document means once every name in it has been resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from robustcore.case import Condition
from robustcore.endpoints.remote.http_request import Service
from robustcore.errors import Location
from robustcore.gates.types import Gate
from robustcore.measures.base import Measure
from robustcore.measures.suite import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSpec:
    """Which system a scenario drives.

    ``target`` is ``embedded``, ``model``, a name given by the ``pytest_robust_systems`` hook, or
    ``package.module:attribute``; ``version`` lets later sessions reuse what a callable answered; ``options`` go to the
    factory. A deployed ``service`` has its host and path as target.
    """

    target: str
    version: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    service: Service | None = None
    where: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec:
    """Which data a scenario uses: one or more sources, concatenated. Paths are absolute after loading.

    A source is a bundled name (``handbook``) or a file or folder; ``questions`` and ``calibration`` name files beside
    a plain corpus; ``sample`` draws that many questions with ``seed``; ``tags`` keeps questions that carry one of them.
    """

    sources: tuple[str, ...]
    questions: Path | None = None
    calibration: Path | None = None
    format: str = "auto"
    sample: int = 0
    seed: int = 0
    tags: tuple[str, ...] = ()
    where: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """What a single case must meet: ``invariant`` (perturbed at least as good as clean) or a bound on a measure.

    With ``invariant`` the case is ``not_applicable`` if its clean twin is not fully right (value below 1).
    """

    measure: str
    invariant: bool = False
    at_least: float | None = None
    at_most: float | None = None
    where: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario, resolved. ``slug`` is its name as a Python identifier; ``where`` the document's first line.

    ``suites`` are the aggregates over several conditions that are reported, ``limits`` what is printed with results,
    ``grades`` the largest loss that earns each grade (empty: the default).
    """

    name: str
    slug: str
    where: Location
    conditions: tuple[Condition, ...]
    measures: tuple[Measure, ...]
    claim: str = ""
    system: SystemSpec | None = None
    data: DataSpec | None = None
    tags: tuple[str, ...] = ()
    replicates: int = 1
    each: Each | None = None
    gates: tuple[Gate, ...] = ()
    items: Literal["case", "group"] = "case"
    suites: tuple[Suite, ...] = ()
    limits: tuple[str, ...] = ()
    grades: Mapping[str, float] = field(default_factory=dict)
