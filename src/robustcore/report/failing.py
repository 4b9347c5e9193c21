"""Gates that did not pass, each with the cases that speak loudest for the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robustcore.report.damage import most_damaged
from robustcore.report.types import CaseRecord, GateReport, Report, ScenarioReport

OPEN = ("failed", "error", "inconclusive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A gate cell that did not pass, its scenario, and its most damaged cases, worst first."""

    scenario: ScenarioReport
    gate: GateReport
    cases: tuple[CaseRecord, ...]


def failing(report: Report) -> Iterator[Failing]:
    """Yield what did not pass: failed ones first, then errors, then those that could not be decided."""
    found = [(OPEN.index(gate.status), scenario, gate)
             for scenario in report.scenarios for gate in scenario.gates if gate.status in OPEN]  # fmt: skip
    for _, scenario, gate in sorted(found, key=lambda one: one[0]):
        yield Failing(scenario=scenario, gate=gate, cases=tuple(cases_of(scenario, gate)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """The cases of a scenario that failed by themselves, whatever its gates say; those with texts first."""

    scenario: ScenarioReport
    cases: tuple[CaseRecord, ...]

    @property
    def told(self) -> str:
        """Return how many they are: ``2 cases failed``."""
        return f"{len(self.cases)} case{'s' * (len(self.cases) != 1)} failed"


def fallen(report: Report) -> Iterator[Fallen]:
    """Yield the scenarios of which cases failed; none against a baseline, which tells cases by what became of them."""
    for scenario in report.scenarios if report.baseline is None else ():
        cases = [case for case in scenario.cases if case.outcome == "failed"]
        if cases:
            yield Fallen(scenario=scenario, cases=tuple(sorted(cases, key=lambda case: not case.texts)))


def cases_of(scenario: ScenarioReport, gate: GateReport) -> list[CaseRecord]:
    """Return the cases of the gate's cell that lost most by the measures it reads, one a question, worst first."""
    within = [case for case in scenario.cases if case.family != "clean" and _in_cell(case, gate)]
    return most_damaged(within, _measures(scenario, gate), scenario.measures)


def _in_cell(case: CaseRecord, gate: GateReport) -> bool:
    values = {"perturbation": case.condition, "severity": f"{case.severity:g}", "family": case.family}
    return all(values.get(name, value) == value for name, value in gate.cell.items())


def _measures(scenario: ScenarioReport, gate: GateReport) -> Sequence[str]:
    """Return the measures that the gate's expression names; where it names none, all that say how good replies were."""
    named = [name for name in scenario.measures if name in gate.measure]
    return named or shown_measures(scenario)


def shown_measures(scenario: ScenarioReport) -> list[str]:
    """Return the measures worth a row: all that say how good replies were; `passes` only if there is no other."""
    asked = [name for name, is_ in scenario.measures.items() if name != "passes" and not is_.descriptive]
    return asked or list(scenario.measures)
