"""A run against an earlier one: only a regression or a broken gate fails it, and every case says what became of it."""

from __future__ import annotations

import json

import pytest
from acceptance.conftest import EACH, App

from robustcore.cli import main

WORDS = ("apple", "pear", "plum", "grape", "lemon")
LOW_GATE = "expect: [{group: {measure: answer_correct, at-least: 0.0}}]\n"


def many(app: App, number: int = 40) -> None:
    questions = [
        {"id": f"q{i:03}", "question": f"Number {i}: which digit is {WORDS[i % 5]} please", "answers": [str(i % 5 + 1)]}
        for i in range(number)
    ]
    app.jsonl("questions.jsonl", questions)


def accept(app: App, system: str) -> None:
    """Run ``system`` and accept what comes out."""
    app.run("--robust-report=first.json", f"--robust-system={system}", "--robust-ledger=none")
    assert main(["baseline", str(app.path / "first.json"), "-o", str(app.path / "base.json")]) == 0


def against(app: App, system: str, *more: str) -> pytest.RunResult:
    options = ("--robust-baseline=base.json", "--robust-report=now.json", "--robust-ledger=none")
    return app.run(*options, f"--robust-system={system}", *more)


def test_a_system_that_is_as_bad_as_before_passes_where_its_cases_fail(app: App) -> None:
    many(app)
    app.scenario(body=EACH)
    accept(app, "answer")
    against(app, "answer").assert_outcomes(xfailed=40, passed=1)
    report = json.loads((app.path / "now.json").read_text())
    cases = report["baseline"]["cases"]["upper"]
    assert (len(cases["still_failing"]), cases["broken"], cases["fixed"]) == (40, [], [])


def test_a_regression_fails_the_run_and_names_what_broke(app: App) -> None:
    many(app)
    app.scenario(body=LOW_GATE)
    accept(app, "sturdy")
    result = against(app, "answer")
    result.assert_outcomes(xfailed=40, passed=1, failed=1)
    text = result.stdout.str()
    assert "upper_baseline[answer_correct]" in text
    assert "1.000 → 0.000 on 40 cases of both runs (40 worse, 0 better; p 9.09e-13" in text
    assert "broken      casing-s1-q000" in text
    assert "--robust-baseline=base.json" in text  # the command that runs it again


def test_a_fall_that_chance_explains_does_not_fail_the_run(app: App) -> None:
    many(app, 4)
    app.scenario(body=EACH)
    accept(app, "sturdy")
    against(app, "answer").assert_outcomes(xfailed=4, passed=1)  # p is 1/16


def test_a_broken_absolute_gate_fails_whatever_the_baseline_says(app: App) -> None:
    many(app)
    app.scenario(body="expect: [{group: {measure: answer_correct, at-least: 0.9}}]\n")
    accept(app, "answer")
    against(app, "answer").assert_outcomes(xfailed=40, passed=1, failed=1)


def test_an_open_gate_is_left_to_the_comparison(app: App) -> None:
    many(app, 10)
    path = app.scenario(body="expect: [{group: {measure: answer_correct, at-least: 0.9}}]\n")
    path.write_text(path.read_text().replace("axis: none", "axis: query"))
    accept(app, "sturdy")
    app.run("--robust-system=sturdy", "--robust-ledger=none").assert_outcomes(failed=1, passed=10)
    against(app, "sturdy").assert_outcomes(xfailed=1, passed=11)


def test_new_cases_are_new_and_gone_ones_are_gone(app: App) -> None:
    many(app, 10)
    app.scenario(body=EACH)
    accept(app, "answer")
    many(app, 12)
    app.jsonl(
        "questions.jsonl", [json.loads(line) for line in (app.path / "questions.jsonl").read_text().splitlines()][2:]
    )
    result = against(app, "answer")
    result.assert_outcomes(xfailed=10, passed=1)
    assert "new: answer_correct is 0" in result.stdout.str()
    cases = json.loads((app.path / "now.json").read_text())["baseline"]["cases"]["upper"]
    assert cases["new_failing"] == ["casing-s1-q010", "casing-s1-q011"]
    assert cases["gone"] == ["casing-s1-q000", "casing-s1-q001"]


def test_a_new_scenario_is_skipped_by_the_comparison(app: App) -> None:
    app.scenario(body=EACH)
    accept(app, "sturdy")
    app.scenario("lower", body=EACH, perturb="  - question.casing: {mode: lower}")
    result = against(app, "sturdy", "-k", "baseline")
    result.assert_outcomes(passed=1, skipped=1)
    assert "no case of it is in the baseline" in result.stdout.str()


def test_a_baseline_that_is_not_there_is_refused_with_the_command_that_makes_one(app: App) -> None:
    app.scenario(body=EACH)
    result = against(app, "sturdy")
    assert "pytest-robust baseline REPORT.json --output" in result.stderr.str()
    assert not app.calls


def test_workers_compare_too(app: App) -> None:
    many(app)
    app.scenario(body=EACH)
    accept(app, "sturdy")
    options = ("--robust-baseline=base.json", "--robust-report=now.json", "--robust-ledger=none")
    result = app.run_apart(*options, "--robust-system=toy:answer", "-n2")
    result.assert_outcomes(xfailed=40, failed=1)
    report = json.loads((app.path / "now.json").read_text())["baseline"]
    assert [one["status"] for one in report["comparisons"]] == ["regressed"]
    assert len(report["cases"]["upper"]["broken"]) == 40


def test_compare_prints_the_same_and_its_status_says_whether_it_is_worse(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    many(app)
    app.scenario(body=EACH)
    accept(app, "sturdy")
    result = against(app, "answer")
    capsys.readouterr()
    base, now = str(app.path / "base.json"), str(app.path / "now.json")
    assert main(["compare", base, now]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert set(lines[1:]) <= set(result.stdout.lines) | set(lines[:1])
    assert main(["compare", now, base]) == 0
    assert "better than the baseline" in " ".join(capsys.readouterr().out.split())
    assert main(["compare", "--json", base, now]) == 1
    assert json.loads(capsys.readouterr().out)["comparisons"][0]["down"] == 40
