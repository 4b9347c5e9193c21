"""-k, -m, a single id, --lf, --collect-only: only what was selected costs calls."""

from __future__ import annotations

from acceptance.conftest import EACH, GATE, App


def test_everything_sends_each_question_once_clean_and_once_perturbed(app: App) -> None:
    app.scenario(body=EACH)
    app.run()
    assert len(app.calls) == len(set(app.calls)) == 10


def test_k_runs_only_what_it_names(app: App) -> None:
    app.scenario(body=EACH)
    app.run("-k", "q2").assert_outcomes(failed=1, deselected=4)
    assert sorted(app.calls) == ["WHICH DIGIT IS PEAR PLEASE", "Which digit is pear please"]


def test_a_single_id_runs_alone(app: App) -> None:
    app.scenario(body=EACH)
    app.run("upper.robust.yaml::upper[casing-mode=upper-s1-q3]") if _id(app) is None else app.run(_id(app) or "")
    assert len(app.calls) == 2


def _id(app: App) -> str | None:
    lines = app.run("--collect-only", "-q").outlines
    return next((line for line in lines if line.endswith("q3]")), None)


def test_tags_are_marks(app: App) -> None:
    app.scenario("tagged", system="sturdy", body="tags: [nightly]\n" + EACH)
    app.scenario("plain", system="sturdy", body=EACH)
    app.run("-m", "nightly", "--strict-markers").assert_outcomes(passed=5, deselected=5)


def test_a_gate_alone_runs_the_cases_it_needs(app: App) -> None:
    app.scenario(system="sturdy", body=GATE)
    app.run("-k", "gate").assert_outcomes(passed=1, deselected=5)
    assert len(app.calls) == 10


def test_deselected_gates_cost_nothing(app: App) -> None:
    app.scenario(system="sturdy", body=GATE)
    app.run("-k", "not gate and q1").assert_outcomes(passed=1, deselected=5)
    assert len(app.calls) == 2


def test_last_failed_finds_its_items_again(app: App) -> None:
    app.scenario(body=EACH)
    app.scenario("fine", system="sturdy", body=EACH)
    app.run()
    app.forget_calls()
    app.run("--lf").assert_outcomes(failed=5)
    assert len(app.calls) == 10


def test_collect_only_asks_nothing_and_writes_nothing(app: App) -> None:
    app.scenario(body=GATE)
    result = app.run("--collect-only", "-q")
    assert result.ret == 0
    assert sum("::" in line for line in result.outlines) == 6
    assert app.calls == []
    assert not (app.path / ".robust").exists()


def test_without_robust_scenarios_are_not_collected(app: App) -> None:
    app.scenario(body=EACH)
    app.pytester.makepyfile(test_plain="def test_it(): pass")
    app.pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=1)
    assert app.calls == []
