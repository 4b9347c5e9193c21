"""Workflow commands of GitHub Actions: each gate that did not pass, on its line of the scenario file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from robustcore.report.failing import Failing, failing
from robustcore.report.inert import line, workflow, workflow_property
from robustcore.report.places import place_of
from robustcore.report.rerun import rerun
from robustcore.report.types import Report

LEVEL: Final = {"failed": "error", "error": "error", "inconclusive": "warning"}


def annotation_lines(report: Report) -> Iterator[str]:
    """Yield a line per gate that did not pass. A scenario file outside of the repository is named, not marked."""
    for one in failing(report):
        gate, place = one.gate, place_of(report, one.gate.where or one.scenario.where)
        title = f"robustness gate {gate.status}: {one.scenario.name}, {gate.measure} {' '.join(gate.cell.values())}"
        marks = {"file": place.path, "line": place.line, "col": place.column} if place.path else {}
        marks = {name: value for name, value in {**marks, "title": title.strip()}.items() if value}
        told = ",".join(f"{name}={workflow_property(str(value))}" for name, value in marks.items())
        yield f"::{LEVEL[gate.status]} {told}::{workflow(_message(one))}"


def to_annotations(report: Report) -> str:
    """Return the annotations as text; nothing where every gate passed."""
    return "".join(f"{annotation}\n" for annotation in annotation_lines(report))


def _message(one: Failing) -> str:
    lines = [line(one.gate.sentence)]
    for case in one.cases[:1]:
        texts = case.texts
        lines.append(f"asked: {line(texts['perturbed'], 160)}")
        lines.append(f"answer before: {line(texts['clean_answer'], 160)}")
        lines.append(f"answer now: {line(texts['answer'], 160)}")
        lines += [f"run again: {command}"] if (command := line(rerun(one.scenario, case))) else []
    return "\n".join(lines)
