"""A YAML file to scenarios: every problem of the file in one error, each with its line and column."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from robustcore.case import Condition
from robustcore.errors import InputError, Location, Problem
from robustcore.measures.base import Measure
from robustcore.perturb.base import Operator
from robustcore.registry import Registry
from robustcore.scenario.conditions import ConditionReader
from robustcore.scenario.expectations import ExpectationReader
from robustcore.scenario.notes import Notes
from robustcore.scenario.sources import data_spec, system_spec
from robustcore.scenario.types import Scenario
from robustcore.scenario.yaml_marks import Document, parse, read_text


def load_scenarios(
    path: Path,
    operators: Registry[Operator],
    measures: Callable[[str], Measure],
    *,
    bundled: Collection[str] = (),
    judged: bool = False,
) -> tuple[Scenario, ...]:
    """Return the scenarios of a YAML file, one per document, in file order.

    ``measures`` turns a name into a measure or raises `UnknownNameError`; ``bundled`` are the data sets known by
    name, everything else in ``data`` is a path relative to the file; ``judged`` says that a judge model is configured,
    which recipes then use. Nothing but the YAML file is read. Raises `InputError` with all problems of the file,
    sorted by place.
    """
    return scenarios_of(read_text(path), path, operators, measures, bundled=bundled, judged=judged)


def scenarios_of(
    text: str,
    path: Path,
    operators: Registry[Operator],
    measures: Callable[[str], Measure],
    *,
    bundled: Collection[str] = (),
    judged: bool = False,
) -> tuple[Scenario, ...]:
    """Return the scenarios of YAML ``text`` as if it were the content of ``path``; see `load_scenarios`."""
    documents, from_yaml = parse(text, str(path))
    problems: list[Problem] = []
    folder = path.absolute().parent
    reader = _FileReader(operators=operators, measures=measures, bundled=bundled, folder=folder, judged=judged)
    scenarios = [reader.scenario(document, problems) for document in documents]
    if from_yaml or problems:
        raise InputError(_in_file_order(documents, from_yaml, problems))
    return tuple(scenarios)


def condition_of(item: Any, severity: float, operators: Registry[Operator]) -> Condition:
    """Return the condition of one item of ``perturb`` as YAML has it, but written in Python: a name or a mapping.

    Raises `InputError` for a name, an option or a severity that cannot be, and for severities that are several.
    """
    from robustcore.measures.registry import parse_measure

    try:
        text = json.dumps({"robust": 1, "name": "asked", "perturb": [item], "severity": [severity]})
    except TypeError as error:
        raise InputError(Problem(what=f"perturb={item!r} is nothing that YAML can say: {error}")) from None
    try:
        (scenario,) = scenarios_of(text, Path("perturb"), operators, parse_measure)
    except InputError as error:
        raise InputError([replace(problem, where=None) for problem in error.problems]) from None
    if len(scenario.conditions) > 1:
        given = ", ".join(f"{condition.severity:g}" for condition in scenario.conditions)
        raise InputError(Problem(what=f"a question is asked at one severity, not at {given}"))
    return scenario.conditions[0]


def slug_of(name: str) -> str:
    """Return ``name`` as a public Python identifier: ``noisy-context`` becomes ``noisy_context``."""
    slug = re.sub(r"\W", "_", name, flags=re.ASCII)
    slug = f"s_{slug}" if slug[0].isdigit() else slug
    return f"{slug}_" if keyword.iskeyword(slug) else slug


@dataclass(frozen=True, slots=True, kw_only=True)
class _FileReader:
    operators: Registry[Operator]
    measures: Callable[[str], Measure]
    bundled: Collection[str]
    folder: Path
    judged: bool = False
    _slugs: dict[str, Location] = field(default_factory=dict)

    def scenario(self, document: Document, problems: list[Problem]) -> Scenario:
        """Return the scenario of one document; it is of use only if ``problems`` stays empty."""
        from robustcore.scenario.parts import parts_of  # pydantic: only once there is a YAML file
        from robustcore.scenario.wording import read_file

        notes = Notes(document=document, problems=problems)
        file = read_file(document.value, notes)
        severity = None if file.severity is None else tuple(file.severity)
        parts = parts_of(file, notes, judged=self.judged)
        conditions = ConditionReader(operators=self.operators, notes=notes, severity=severity).read(parts.perturb)
        judge = ExpectationReader(lookup=self.measures, notes=notes, sampled=file.axis == "query")
        each, gates = judge.read(parts.measures, parts.expect)
        return Scenario(
            name=file.name,
            slug=self._slug(file.name, notes),
            where=document.at(),
            conditions=conditions,
            measures=tuple(judge.measures.values()),
            claim=file.claim,
            system=system_spec(file.system, notes, self.folder),
            data=data_spec(file.data, notes, self.folder, self.bundled),
            tags=tuple(dict.fromkeys(file.tags)),
            replicates=file.replicates,
            each=each,
            gates=gates,
            items=file.items,
            suites=tuple(judge.suites.values()),
            limits=parts.limits,
            grades=dict(file.grades),
        )

    def _slug(self, name: str, notes: Notes) -> str:
        slug = slug_of(name)
        if notes.document.value.get("name") != name:
            return slug  # a placeholder: the name itself is what is wrong
        where = notes.where("name")
        for taken in (slug, f"{slug}_gate", f"{slug}_baseline"):  # gates and comparisons are functions of their own
            first = self._slugs.setdefault(taken, where)
            if first != where:
                what = f"{name!r} would be the same test ({taken}) as the scenario named on line {first.line}"
                notes.add(
                    ("name",),
                    what,
                    fix="names must differ in more than spaces, '-', '_' and a final 'gate' or 'baseline'",
                )
                break
        return slug


def _in_file_order(documents: list[Document], from_yaml: list[Problem], later: list[Problem]) -> list[Problem]:
    """Return all problems sorted by place, less those of values that YAML could not read in the first place."""
    unread = {problem.where for problem in from_yaml}
    if unread:
        unread &= set().union(*(document.scalars() for document in documents))
    problems = [*from_yaml, *(problem for problem in later if problem.where not in unread)]
    return sorted(dict.fromkeys(problems), key=lambda p: (p.where.line, p.where.column) if p.where else (0, 0))
