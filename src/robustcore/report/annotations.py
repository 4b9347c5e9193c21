"""Workflow commands of GitHub Actions: gates that did not pass, on lines of scenario files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from robustcore.report.failing import Failing, failing
from robustcore.report.inert import line, workflow, workflow_property
from robustcore.report.places import place_of
from robustcore.report.rerun import rerun
from robustcore.report.spending import budget_lines
from robustcore.report.types import Report
from robustcore.report.unrun import unrun_lines

LEVEL: Final = {"failed": "error", "error": "error", "inconclusive": "warning"}


def annotation_lines(report: Report) -> Iterator[str]:
    """Yield a line per gate that did not pass, one for all that were not run, and a notice of a budget.

    A scenario file outside of the repository is named, not marked. Findings stand in the summary and the page: as
    notices they would speak on every change that passes.
    """
    for one in failing(report):
        gate = one.gate
        title = f"robustness gate {gate.status}: {one.scenario.name}, {gate.measure} {' '.join(gate.cell.values())}"
        yield _command(report, LEVEL[gate.status], gate.where or one.scenario.where, title.strip(), _message(one))
    if unrun := list(unrun_lines(report)):
        yield _command(report, "warning", "", "robustness gates not run", "\n".join(map(line, unrun)))
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
        texts = case.texts
        lines.append(f"asked: {line(texts['perturbed'], 160)}")
        lines.append(f"answer before: {line(texts['clean_answer'], 160)}")
        lines.append(f"answer now: {line(texts['answer'], 160)}")
        lines += [f"run again: {command}"] if (command := line(rerun(one.scenario, case))) else []
    return "\n".join(lines)
