"""Bad files are collection errors with file, line, choices and the fix, all of a file at once; nothing is asked."""

from __future__ import annotations

import pytest
from acceptance.conftest import EACH, GATE, App


def test_every_problem_of_a_file_is_told_with_its_place(app: App) -> None:
    path = app.scenario(body=EACH)
    text = path.read_text().replace("question.casing", "question.casign").replace("answer_correct]", "answer_corect]")
    path.write_text(text)
    result = app.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*upper.robust.yaml:7:5: unknown perturbation 'question.casign'*"])
    result.stdout.fnmatch_lines(["*did you mean 'question.casing'*"])
    result.stdout.fnmatch_lines(["*upper.robust.yaml:8:*answer_corect*"])
    assert app.calls == []


def test_an_unknown_key_is_told(app: App) -> None:
    app.scenario(body="measure: [x]\n")
    app.run().stdout.fnmatch_lines(["*upper.robust.yaml:9:*measure*", "*did you mean 'measures'*"])


def test_a_missing_data_file_is_told_at_the_line_that_names_it(app: App) -> None:
    app.scenario(body=EACH)
    (app.path / "questions.jsonl").unlink()
    app.run().stdout.fnmatch_lines(["*upper.robust.yaml:5:*questions.jsonl*"])


def test_bad_rows_of_the_data_are_told_at_their_lines(app: App) -> None:
    app.scenario(body=EACH)
    with (app.path / "questions.jsonl").open("a") as file:
        file.write('{"id": "q1", "question": "again?", "answers": ["1"]}\n{"id": "q8"\n')
    result = app.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*questions.jsonl:6*q1*"])
    result.stdout.fnmatch_lines(["*questions.jsonl:7*"])


def test_an_unknown_system_lists_the_choices(app: App) -> None:
    app.scenario(system="sturdyy", body=EACH)
    result = app.run_apart()
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["*no scenario can run*", "*upper.robust.yaml:3:*unknown system 'sturdyy'*", "*sturdy*"]
    )


def test_a_system_that_cannot_be_built_costs_only_its_own_scenarios(app: App) -> None:
    app.scenario("bad", system="sturdyy", body=EACH)
    app.scenario("good", system="sturdy", body=EACH)
    app.run().assert_outcomes(passed=5, errors=5)


def test_an_unknown_pack_is_a_usage_error(app: App) -> None:
    result = app.run("--robust-pack=quikstart")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*no pack is called 'quikstart'*quickstart*did you mean*"])


def test_good_files_still_run_beside_a_bad_one(app: App) -> None:
    app.scenario("good", system="sturdy", body=EACH)
    (app.path / "bad.robust.yaml").write_text("robust: [1\n")
    app.run("--continue-on-collection-errors").assert_outcomes(passed=5, errors=1)


def test_what_the_embedded_system_lacks_is_told_once_before_anything_runs(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base install met it at every call: thousands of errors, one for each case."""
    monkeypatch.setattr("robustcore.systems.embedded.system.PACKAGES", ("faiss_is_not_here",))
    app.scenario(system="embedded", body=GATE)
    result = app.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "the embedded system needs 'faiss_is_not_here', which is not installed: pip install \"pytest-robust?local?\""
    result.stderr.fnmatch_lines(["ERROR: no scenario can run", told])
