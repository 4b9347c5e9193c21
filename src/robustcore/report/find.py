"""Case records → findings: unions, worst cases, effects with grades, ladders, calibration, flakiness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from robustcore.gates.headroom import at_floor
from robustcore.report.findings import (
    CalibrationFinding,
    DoseFinding,
    EffectFinding,
    Findings,
    FlakyFinding,
    RatingFinding,
    RiskFinding,
    UnionFinding,
)
from robustcore.report.records import rated, rows_of
from robustcore.report.types import CaseRecord, GateReport, MeasureReport, Report, ScenarioReport
from robustcore.stats.dose import KEPT_SHARE, breaking_point, isotonic, ladder_of
from robustcore.stats.equivalent import MARGIN, equivalence
from robustcore.stats.means import estimate, mean_estimate
from robustcore.stats.paired import holm
from robustcore.stats.rating import GRADES, absolute_grade, effect, rejections, wrs
from robustcore.stats.risk import cvar, entropic
from robustcore.stats.rows import Row
from robustcore.stats.samples import clean_values_of, count_raises
from robustcore.stats.selective import Answered, selective, threshold_at
from robustcore.stats.suites import union_parts, worst_case
from robustcore.stats.variance import components

CONFIDENCE = 0.95
TAIL, LAM = 0.1, 0.1
JUDGES = ("answer_correct", "passes")
PASSES = "passes"

Properties = Mapping[str, MeasureReport]


def findings(
    records: Sequence[CaseRecord],
    measures: Properties,
    gates: Sequence[GateReport] = (),
    grades: Mapping[str, float] | None = None,
) -> Findings:
    """Return what ``records`` of one scenario say; ``gates`` state the levels at which its ladders break."""
    given = dict(grades or GRADES)
    shown = [name for name, is_ in measures.items() if not is_.descriptive]
    shown = [name for name in shown if name != PASSES] or shown
    rows = {name: rows_of(records, name) for name in shown}
    stressed = {name: [row for row in own if row.family != "clean"] for name, own in rows.items()}
    effects = tuple(one for name in shown for one in _effects(name, stressed[name], measures[name], given))
    return Findings(
        unions=tuple(one for name in shown for one in _union(name, rows[name], measures[name])),
        risks=tuple(one for name in shown for one in _risk(name, stressed[name], measures[name])),
        effects=effects,
        doses=tuple(one for name in shown for one in _doses(name, stressed[name], measures[name], records, gates)),
        calibration=tuple(_calibration(records)),
        flaky=tuple(one for name in shown for one in _flaky(name, rows[name])),
        grades=given,
    )


def adjusted(report: Report) -> Report:
    """Return ``report`` with Holm's p values over all its effects, and the ratings that follow from them."""
    effects = [one for scenario in report.scenarios for one in scenario.findings.effects]
    known = [index for index, one in enumerate(effects) if one.p is not None]
    values = dict(zip(known, holm([p for one in effects if (p := one.p) is not None]), strict=True))
    done = iter([replace(one, adjusted=values.get(index)) for index, one in enumerate(effects)])
    scenarios = []
    for scenario in report.scenarios:
        own = tuple(next(done) for _ in scenario.findings.effects)
        found = replace(scenario.findings, effects=own, ratings=tuple(_ratings(own)))
        scenarios.append(replace(scenario, findings=found))
    return replace(report, scenarios=tuple(scenarios))


def with_findings(scenario: ScenarioReport) -> ScenarioReport:
    """Return ``scenario`` with its findings made anew from its cases."""
    grades = scenario.findings.grades
    return replace(scenario, findings=findings(rated(scenario.cases), scenario.measures, scenario.gates, grades))


def _union(name: str, rows: Sequence[Row], properties: MeasureReport) -> Iterator[UnionFinding]:
    families = {row.family for row in rows} - {"clean"}
    if not properties.binary or len(families) < 2:
        return
    found = union_parts(rows, CONFIDENCE, higher_is_better=properties.higher_is_better)
    if found.estimate.value is not None or found.estimate.unscored:
        yield UnionFinding(
            measure=name,
            estimate=found.estimate,
            families=found.families,
            marginal=found.marginal,
            frechet=found.frechet,
        )


def _risk(name: str, rows: Sequence[Row], properties: MeasureReport) -> Iterator[RiskFinding]:
    higher = properties.higher_is_better
    questions: dict[str, list[float]] = {}
    for row in count_raises(rows, 0.0 if higher else 1.0):
        if row.value is not None:
            questions.setdefault(row.cluster, []).append(1 - row.value if higher else row.value)
    losses = [sum(values) / len(values) for values in questions.values()]
    if not losses or not all(0 <= loss <= 1 for loss in losses):
        return
    yield RiskFinding(
        measure=name,
        worst_case=worst_case(rows, CONFIDENCE, higher_is_better=higher),
        tail=TAIL,
        cvar=cvar(losses, TAIL),
        lam=LAM,
        entropic=entropic(losses, LAM),
        questions=len(losses),
    )


def _effects(
    name: str, rows: Sequence[Row], properties: MeasureReport, grades: Mapping[str, float]
) -> Iterator[EffectFinding]:
    for (label, severity, family), group in _by_condition(rows).items():
        found = effect(group, CONFIDENCE)
        value = found.signed.value
        if value is None:
            continue
        higher = properties.higher_is_better
        loss = -value if higher else value
        floor = at_floor(group, higher_is_better=higher)
        yield EffectFinding(
            measure=name,
            label=label,
            severity=severity,
            family=family,
            signed=found.signed,
            ape=found.ape,
            case_mix_gap=found.case_mix_gap,
            up=found.test.up,
            down=found.test.down,
            p=found.test.p,
            test=found.test.test,
            equivalence=_equivalence(group),
            grade="" if floor else absolute_grade(loss, grades),
        )


def _equivalence(rows: Sequence[Row]) -> str:
    inner, outer = (effect(rows, confidence).signed for confidence in (0.95, 0.975))
    if inner.low is None or inner.high is None or outer.low is None or outer.high is None:
        return ""
    return equivalence((inner.low, inner.high), (outer.low, outer.high), MARGIN)


def _ratings(effects: Sequence[EffectFinding]) -> Iterator[RatingFinding]:
    for measure in dict.fromkeys(one.measure for one in effects):
        own = [one for one in effects if one.measure == measure]
        counts = rejections([one.adjusted for one in own if one.adjusted is not None])
        worst = max((one.grade for one in own), default="")
        yield RatingFinding(measure=measure, rejections=counts, wrs=wrs(counts), grade=worst)


def _doses(
    name: str,
    rows: Sequence[Row],
    properties: MeasureReport,
    records: Sequence[CaseRecord],
    gates: Sequence[GateReport],
) -> Iterator[DoseFinding]:
    import numpy as np

    higher = properties.higher_is_better
    for label in dict.fromkeys(row.condition for row in rows):
        own = count_raises([row for row in rows if row.condition == label], 0.0 if higher else 1.0)
        ladder = ladder_of(own)
        if ladder is None:
            continue
        level, stated = _level(name, gates, higher)
        sign = 1.0 if higher else -1.0
        fitted = sign * isotonic(sign * ladder.means[None, :], np.maximum(ladder.counts.sum(axis=0), 1)[None, :])[0]
        at = {s: [row for row in own if row.severity == s] for s in ladder.severities[1:]}
        clean = estimate(clean_values_of(_once(own)), CONFIDENCE, display=True)
        yield DoseFinding(
            measure=name,
            label=label,
            family=own[0].family,
            severities=ladder.severities,
            points=(clean, *(mean_estimate(group, CONFIDENCE, display=True) for group in at.values())),
            fitted=tuple(float(value) for value in fitted),
            changes=(0.0, *(_change(records, label, severity) for severity in at)),
            breaking=breaking_point(ladder, level, higher_is_better=higher),
            stated=stated,
        )


def _level(name: str, gates: Sequence[GateReport], higher: bool) -> tuple[float | None, str]:
    """Return the level that a gate on the measure itself states, else the default."""
    for gate in gates:
        mark, _, number = gate.threshold.partition(" ")
        if gate.measure == name and (mark == "≥") == higher:
            return float(number), f"the gate's {gate.threshold}"
    return None, f"{KEPT_SHARE:.0%} of the clean value" if higher else "a tenth of what is clean lost"


def _change(records: Sequence[CaseRecord], label: str, severity: float) -> float | None:
    known = [
        record.change
        for record in records
        if record.condition == label and record.severity == severity and record.change is not None
    ]
    return sum(known) / len(known) if known else None


def _once(rows: Sequence[Row]) -> list[Row]:
    """Return one row per question and replicate: its clean twin is one value, however many severities share it."""
    return list({(row.item, row.replicate): row for row in rows}.values())


def _calibration(records: Sequence[CaseRecord]) -> Iterator[CalibrationFinding]:
    kept = [r for r in records if r.confidence is not None and r.clean_confidence is not None and r.family != "clean"]
    judge = next((name for name in JUDGES if kept and name in kept[0].scores), "")
    groups: dict[tuple[str, float], list[CaseRecord]] = {}
    for record in kept if judge else ():
        groups.setdefault((record.condition, record.severity), []).append(record)
    for (label, severity), group in groups.items():
        scored = [r for r in group if r.scores[judge][0] is not None and r.clean[judge][0] is not None]
        clean = [_answered(r.clean_confidence, r.clean[judge][0]) for r in scored]
        perturbed = [_answered(r.confidence, r.scores[judge][0]) for r in scored]
        threshold = threshold_at(clean)
        yield CalibrationFinding(
            label=label,
            severity=severity,
            judged_by=judge,
            threshold=threshold,
            clean=selective(clean, threshold),
            perturbed=selective(perturbed, threshold),
        )


def _answered(confidence: float | None, value: float | None) -> Answered:
    return (confidence or 0.0), value == 1


def _flaky(name: str, rows: Sequence[Row]) -> Iterator[FlakyFinding]:
    if not any(row.replicate for row in rows):
        return
    parts = components(rows)
    if parts is not None:
        yield FlakyFinding(
            measure=name,
            between=parts.between,
            within=parts.within,
            reliability=parts.reliability,
            replicates=parts.replicates,
            cases=parts.cases,
            unstable=parts.unstable,
        )


def _by_condition(rows: Iterable[Row]) -> dict[tuple[str, float, str], list[Row]]:
    groups: dict[tuple[str, float, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.condition, row.severity, row.family), []).append(row)
    return groups
