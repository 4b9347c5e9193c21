"""What the instrument was seen to do, kept for ``docs/validity.md``: verdicts, misses of intervals, agreement."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any, TypeAlias

from benchmarks.timing import processor
from robustcore.endpoints.local.hardware import auto_dtype, cpu_flags

if TYPE_CHECKING:
    from benchmarks.validity import Agreement
    from robustcore.stats.rows import Estimate

Seen: TypeAlias = str | tuple[str, float | None]  # a verdict, with or without the estimate


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The verdict of one gate on one system. ``own``: this gate is meant to find it; a sound system has no such gate.

    ``strength`` is of the planted weakness, in ``unit``: None for a sound system.
    """

    group: str
    system: str
    strength: float | None
    gate: str
    own: bool
    status: str
    value: float | None


@dataclass(frozen=True, kw_only=True)
class Missed:
    """How often the true value of a simulation lay below or above an interval, ``nominal`` at most on each side."""

    interval: str
    on: str
    times: int
    below: float
    above: float
    nominal: float


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What a pack found of a parameter that a planted system has: ``truth``, its estimate and the limits."""

    group: str
    system: str
    measure: str
    truth: float
    value: float | None
    low: float | None
    high: float | None


@dataclass
class Recorder:
    """Collects rows of all tests of a session."""

    judged: list[Judged] = field(default_factory=list)
    recovered: list[Recovered] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    agreed: list[dict[str, Any]] = field(default_factory=list)

    def verdicts(
        self,
        group: str,
        system: str,
        found: Mapping[str, Seen],
        *,
        own: Collection[str] = (),
        strength: float | None = None,
    ) -> None:
        """Keep the verdict of each gate of ``found``; ``own`` are those that should find the system."""
        for gate, seen in found.items():
            status, value = seen if isinstance(seen, tuple) else (seen, None)
            self.judged.append(
                Judged(
                    group=group,
                    system=system,
                    strength=strength,
                    gate=gate,
                    own=any(gate == name or gate.startswith(f"{name} ") for name in own),
                    status=status,
                    value=value,
                )
            )

    def interval(self, name: str, on: str, times: int, misses: tuple[float, float], *, nominal: float = 0.05) -> None:
        """Keep how often an interval missed the true value of a simulation."""
        self.missed.append(Missed(interval=name, on=on, times=times, below=misses[0], above=misses[1], nominal=nominal))

    def parameter(self, group: str, system: str, measure: str, truth: float, found: Estimate) -> None:
        """Keep what was estimated of a known parameter."""
        row = Recovered(
            group=group,
            system=system,
            measure=measure,
            truth=truth,
            value=found.value,
            low=found.low,
            high=found.high,
        )
        self.recovered.append(row)

    def agreement(self, seen: Agreement, cosine: Agreement) -> None:
        """Keep how the validity filter agrees with people on an operator, and how the cosine alone does."""
        self.agreed.append(
            {
                "operator": seen.family,
                "valid": seen.valid,
                "kept": seen.kept,
                "invalid": seen.invalid,
                "caught": seen.caught,
                "balanced": seen.balanced,
                "interval": list(seen.interval),
                "kappa": seen.kappa,
                "cosine": cosine.balanced,
            }
        )

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        rows = {
            "made": _made(),
            "judged": [asdict(row) for row in self.judged],
            "recovered": [asdict(row) for row in self.recovered],
            "missed": [asdict(row) for row in self.missed],
            "agreed": self.agreed,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _made() -> dict[str, Any]:
    """Return when, with what and on what the rows were seen."""
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "python": python_version(),
        "packages": {name: _version(name) for name in ("pytest-robust", "torch", "sentence-transformers")},
        "encoder": auto_dtype(cpu_flags()),
        "processors": os.cpu_count(),
        "processor": processor(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
