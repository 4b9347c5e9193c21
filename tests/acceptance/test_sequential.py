"""``--robust-sequential``: clear systems are decided early, and what was not asked says so."""

from __future__ import annotations

import json

from acceptance.conftest import App
from acceptance.test_baseline import many


def scenario(app: App, name: str = "upper", *, perturb: str = "", by: str = "") -> None:
    body = f"expect: [{{group: {{measure: answer_correct, at-least: 0.8{by}}}}}]\n"
    path = app.scenario(name, body=body, perturb=perturb)
    path.write_text(path.read_text().replace("axis: none", "axis: query"))


def test_a_good_system_is_passed_early_and_saves_calls(app: App) -> None:
    many(app, 200)
    scenario(app)
    result = app.run("--robust-sequential", "--robust-system=sturdy", "--robust-report=out.json")
    asked = len(app.calls)
    assert asked <= 2 * 200 * 0.3
    result.assert_outcomes(passed=asked // 2 + 1, skipped=200 - asked // 2)
    assert f"its gates were decided after {asked // 2} of 200 questions" in result.stdout.str()
    (gate,) = json.loads((app.path / "out.json").read_text())["scenarios"][0]["gates"]
    assert (gate["status"], gate["asked"]) == ("passed", [asked // 2, 200])


def test_a_bad_system_is_failed_early(app: App) -> None:
    many(app, 200)
    scenario(app)
    app.run("--robust-sequential").assert_outcomes(failed=1, xfailed=16, skipped=184)
    assert len(app.calls) == 32


def test_each_cell_stops_by_itself(app: App) -> None:
    many(app, 60)
    perturb = "  [{question.casing: {mode: upper}}, {question.casing: {mode: lower}}]"
    scenario(app, perturb=perturb, by=", by: [perturbation]")
    result = app.run("--robust-sequential")
    result.assert_outcomes(failed=1, passed=25, xfailed=16, skipped=80)
    assert len(app.calls) == 24 + 16 + 24


def test_the_order_of_questions_does_not_matter(app: App) -> None:
    many(app, 100)
    scenario(app)
    app.run("--robust-sequential", "--robust-ledger=none")
    first = sorted(app.calls)
    app.forget_calls()
    lines = (app.path / "questions.jsonl").read_text().splitlines()
    (app.path / "questions.jsonl").write_text("\n".join(reversed(lines)) + "\n")
    app.run("--robust-sequential", "--robust-ledger=none")
    assert sorted(app.calls) == first


def test_conditions_without_a_gate_and_lists_without_a_plan_run_in_full(app: App) -> None:
    many(app, 40)
    app.scenario(body="expect: [{group: {measure: answer_correct, at-least: 0.8}}]\n")  # axis: none
    app.run("--robust-sequential")
    assert len(app.calls) == 80


def test_workers_are_refused(app: App) -> None:
    scenario(app)
    result = app.run_apart("--robust-sequential", "-n2")
    assert "run it without -n" in result.stderr.str()
    assert not app.calls


def test_an_undecided_gate_does_what_the_option_says(app: App) -> None:
    many(app, 8)
    scenario(app)
    app.run("--robust-system=sturdy").assert_outcomes(passed=8, failed=1)
    app.run("--robust-system=sturdy", "--robust-inconclusive=warn").assert_outcomes(passed=8, xfailed=1)
