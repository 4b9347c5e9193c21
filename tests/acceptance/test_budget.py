"""``--robust-budget``: a random slice feeds rates and gates, a hunted one the list of failures; never mixed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from acceptance.conftest import App
from acceptance.test_baseline import many

from robustcore.cli import main

HARD = '''
import re

def answer(question):
    """Of two questions one is brittle, in capitals only."""
    number = int(re.search(r"\\d+", question)[0])
    digits = {"apple": "1", "pear": "2", "plum": "3", "grape": "4", "lemon": "5"}
    found = [digit for word, digit in digits.items() if word in question.lower()]
    return "I do not know." if question.isupper() and number % 2 else found[0]
'''
THREE = "  [{question.casing: {mode: upper}}, {question.casing: {mode: title}}, {question.casing: {mode: alternating}}]"


@pytest.fixture
def hard(app: App) -> App:
    """Sixty questions under three spellings: 240 trials, of which 30 cases break."""
    many(app, 60)
    (app.path / "hard.py").write_text(HARD)
    path = app.scenario(
        system="hard:answer",
        perturb=THREE,
        body="expect: [{group: {measure: answer_correct, at-least: 0.5, inconclusive: warn}}]\n",
    )
    path.write_text(path.read_text().replace("axis: none", "axis: query"))
    return app


def run(app: App, *more: str) -> dict[str, Any]:
    app.run("--robust-report=out.json", "--robust-ledger=none", *more)
    report: dict[str, Any] = json.loads((app.path / "out.json").read_text())
    return report


def slices(report: dict[str, Any]) -> tuple[set[str], set[str]]:
    cases = report["scenarios"][0]["cases"]
    return tuple({c["id"] for c in cases if c["slice"] == name} for name in ("random", "hunted"))  # type: ignore[return-value]


def test_the_budget_is_kept_in_trials_and_nothing_is_asked_twice(hard: App) -> None:
    (hard.path / "hard.py").write_text(
        HARD.replace("    number =", "    import toy; toy.note(question)\n    number =", 1)
    )
    report = run(hard, "--robust-budget=25%")
    budget = report["budget"]
    assert (budget["budget"], budget["total"]) == (60, 240)
    assert 58 <= budget["random"] + budget["hunted"] <= 60
    assert len(hard.calls) == len(set(hard.calls)) == budget["random"] + budget["hunted"]


def test_a_clean_condition_is_counted_once(hard: App) -> None:
    path = hard.path / "upper.robust.yaml"
    path.write_text(
        path.read_text().replace("[{question.casing: {mode: upper}}", "[clean, {question.casing: {mode: upper}}")
    )
    report = run(hard, "--robust-budget=25%")
    budget = report["budget"]
    assert budget["total"] == 240
    assert report["calls"]["sent"] == budget["random"] + budget["hunted"] <= 60
    clean = [case for case in report["scenarios"][0]["cases"] if case["family"] == "clean"]
    assert {case["slice"] for case in clean} == {"random", "hunted"}
    assert not any(case["chance"] for case in clean)


def test_rates_and_gates_rest_on_the_random_slice_alone(hard: App) -> None:
    report = run(hard, "--robust-budget=30%")
    drawn, hunted = slices(report)
    assert drawn
    assert hunted
    scenario = report["scenarios"][0]
    questions = {case_id.rsplit("-", 1)[1] for case_id in drawn}
    (gate,) = scenario["gates"]
    assert (gate["estimate"]["n"], gate["estimate"]["clusters"]) == (len(drawn), len(questions)) == (3 * 5, 5)
    assert sum(c["measures"][0]["perturbed"]["n"] for c in scenario["conditions"]) == len(drawn)
    assert questions.isdisjoint(case_id.rsplit("-", 1)[1] for case_id in hunted)
    assert all(case["chance"] for case in scenario["cases"] if case["slice"] == "hunted")


def test_the_same_seed_draws_the_same_slice_whatever_the_order_the_ids_and_the_items(hard: App) -> None:
    def asked(report: dict[str, Any]) -> set[str]:
        return {c["texts"]["question"] for c in report["scenarios"][0]["cases"] if c["slice"] == "random"}

    first = asked(run(hard, "--robust-budget=25%", "--robust-seed=3"))
    path = hard.path / "questions.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    random.Random(1).shuffle(rows)
    hard.jsonl("questions.jsonl", [{**row, "id": f"renamed-{i}"} for i, row in enumerate(rows)])
    assert asked(run(hard, "--robust-budget=25%", "--robust-seed=3")) == first
    assert (
        asked(run(hard, "--robust-budget=25%", "--robust-seed=3", "--robust-items=case", "-p", "no:cacheprovider"))
        == first
    )
    assert asked(run(hard, "--robust-budget=25%", "--robust-seed=4")) != first


def test_the_hunt_finds_more_than_chance(hard: App) -> None:
    found = 0
    for seed in range(3):
        budget = run(hard, "--robust-budget=40%", f"--robust-seed={seed}")["budget"]
        found += budget["found_random"] + budget["found_hunted"]
    assert found >= 1.2 * 3 * 0.4 * 30  # a case of a new question costs two trials, so that 1.6 is the most there is


def test_an_earlier_run_warms_the_hunt_up(hard: App) -> None:
    run(hard)
    assert main(["baseline", str(hard.path / "out.json"), "-o", str(hard.path / "base.json")]) == 0
    cold = run(hard, "--robust-budget=30%")["budget"]
    warm = run(hard, "--robust-budget=30%", "--robust-baseline=base.json")["budget"]
    assert (cold["warm"], warm["warm"]) == (0, 60)
    assert warm["found_hunted"] > cold["found_hunted"]


def test_what_was_not_asked_says_so(hard: App) -> None:
    result = hard.run("--robust-budget=20", "--robust-ledger=none")
    assert "not asked: outside the budget of 20 of 240 trials" in result.stdout.str()
    assert "rates and gates rest on 2 questions drawn at random alone" in result.stdout.str()
    assert result.parseoutcomes()["skipped"] >= 160


def test_where_nothing_can_break_the_summary_says_so(hard: App) -> None:
    assert run(hard, "--robust-budget=40")["budget"]["breakable"] > 0
    (hard.path / "hard.py").write_text("def answer(question):\n    return 'I do not know.'\n")
    result = hard.run("--robust-budget=40", "--robust-ledger=none")
    result.stdout.fnmatch_lines(["*broke under stress: 0 of *", "*none of them could break: no clean question passes*"])


def test_a_budget_for_everything_is_everything(hard: App) -> None:
    report = run(hard, "--robust-budget=1000")
    drawn, hunted = slices(report)
    assert len(drawn | hunted) == 180


@pytest.mark.parametrize("text", ["0", "-3", "x", "0%", "101%", "12.5", "1e3"])
def test_a_budget_that_is_none_is_refused(app: App, text: str) -> None:
    app.scenario()
    result = app.run(f"--robust-budget={text}")
    assert "neither a number of trials nor a share like 25%" in result.stderr.str()


def test_what_does_not_go_together_is_refused(app: App, tmp_path: Path) -> None:
    del tmp_path
    app.scenario()
    assert "run it without --robust-sequential" in app.run("--robust-budget=9", "--robust-sequential").stderr.str()


@pytest.mark.parametrize("workers", [["-n", "2"], ["--dist=load", "--tx=2*popen"]], ids=["n", "tx"])
@pytest.mark.parametrize(
    ("option", "why"),
    [("--robust-budget=9", "chooses by all results so far"), ("--robust-sequential", "looks at all results")],
    ids=["budget", "sequential"],
)
def test_workers_are_refused_where_all_results_have_to_be_seen(
    app: App, workers: list[str], option: str, why: str
) -> None:
    app.scenario()
    result = app.run(option, "-p", "xdist", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"{option.partition('=')[0]} {why}" in result.stderr.str()
    assert result.stderr.str().rstrip().endswith("run it without -n")
