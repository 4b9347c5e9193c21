"""Workflow commands of GitHub Actions: gates that did not pass and cases that failed, on lines of scenario files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from robustcore.report.failing import Failing, failing, fallen
from robustcore.report.inert import line, workflow, workflow_property
from robustcore.report.places import place_of
from robustcore.report.rerun import rerun
from robustcore.report.spending import budget_lines
from robustcore.report.types import CaseRecord, Report, ScenarioReport
from robustcore.report.unrun import unrun_lines

LEVEL: Final = {"failed": "error", "error": "error", "inconclusive": "warning"}


def annotation_lines(report: Report) -> Iterator[str]:
    """Yield a line per gate that did not pass and per scenario with failed cases, for gates not run, and of a budget.

    A scenario file outside of the repository is named, not marked. Findings stand in the summary and the page: as
    notices they would speak on every change that passes.
    """
    for one in failing(report):
        gate = one.gate
        title = f"robustness gate {gate.status}: {one.scenario.name}, {gate.measure} {' '.join(gate.cell.values())}"
        yield _command(report, LEVEL[gate.status], gate.where or one.scenario.where, title.strip(), _message(one))
    if unrun := list(unrun_lines(report)):
        yield _command(report, "warning", "", "robustness gates not run", "\n".join(map(line, unrun)))
    for those in fallen(report):
        scenario, first = those.scenario, those.cases[0]
        title = f"robustness: {scenario.name}, {those.told}"
        yield _command(
            report, "error", scenario.where, title, "\n".join([line(first.reason), *_asked(scenario, first)])
        )
    if report.budget is not None:
        told = "\n".join(line(text.strip()) for text in budget_lines(report.budget))
        yield _command(report, "notice", "", "robustness budget", told)


def to_annotations(report: Report) -> str:
    """Return the annotations as text; nothing but a budget where every gate passed."""
    return "".join(f"{annotation}\n" for annotation in annotation_lines(report))


def _command(report: Report, level: str, where: str, title: str, message: str) -> str:
    place = place_of(report, where)
    marks = {"file": place.path, "line": place.line, "col": place.column} if place.path else {}
    marks = {name: value for name, value in {**marks, "title": title}.items() if value}
    told = ",".join(f"{name}={workflow_property(str(value))}" for name, value in marks.items())
    return f"::{level} {told}::{workflow(message)}"


def _message(one: Failing) -> str:
    lines = [line(one.gate.sentence)]
    for case in one.cases[:1]:
        lines += _asked(one.scenario, case)
    return "\n".join(lines)


def _asked(scenario: ScenarioReport, case: CaseRecord) -> Iterator[str]:
    told = (("asked", "perturbed"), ("answer before", "clean_answer"), ("answer now", "answer"))
    for label, name in told if case.texts else ():
        yield f"{label}: {line(case.texts.get(name, ''), 160)}"
    if command := line(rerun(scenario, case)):
        yield f"run again: {command}"
