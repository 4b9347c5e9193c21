"""The command that runs one case of a report again."""

from __future__ import annotations

from robustcore.report.types import CaseRecord, ScenarioReport


def rerun(scenario: ScenarioReport, case: CaseRecord) -> str:
    """Return the shell command that runs ``case`` again, its condition in group mode; empty if the report has none."""
    condition = case.condition if case.family == "clean" else f"{case.condition}-s{case.severity:g}"
    return scenario.rerun.replace("{case}", quoted(case.id)).replace("{condition}", quoted(condition))


def quoted(name: str) -> str:
    """Return ``name`` as it stands inside single quotes of a shell: the template has it there."""
    return name.replace("'", "'\"'\"'")
