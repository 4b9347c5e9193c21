"""Command line and hooks: systems, data, sample, plan, report, the fixture."""

from __future__ import annotations

import json

import pytest
from acceptance.conftest import EACH, GATE, App


def test_the_system_of_the_command_line_wins(app: App) -> None:
    app.scenario(system="answer", body=EACH)
    app.run("--robust-system=sturdy").assert_outcomes(passed=5)


def test_a_system_may_be_an_import_path(app: App) -> None:
    app.scenario(system="'toy:sturdy'", body=EACH)
    app.run().assert_outcomes(passed=5)


def test_the_ini_names_the_system_for_scenarios_that_name_none(app: App) -> None:
    path = app.scenario(body=EACH)
    path.write_text(path.read_text().replace("system: answer\n", ""))
    app.pytester.makeini("[pytest]\nrobust_system = sturdy\n")
    app.run().assert_outcomes(passed=5)


def test_data_of_the_command_line_replaces_the_scenarios_own(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    folder = app.path / "other"
    folder.mkdir()
    (folder / "docs.jsonl").write_text('{"id": "d", "text": "apple is 1"}\n')
    (folder / "questions.jsonl").write_text('{"id": "x1", "question": "what is apple", "answers": ["1"]}\n')
    result = app.run("--robust-data=other")
    result.assert_outcomes(passed=1)
    assert app.calls == ["what is apple", "WHAT IS APPLE"] or sorted(app.calls) == ["WHAT IS APPLE", "what is apple"]


def test_a_sample_is_seeded(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    app.run("--robust-sample=2").assert_outcomes(passed=2)
    first = sorted(app.calls)
    app.forget_calls()
    app.run("--robust-sample=2")
    assert sorted(app.calls) == first


def test_the_plan_is_printed_and_nothing_is_asked(app: App) -> None:
    app.scenario(system="sturdy", body=GATE)
    result = app.run("--robust-plan")
    result.stdout.fnmatch_lines(["*robustness plan*", "6 items, 10 cases*", "*10 unique calls, 0 in the ledger*"])
    assert app.calls == []
    assert result.ret == 0


def test_the_plan_tells_a_gate_that_cannot_pass(app: App) -> None:
    path = app.scenario(system="sturdy", body=GATE)
    path.write_text(path.read_text().replace("axis: none\n", ""))
    app.run("--robust-plan").stdout.fnmatch_lines(["*gate_unreachable*29 needed, 5 planned*"])


def test_the_report_holds_what_the_summary_says(app: App) -> None:
    app.scenario(body=GATE)
    app.run("--robust-report=out/report.json")
    report = json.loads((app.path / "out/report.json").read_text())
    assert (report["schema"], report["version"]) == ("pytest-robust/report", 1)
    (scenario,) = report["scenarios"]
    assert [gate["status"] for gate in scenario["gates"]] == ["failed"]
    (condition,) = scenario["conditions"]
    assert condition["outcomes"] == {"tolerated": 5}
    cell = next(cell for cell in condition["measures"] if cell["measure"] == "answer_correct")
    assert (cell["clean"]["value"], cell["perturbed"]["value"], cell["drop"]["value"]) == (1, 0, 1)
    assert len(scenario["cases"]) == 5
    assert scenario["cases"][0]["texts"]["perturbed"] == "WHICH DIGIT IS APPLE PLEASE"


def test_a_report_that_cannot_be_written_does_not_lose_the_run(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    (app.path / "file").write_text("")
    result = app.run("--robust-report=file/report.json")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["*report could not be written*"])


def test_the_fixture_asks_and_scores_in_a_hand_written_test(app: App) -> None:
    app.pytester.makepyfile(
        test_hand="""
        import toy

        def test_casing(robust):
            shouted = {"question.casing": {"mode": "upper"}}
            trial = robust.ask("Which digit is pear please", system="sturdy", perturb=shouted)
            assert trial.question == "WHICH DIGIT IS PEAR PLEASE"
            assert trial.answer.text == "2"

        def test_score(robust):
            score = robust.score("answer_correct", "Which digit is pear please", system=toy.answer, answers=("2",))
            assert score.value == 1
            shouted = robust.score(
                "answer_correct", "Which digit is pear please", system=toy.answer, answers=("2",),
                perturb={"question.casing": {"mode": "upper"}},
            )
            assert shouted.value == 0
        """
    )
    app.run().assert_outcomes(passed=2)


def test_the_fixture_reads_a_perturbation_as_yaml_has_it_and_says_what_cannot_be(app: App) -> None:
    """The README wrote ``perturb={"question.casing": "upper"}``, which was refused."""
    app.pytester.makepyfile(
        test_hand="""
        import pytest
        from robustcore.errors import InputError

        ASKED = "Which digit is pear please"

        @pytest.mark.parametrize("perturb", [
            {"question.casing": "upper"}, {"question.casing": {"mode": "upper"}},
            {"question.casing": "upper", "severity": 1},
            {"chain": [{"question.casing": "upper"}, "question.punctuation"]},
        ])
        def test_spellings(robust, perturb):
            trial = robust.ask(ASKED, system="sturdy", perturb=perturb, answers=["2"])
            assert trial.question.startswith("WHICH DIGIT IS PEAR PLEASE")
            assert trial.case.example.answers == ("2",)

        @pytest.mark.parametrize(("asked", "said"), [
            ({"perturb": {"question.caseing": "upper"}}, "did you mean 'question.casing'"),
            ({"perturb": {"question.casing": "loud"}}, "mode"),
            ({"perturb": {"question.casing": "upper", "severity": [0.5, 1]}}, "one severity, not at 0.5, 1"),
            ({"perturb": {"question.casing": len}}, "nothing that YAML can say"),
            ({"answer": "2"}, "a question has no 'answer'"),
            ({"answers": "2"}, "'answers' must be a list of texts"),
            ({"system": "sturdi"}, "did you mean 'sturdy'"),
        ])
        def test_what_cannot_be(robust, asked, said):
            with pytest.raises(InputError, match=said) as caught:
                robust.ask(ASKED, **{"system": "sturdy", **asked})
            assert all(problem.where is None for problem in caught.value.problems)

        def test_the_traceback_ends_in_the_test(robust):
            robust.score("answer_corect", ASKED, system="sturdy")
        """
    )
    result = app.run()
    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines([">*robust.score*", "E *unknown measure 'answer_corect'*"])
    assert "fixtures.py" not in result.stdout.str()


def test_the_fixture_is_skipped_without_robust(app: App) -> None:
    app.pytester.makepyfile(test_hand="def test_it(robust): raise AssertionError")
    app.pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(skipped=1)


def test_help_lists_the_options(app: App) -> None:
    result = app.pytester.runpytest_subprocess("--help")
    result.stdout.fnmatch_lines(["*--robust-pack=NAME*", "*--robust-plan*"])


def test_a_path_far_away_must_not_move_the_root_folder(app: App, tmp_path_factory: pytest.TempPathFactory) -> None:
    far = tmp_path_factory.mktemp("far") / "questions.jsonl"
    far.write_text((app.path / "questions.jsonl").read_text(encoding="utf-8"), encoding="utf-8")
    (app.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    app.scenario(system="sturdy", body=EACH)
    result = app.run_apart("--robust-data", str(far))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: pytest took the value of --robust-data for * Write --robust-data={far}"])
    assert "took the value" not in app.run_apart(f"--robust-data={far}").stderr.str()
