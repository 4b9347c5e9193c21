"""Units and verdicts → report values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from robustcore.calls.progress import Spent
from robustcore.calls.types import Endpoint
from robustcore.gates.types import Gate, Verdict
from robustcore.perturb.writing import NOT_RUN
from robustcore.report.find import with_findings
from robustcore.report.findings import Findings
from robustcore.report.records import rated
from robustcore.report.tables import condition_reports, suite_reports
from robustcore.report.types import CaseRecord, DataReport, EndpointReport, GateReport, MeasureReport, ScenarioReport
from robustcore.scenario.unit import Unit


def scenario_report(
    unit: Unit,
    records: tuple[CaseRecord, ...],
    gates: tuple[GateReport, ...],
    *,
    where: str,
    tables: bool = True,
    passages: Mapping[str, str] | None = None,
    rerun: str = "",
    place: int = 0,
) -> ScenarioReport:
    """Return the report of one unit; without ``tables`` of conditions where it will be joined with others."""
    measures = {
        measure.name: MeasureReport(
            status=measure.status,
            higher_is_better=measure.higher_is_better,
            binary=measure.binary,
            descriptive=getattr(measure, "descriptive", False),
            options=measure.options,
            unscored=_unscored(unit, measure.name),
        )
        for measure in unit.measures
    }
    dataset = unit.dataset
    report = ScenarioReport(
        name=unit.scenario.name,
        where=where,
        claim=unit.scenario.claim,
        system=unit.system.name,
        data=DataReport(
            name=dataset.name,
            docs=len(dataset.corpus),
            questions=len(dataset.examples),
            unanswerable=sum(not example.answerable for example in dataset.examples),
            fingerprint=dataset.corpus.fingerprint,
        ),
        measures=measures,
        conditions=condition_reports(rated(records), measures) if tables else (),
        gates=gates,
        cases=records,
        suites=suite_reports(rated(records) if tables else (), [suite.name for suite in unit.scenario.suites]),
        limits=unit.scenario.limits,
        findings=Findings(grades=unit.scenario.grades),
        passages=passages or {},
        rerun=rerun,
        place=place,
    )
    return with_findings(report) if tables else report


def _unscored(unit: Unit, measure: str) -> str:
    """Return why no case has a value of ``measure``: what most of them say; empty if one has, or if none was run."""
    said: Counter[str] = Counter()
    for result in unit.results.values():
        score = result.scores.get(measure)
        if score is None or result.trial.note.startswith(NOT_RUN):
            continue
        if score.value is not None:
            return ""
        said[score.note or result.trial.note or score.reason] += 1
    return said.most_common(1)[0][0] if said else ""


def endpoint_report(name: str, endpoint: Endpoint, spent: Spent) -> EndpointReport:
    """Return what ``endpoint`` took; its cost where it has a price, by its method ``cost_of``."""
    cost_of = getattr(endpoint, "cost_of", None)
    return EndpointReport(
        name=name,
        sent=spent.sent,
        failed=spent.failed,
        seconds=spent.seconds,
        input_tokens=spent.input_tokens,
        output_tokens=spent.output_tokens,
        cost=None if cost_of is None else cost_of((spent.input_tokens, spent.output_tokens)),
        live=endpoint.live,
    )


def gate_report(verdict: Verdict, where: str, place: int = 0) -> GateReport:
    """Return the verdict of a gate cell as report values; it stands at ``where``, in the order of the file."""
    gate = verdict.gate
    return GateReport(
        name=gate.name,
        measure=gate.measure,
        cell=dict(verdict.cell),
        threshold=threshold_text(gate),
        confidence=gate.confidence,
        status=verdict.status,
        estimate=verdict.estimate,
        sentence=verdict.sentence,
        needed=verdict.needed,
        replicates=verdict.replicates,
        flips=verdict.flips,
        asked=verdict.asked,
        where=where,
        place=place,
    )


def threshold_text(gate: Gate) -> str:
    """Return ``≥ 0.8`` or ``≤ 0.1``."""
    return f"≥ {gate.at_least:g}" if gate.at_least is not None else f"≤ {gate.at_most:g}"
