"""Under -x and --maxfail few calls are wasted; without them the whole plan runs before the first test."""

from __future__ import annotations

from acceptance.conftest import EACH, App


def many(app: App, number: int) -> None:
    words = ["apple", "pear", "plum", "grape", "lemon"]
    questions = [
        {"id": f"q{i:03}", "question": f"Number {i}: which digit is {words[i % 5]} please", "answers": [str(i % 5 + 1)]}
        for i in range(number)
    ]
    app.jsonl("questions.jsonl", questions)


def test_x_saves_calls(app: App) -> None:
    many(app, 200)
    app.scenario(body=EACH)
    app.run("-x").assert_outcomes(failed=1)
    assert len(app.calls) == 64


def test_maxfail_saves_calls(app: App) -> None:
    many(app, 200)
    app.scenario(body=EACH)
    app.run("--maxfail=33").assert_outcomes(failed=33)
    assert len(app.calls) == 128


def test_without_x_the_whole_plan_runs_first(app: App) -> None:
    many(app, 200)
    app.scenario(body=EACH)
    app.run("--setup-show", "-q")
    assert len(app.calls) == 400
