"""SARIF 2.1.0: gates that did not pass, cases that failed, and findings, as results on lines of the scenario files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from robustcore.report.failing import failing
from robustcore.report.findings_terminal import named_lines
from robustcore.report.inert import line
from robustcore.report.places import place_of
from robustcore.report.rerun import rerun
from robustcore.report.spending import budget_lines
from robustcore.report.types import CaseRecord, GateReport, Report, ScenarioReport

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
CASES: Final = 500  # failed cases that are listed: readers of SARIF take some thousands of results at most
KINDS: Final = {
    "gate": "What a group of cases has to meet",
    "case": "What each case has to meet",
    "finding": "What was seen beyond means and gates",
}
LEVEL: Final = {"failed": "error", "error": "error", "inconclusive": "warning"}


def to_sarif(report: Report) -> str:
    """Return the report as a SARIF log of one run. A rule is a scenario's gates, its cases, or its findings.

    What a budget was spent on is a note of the run itself: it stands on no line.
    """
    results = [*_gates(report), *_cases(report), *_findings(report)]
    run = {
        "tool": {"driver": {
            "name": "pytest-robust",
            "version": report.versions.get("pytest-robust", "0"),
            "informationUri": "https://pypi.org/project/pytest-robust/",
            "rules": list(_rules(report, {result["ruleId"] for result in results})),
        }},
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the root of the repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }  # fmt: skip
    if report.budget is not None:
        notes = [{"level": "note", "message": {"text": line(told.strip())}} for told in budget_lines(report.budget)]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _rules(report: Report, used: set[str]) -> Iterator[dict[str, Any]]:
    for scenario in report.scenarios:
        for kind, about in KINDS.items():
            rule = f"{line(scenario.name)}/{kind}"
            if rule in used:
                used.discard(rule)  # two files may have a scenario of one name
                claim = line(scenario.claim) or about
                texts = {"shortDescription": {"text": claim}, "fullDescription": {"text": about}}
                yield {"id": rule, "name": kind, **texts}


def _gates(report: Report) -> Iterator[dict[str, Any]]:
    for one in failing(report):
        yield {
            "ruleId": f"{line(one.scenario.name)}/gate",
            "level": LEVEL[one.gate.status],
            "message": {"text": line(one.gate.sentence)},
            "locations": _locations(report, one.gate.where or one.scenario.where),
            "partialFingerprints": {"gate/v1": _digest(one.scenario, one.gate)},
            "properties": {
                "status": one.gate.status,
                "cell": {name: line(value) for name, value in one.gate.cell.items()},
                "estimate": one.gate.estimate.value,
                "cases": [line(case.id) for case in one.cases[:5]],
            },
        }


def _cases(report: Report) -> Iterator[dict[str, Any]]:
    failed = [(scenario, case) for scenario in report.scenarios for case in scenario.cases if case.outcome == "failed"]
    for scenario, case in failed[:CASES]:
        told = {name: line(case.texts.get(name, ""), 300) for name in ("perturbed", "clean_answer", "answer")}
        text = f"{line(case.reason)}. Asked: {told['perturbed']} Before: {told['clean_answer']} Now: {told['answer']}"
        yield {
            "ruleId": f"{line(scenario.name)}/case",
            "level": "error",
            "message": {"text": text if case.texts else line(case.reason)},
            "locations": _locations(report, scenario.where),
            "partialFingerprints": {"case/v1": _digest(scenario, case)},
            "properties": {"case": line(case.id), "runAgain": line(rerun(scenario, case))},
        }


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    for scenario in report.scenarios:
        for name, told in named_lines(scenario.findings):
            yield {
                "ruleId": f"{line(scenario.name)}/finding",
                "level": "note",
                "message": {"text": line(told)},
                "locations": _locations(report, scenario.where),
                "partialFingerprints": {"finding/v1": _digest_of(scenario.name, name)},
            }


def _locations(report: Report, where: str) -> list[dict[str, Any]]:
    place = place_of(report, where)
    if not place.path:
        return []
    region = {"startLine": max(place.line, 1), **({"startColumn": place.column} if place.column else {})}
    file = {"uri": quote(place.path, errors="backslashreplace"), "uriBaseId": "SRCROOT"}
    return [{"physicalLocation": {"artifactLocation": file, "region": region}}]


def _digest(scenario: ScenarioReport, what: GateReport | CaseRecord) -> str:
    """Return what tells the same finding of two runs: names, never numbers."""
    names = [what.measure, *what.cell.values()] if isinstance(what, GateReport) else [what.id]
    return _digest_of(scenario.name, *names)


def _digest_of(*names: str) -> str:
    text = "\0".join(names).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
