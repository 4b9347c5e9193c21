"""The ``robust`` fixture: systems, perturbations and measures in a hand-written test, through the session's engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_robust.keys import SESSION
from pytest_robust.session import RobustSession
from robustcore.case import CLEAN, Case, Condition
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.endpoints.specs import check_ready
from robustcore.errors import InputError, Location, Problem, suggest
from robustcore.measures.base import Measure, Score
from robustcore.measures.registry import parse_measure
from robustcore.scenario.load import condition_of
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
        ``perturb`` is an item as in YAML, ``"name"``, ``{"name": value}`` or ``{"name": {options}}``, a chain among
        them; ``gold`` are fields of `Example` (``answers=["…"]``). What cannot be is an `InputError`.
        """
        __tracebackhide__ = True
        try:
            return self._run(question, (), system, docs, perturb, severity, gold).trial
        except InputError as error:
            raise InputError(error.problems) from None  # the test's line and the words, not the way to them

    def score(self, measure: str, question: str, **asked: Any) -> Score:
        """Ask as `ask` does and return the score of ``measure``; its value is None if it cannot be scored."""
        __tracebackhide__ = True
        perturb, severity = asked.pop("perturb", None), asked.pop("severity", 1.0)
        system, docs = asked.pop("system"), asked.pop("docs", None)
        try:
            parsed = parse_measure(measure)
            result = self._run(question, (parsed,), system, docs, perturb, severity, asked)
        except InputError as error:
            raise InputError(error.problems) from None
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
        example = _example(question, gold)
        corpus = Corpus.of([Doc(id=name, text=text) for name, text in (docs or {}).items()])
        dataset = Dataset(name="asked", corpus=corpus, examples=(example,))
        operators = self._session.binder.operators
        condition = CLEAN if perturb is None else condition_of(perturb, severity, operators)
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


def _example(question: str, gold: Mapping[str, Any]) -> Example:
    """Return the question with what is known of it; lists are taken for tuples."""
    known = {field.name: field.default for field in dataclasses.fields(Example) if field.name not in ("id", "question")}
    choices = tuple(sorted(known))
    problems = [
        Problem(what=f"a question has no {name!r}", choices=choices, fix=suggest(name, choices))
        for name in gold
        if name not in known
    ]
    problems += [  # its characters would be taken for answers
        Problem(what=f"{name!r} must be a list of texts, not text", fix=f"write {name}=[{value!r}]")
        for name, value in gold.items()
        if isinstance(value, str) and isinstance(known.get(name), tuple)
    ]
    if problems:
        raise InputError(problems)
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in gold.items()}
    return Example(id="asked", question=question, **fields)
