"""The ``robust`` fixture: systems, perturbations and measures in a hand-written test, through the session's engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pytest_robust.keys import SESSION
from pytest_robust.session import RobustSession
from robustcore.case import Case, Condition, Step
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.endpoints.specs import check_ready
from robustcore.errors import InputError, Location, Problem
from robustcore.measures.base import Measure, Score
from robustcore.measures.registry import parse_measure
from robustcore.perturb.options import check_options
from robustcore.scenario.types import Scenario, SystemSpec
from robustcore.scenario.unit import Result, Unit
from robustcore.systems.trial import Trial


class Robust:
    """What the fixture gives to a test. Calls go through the session: same ledger, same de-duplication."""

    def __init__(self, session: RobustSession) -> None:
        self._session = session

    @classmethod
    def of(cls, request: pytest.FixtureRequest) -> Robust:
        """Return the fixture's value for a test."""
        return cls(request.config.stash[SESSION])

    def ask(
        self,
        question: str,
        *,
        system: str | Any,
        docs: Mapping[str, str] | None = None,
        perturb: str | Mapping[str, Any] | None = None,
        severity: float = 1.0,
        **gold: Any,
    ) -> Trial:
        """Put ``question`` to ``system``, perturbed if asked, and return the trial.

        ``system`` is a target as in YAML or an object as in `pytest_robust_systems`; ``docs`` maps ids to texts;
        ``perturb`` is ``"name"`` or ``{"name": {options}}``; ``gold`` are fields of `Example` (``answers=("…",)``).
        """
        return self._run(question, (), system, docs, perturb, severity, gold).trial

    def score(self, measure: str, question: str, **asked: Any) -> Score:
        """Ask as `ask` does and return the score of ``measure``; its value is None if it cannot be scored."""
        perturb, severity = asked.pop("perturb", None), asked.pop("severity", 1.0)
        system, docs = asked.pop("system"), asked.pop("docs", None)
        parsed = parse_measure(measure)
        result = self._run(question, (parsed,), system, docs, perturb, severity, asked)
        return result.scores[parsed.name]

    def _run(
        self,
        question: str,
        measures: tuple[Measure, ...],
        system: Any,
        docs: Mapping[str, str] | None,
        perturb: str | Mapping[str, Any] | None,
        severity: float,
        gold: Mapping[str, Any],
    ) -> Result:
        example = Example(id="asked", question=question, **gold)
        corpus = Corpus.of([Doc(id=name, text=text) for name, text in (docs or {}).items()])
        dataset = Dataset(name="asked", corpus=corpus, examples=(example,))
        condition = self._condition(perturb, severity)
        unit = self._unit(dataset, system, measures, condition)
        why = self._session.ready.unasked(unit, unit.missing_points(condition))
        if why:
            pytest.skip(why)
        check_ready(unit.endpoints.values())
        case = Case(f"{condition.name}-asked", example, condition)
        engine = self._session.engine
        engine.add_endpoints(unit.endpoints)
        return dict(engine.run([(case.id, unit.flow(case))]))[case.id]

    def _unit(self, dataset: Dataset, system: Any, measures: tuple[Measure, ...], condition: Condition) -> Unit:
        binder = self._session.binder
        where = Location(file="robust fixture")
        scenario = Scenario(name="asked", slug="asked", where=where, conditions=(condition,), measures=measures)
        if isinstance(system, str):
            spec = SystemSpec(target=system)
            return Unit(scenario, dataset, lambda: binder.system(spec, dataset), aides=binder.aides)
        return Unit(scenario, dataset, lambda: binder.adapt(system, dataset), aides=binder.aides)

    def _condition(self, perturb: str | Mapping[str, Any] | None, severity: float) -> Condition:
        if perturb is None:
            return Condition("clean", 0.0)
        name, options = (perturb, {}) if isinstance(perturb, str) else next(iter(perturb.items()))
        if not isinstance(options, Mapping):
            raise InputError(Problem(what=f"perturb={{{name!r}: …}} needs a mapping of options", fix=f'"{name}"'))
        operator = self._session.binder.operators.get(name)
        return Condition(operator.short, severity, (Step(operator, check_options(operator, options)),))
