"""Findings of a scenario: what its rows say beyond means and gates, and how a terminal tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from unit.report.test_baseline import case, gate, scenario

from robustcore.report.find import adjusted, findings
from robustcore.report.findings import Findings
from robustcore.report.findings_terminal import finding_lines
from robustcore.report.json_form import from_json, to_json
from robustcore.report.types import COUNTED, CaseRecord, MeasureReport, Report

NONE = dict.fromkeys(COUNTED, 0)
MEASURES = {"m": MeasureReport(status="OURS", higher_is_better=True, binary=True)}


def of(cases: list[CaseRecord], *gates: Any, **grades: float) -> Findings:
    return findings(cases, MEASURES, gates, grades)


def test_a_union_names_the_family_that_costs_most() -> None:
    cases = [case(f"q{i}", float(i >= 6), condition="a") for i in range(30)]
    cases += [case(f"q{i}", float(i >= 2), condition="b") for i in range(30)]
    (union,) = of(cases).unions
    assert union.estimate.value == pytest.approx(0.8)
    assert union.marginal == pytest.approx({"clean": 0.0, "a": 4 / 30, "b": 0.0})
    assert next(finding_lines(of(cases))).endswith("each alone costs: a 0.13")


def test_the_worst_questions_are_told() -> None:
    cases = [case(f"q{i}", float(i > 0 or c != "a"), condition=c) for i in range(10) for c in "ab"]
    (risk,) = of(cases).risks
    assert (risk.cvar, risk.questions) == (0.5, 10)
    assert risk.worst_case.value == pytest.approx(0.9)


def test_effects_have_grades_by_the_thresholds_of_the_scenario() -> None:
    cases = [case(f"q{i}", float(i >= 4), condition="a") for i in range(40)]
    (effect,) = of(cases).effects
    assert effect.signed.value == pytest.approx(-0.1)
    assert (effect.grade, effect.down) == ("C", 4)
    (own,) = of(cases, A=0.5).effects
    assert own.grade == "A"


def test_what_could_not_get_worse_has_no_grade() -> None:
    cases = [case(f"q{i}", 0.0, clean=float(i == 0), condition="a") for i in range(40)]
    made = replace(scenario(*cases), name="x", measures=MEASURES, findings=of(cases))
    found = adjusted(report_of(made)).scenarios[0].findings
    assert [(effect.grade, effect.down) for effect in found.effects] == [("", 1)]
    assert found.ratings[0].grade == ""
    assert not [line for line in finding_lines(found) if "grade" in line]


def test_holm_spans_all_effects_of_the_report_and_the_rating_follows() -> None:
    one = scenario(*(case(f"q{i}", float(i >= 8), condition="a") for i in range(40)))
    two = scenario(*(case(f"q{i}", 1.0, condition=c) for i in range(40) for c in "bcd"))
    made = [replace(s, name=n, measures=MEASURES, findings=of(list(s.cases))) for n, s in (("x", one), ("y", two))]
    report = adjusted(report_of(*made))
    (effect,) = report.scenarios[0].findings.effects
    assert effect.p == pytest.approx(2 / 2**8)
    assert effect.adjusted == pytest.approx(4 * 2 / 2**8)
    assert report.scenarios[0].findings.ratings[0].rejections == (1, 1, 1)
    assert report.scenarios[1].findings.ratings[0].wrs == 0.0


def test_a_ladder_breaks_at_the_level_of_its_gate() -> None:
    severities = {0.25: 1.0, 0.5: 0.8, 1.0: 0.4}
    cases = [
        replace(case(f"q{i}", float(i < 50 * share), condition="a"), severity=s, id=f"a-s{s}-q{i}", change=s / 10)
        for s, share in severities.items()
        for i in range(50)
    ]
    (dose,) = of(cases, replace(gate("m"), threshold="≥ 0.6")).doses
    assert dose.severities == (0.0, 0.25, 0.5, 1.0)
    assert dose.breaking.value == pytest.approx(0.75)
    assert dose.changes == pytest.approx((0.0, 0.025, 0.05, 0.1))
    assert [point.value for point in dose.points] == pytest.approx([1.0, 1.0, 0.8, 0.4])
    assert "m under a falls below 0.60 (the gate's ≥ 0.6): at severity 0.75 [" in "\n".join(
        finding_lines(of(cases, replace(gate("m"), threshold="≥ 0.6")))
    )
    (other,) = of(cases).doses
    assert (other.breaking.level, other.stated) == (0.9, "90% of the clean value")


def test_confidence_is_compared_where_the_system_tells_it() -> None:
    cases = [
        replace(
            case(f"q{i}", float(i >= 10), condition="a"),
            scores={"passes": (float(i >= 10), "")},
            clean={"passes": (1.0, "")},
            confidence=0.9,
            clean_confidence=0.9,
        )
        for i in range(20)
    ]
    (found,) = findings(cases, {"passes": MEASURES["m"]}).calibration
    assert (found.clean.accuracy, found.perturbed.accuracy) == (1.0, 0.5)
    assert found.perturbed.ece == pytest.approx(0.4)
    assert not findings([replace(c, confidence=None) for c in cases], {"passes": MEASURES["m"]}).calibration


def test_replicates_that_differ_are_told() -> None:
    cases = [
        replace(case(f"q{i}", float(i % 3 > 0 or r)), replicate=r, id=f"{i}-{r}") for i in range(30) for r in (0, 1)
    ]
    (flaky,) = of(cases).flaky
    assert flaky.cases == 30
    assert flaky.unstable == pytest.approx(1 / 3)


def test_findings_survive_the_json_form() -> None:
    cases = [
        replace(case(f"q{i}", float(i % 2), condition=c), severity=s)
        for i in range(30)
        for c in "ab"
        for s in (0.3, 0.6, 1)
    ]
    made = replace(scenario(*cases), measures=MEASURES, findings=of(cases))
    report = report_of(made)
    assert from_json(to_json(report)) == report


def report_of(*scenarios: Any) -> Report:
    return Report(
        created="",
        versions={},
        run="",
        resumed=False,
        calls=dict.fromkeys(COUNTED, 0),
        notes=(),
        scenarios=tuple(scenarios),
    )
