"""What JUnit files say of our items beside outcome and text: properties, which CI systems show and chart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_robust.items import Spec
from pytest_robust.session import RobustSession
from robustcore.gates.types import Verdict
from robustcore.report.build import threshold_text
from robustcore.report.inert import line
from robustcore.scenario.unit import Unit

LONGEST = 500  # characters of a text of a case


def record(item: pytest.Item, spec: Spec, session: RobustSession) -> None:
    """Put the properties of an item that has an outcome on it: of a gate always, of a case where a JUnit file is made.

    They travel on the report of the call, also from an xdist worker.
    """
    if spec.gate is not None:
        found = _gate(spec.unit, session.verdict(spec))
    elif spec.case is not None and getattr(item.config.option, "xmlpath", None):
        found = _case(spec)
    else:
        return
    item.user_properties.extend((f"robust.{name}", value) for name, value in found if value)


def _gate(unit: Unit, verdict: Verdict) -> Iterator[tuple[str, str]]:
    gate, estimate = verdict.gate, verdict.estimate
    yield "scenario", line(unit.scenario.name)
    yield "claim", line(unit.scenario.claim)
    yield "measure", line(gate.measure)
    yield "cell", line(" ".join(f"{name}={value}" for name, value in verdict.cell))
    yield "needs", threshold_text(gate)
    yield "verdict", verdict.status
    yield from _numbers({"estimate": estimate.value, "low": estimate.low, "high": estimate.high})
    yield "n", str(estimate.n)
    yield "clusters", str(estimate.clusters)
    yield "unscored", str(sum(estimate.unscored.values()))
    yield "sentence", line(verdict.sentence)
    yield "needed", str(verdict.needed or "")
    yield "where", line(str(gate.where or ""))


def _case(spec: Spec) -> Iterator[tuple[str, str]]:
    case, unit = spec.case, spec.unit
    result = unit.results.get(case.id) if case is not None else None
    if case is None or result is None:
        return
    trial, clean = result.trial, unit.twin(case)
    yield "scenario", line(unit.scenario.name)
    yield "perturbation", line(case.condition.label)
    yield "severity", f"{case.condition.severity:g}"
    yield "question", line(case.example.question, LONGEST)
    if trial.question != case.example.question:
        yield "perturbed", line(trial.question, LONGEST)
    yield "clean_answer", line(clean.trial.answer.text if clean.trial.answer else "", LONGEST)
    yield "answer", line(trial.answer.text if trial.answer else "", LONGEST)
    yield from _numbers({f"score.{name}": score.value for name, score in result.scores.items()})
    yield from _numbers({f"clean.{name}": score.value for name, score in clean.scores.items()})


def _numbers(found: dict[str, float | None]) -> Iterator[tuple[str, str]]:
    """Yield what has a value: what is unscored has no number, least of all 0."""
    yield from ((name, f"{value:.6g}") for name, value in found.items() if value is not None)
