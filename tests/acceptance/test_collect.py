"""Scenario files as modules of real functions: what pytest knows of them."""

from __future__ import annotations

import inspect

import pytest
from acceptance.conftest import EACH, GATE, App


def test_the_one_private_point_of_pytest_that_is_overridden_still_exists() -> None:
    assert "_getobj" in vars(pytest.Module)
    getter = pytest.Module.obj.fget  # type: ignore[attr-defined]  # a property of pytest's
    assert "self._getobj" in inspect.getsource(getter)


def test_ids_are_readable_and_stable(app: App) -> None:
    app.scenario("noisy-context", body=GATE)
    lines = [line for line in app.run("--collect-only", "-q").outlines if "::" in line]
    assert lines[0] == "noisy-context.robust.yaml::noisy_context[casing-s1-q1]"
    assert lines[-1].startswith("noisy-context.robust.yaml::noisy_context_gate[answer_correct")


def test_locations_point_into_the_yaml(app: App) -> None:
    path = app.scenario(body=EACH)
    path.write_text("# a comment\n\n" + path.read_text())
    result = app.run("--junitxml=junit.xml", "-o", "junit_family=xunit1")
    result.assert_outcomes(failed=5)
    assert 'file="upper.robust.yaml" line="2"' in (app.path / "junit.xml").read_text()


def test_one_file_may_hold_several_scenarios(app: App) -> None:
    first = app.scenario("first", system="sturdy", body=EACH)
    second = app.scenario("second", system="sturdy", body=EACH)
    first.write_text(first.read_text() + "---\n" + second.read_text())
    second.unlink()
    app.run().assert_outcomes(passed=10)


def test_hand_written_tests_run_beside_scenarios(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    app.pytester.makepyfile(test_plain="def test_it(): pass")
    app.run().assert_outcomes(passed=6)


def test_a_group_scenario_is_one_item_per_condition(app: App) -> None:
    app.scenario(body="items: group\n" + GATE)
    result = app.run()
    result.assert_outcomes(xfailed=1, failed=1)
    result.stdout.fnmatch_lines(["*5 tolerated*"])
    assert len(app.calls) == 10


def test_a_group_with_an_expectation_fails_with_its_first_cases(app: App) -> None:
    app.scenario(body="items: group\n" + EACH)
    result = app.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*casing-s1-q1: answer_correct is 0*"])


def test_the_command_line_may_group_items(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    app.run("--robust-items=group").assert_outcomes(passed=1)


def test_failure_text_holds_what_a_person_needs(app: App) -> None:
    app.scenario(body="claim: Casing does not matter.\n" + EACH)
    result = app.run("-k", "q2")
    result.stdout.fnmatch_lines(
        [
            "*claim*Casing does not matter.*",
            "*question*Which digit is pear please*",
            "*perturbed*WHICH DIGIT IS PEAR PLEASE*",
            "*expected*2*",
            "*clean*2*",
            "*reply now*I do not know.*",
            "*measure*answer_correct: 1 → 0*",
            "*run again*pytest --robust 'upper.robust.yaml::upper?casing-s1-q2?'*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_where_there_is_nothing_to_run_the_next_step_is_told(app: App) -> None:
    result = app.run()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["robust: no ?.robust.yaml was found here. `pytest-robust new` writes a first one;*"])


def test_deselecting_everything_is_no_missing_file(app: App) -> None:
    app.scenario(body=GATE)
    result = app.run("-k", "nothing_like_this")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.no_fnmatch_line("*was found here*")
