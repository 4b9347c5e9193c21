"""GitLab's Code Quality report: gates that did not pass, and findings, in the merge request on the scenario's line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from robustcore.report.failing import failing
from robustcore.report.findings_terminal import named_lines
from robustcore.report.inert import line
from robustcore.report.places import place_of
from robustcore.report.spending import budget_lines
from robustcore.report.types import Report

SEVERITY: Final = {"failed": "critical", "error": "major", "inconclusive": "minor"}


def to_gitlab(report: Report) -> str:
    """Return a JSON list; what stands outside of the repository cannot be shown."""
    return json.dumps([*_gates(report), *_findings(report)], ensure_ascii=False, indent=1) + "\n"


def _gates(report: Report) -> Iterator[dict[str, Any]]:
    for one in failing(report):
        names = (one.scenario.name, one.gate.measure, *one.gate.cell.values())
        check, where = f"{one.scenario.name}/{one.gate.measure}", one.gate.where or one.scenario.where
        yield from _shown(report, where, check, one.gate.sentence, SEVERITY[one.gate.status], names)


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    """Yield findings as information, and on every scenario what a budget left of it: its figures rest on less."""
    for scenario in report.scenarios:
        if report.budget is not None:
            told, check = next(budget_lines(report.budget)), f"{scenario.name}/budget"
            yield from _shown(report, scenario.where, check, told, "info", (scenario.name, "budget"))
        for name, told in named_lines(scenario.findings):
            check = f"{scenario.name}/finding"
            yield from _shown(report, scenario.where, check, told, "info", (scenario.name, "finding", name))


def _shown(
    report: Report, where: str, check: str, told: str, severity: str, names: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Yield one entry, if it stands in the repository; ``names`` tell the same one of two runs."""
    place = place_of(report, where)
    if place.path:
        text = "\0".join(names).encode("utf-8", "backslashreplace")
        yield {
            "description": line(told),
            "check_name": line(check),
            "fingerprint": hashlib.blake2b(text, digest_size=16).hexdigest(),
            "severity": severity,
            "location": {"path": line(place.path), "lines": {"begin": max(place.line, 1)}},
        }
