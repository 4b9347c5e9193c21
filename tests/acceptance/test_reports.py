"""Reports of a run: the files asked for, and what a CI system reads by itself."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from acceptance.conftest import EACH, App

GATES = """
expect:
  - group: {measure: answer_correct, by: severity, at-least: 0.8}
  - group: {measure: answer_correct, at-most: 1}
"""


def properties(file: Path, name: str) -> dict[str, str]:
    """Return the properties of the first test case whose name begins with ``name``."""
    found = next(case for case in ET.parse(file).iter("testcase") if case.attrib["name"].startswith(name))
    return {each.attrib["name"]: each.attrib["value"] for each in found.iter("property")}


def test_several_formats_come_of_one_run(app: App) -> None:
    app.scenario(body=GATES)
    wanted = ("out.json", "out.html", "out.md", "sarif=build/out.sarif", "gitlab=gl.json")
    result = app.run(*(option for target in wanted for option in ("--robust-report", target)))
    result.stdout.fnmatch_lines([f"report: *{target.rpartition('=')[2]}" for target in wanted])
    assert json.loads((app.path / "out.json").read_text())["schema"] == "pytest-robust/report"
    assert "✗ 1 of 2 gates failed" in (app.path / "out.html").read_text()
    assert (app.path / "out.md").read_text().startswith("## Robustness: ✗ 1 of 2 gates failed")
    entry, *informed = json.loads((app.path / "gl.json").read_text())
    finding, *notes = json.loads((app.path / "build" / "out.sarif").read_text())["runs"][0]["results"]
    assert {one["severity"] for one in informed} == {"info"}
    assert [one["description"] for one in informed] == [note["message"]["text"] for note in notes]
    assert {note["ruleId"] for note in notes} == {"upper/finding"}
    place = finding["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == entry["location"]["path"] == "upper.robust.yaml"
    line = (app.path / "upper.robust.yaml").read_text().splitlines()[place["region"]["startLine"] - 1]
    assert "by: severity" in line
    assert entry["location"]["lines"]["begin"] == place["region"]["startLine"]


@pytest.mark.parametrize(
    ("target", "said"),
    [("htlm=x", "did you mean 'html'"), ("html=", "html=PATH"), ("html:x.html", "html=x.html")],
    ids=["unknown", "no path", "colon"],
)
def test_a_report_that_cannot_be_is_refused_before_anything_runs(app: App, target: str, said: str) -> None:
    app.scenario(body=GATES)
    result = app.run("--robust-report", target)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--robust-report: " in result.stderr.str()
    assert said in result.stderr.str()
    assert not app.calls


def test_a_report_that_cannot_be_written_changes_no_verdict_and_is_no_success(app: App) -> None:
    app.scenario(body="expect: [{group: {measure: answer_correct, at-most: 1}}]\n")
    (app.path / "taken").write_text("a file where a folder should be")
    result = app.run("--robust-report", "taken/out.html", "--robust-report", "out.json")
    result.stdout.fnmatch_lines(["*the report could not be written to *taken/out.html*", "report: *out.json"])
    result.stdout.fnmatch_lines(["the run ends with status 1: a report that was asked for is missing"])
    assert result.parseoutcomes()["passed"] == 1
    assert result.ret == 1


def test_github_gets_annotations_and_a_summary_of_the_job(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(app.path.parent))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(app.path / "summary.md"))
    app.scenario(body=GATES)
    lines = app.run().outlines
    (annotation,) = (line for line in lines if line.startswith("::"))
    gate = (app.path / "upper.robust.yaml").read_text().splitlines().index(GATES.splitlines()[2]) + 1
    place, _, rest = annotation.partition(",title=")
    assert place == f"::error file={app.path.name}/upper.robust.yaml,line={gate},col=12"
    assert rest.startswith("robustness gate failed%3A upper%2C answer_correct 1::")
    assert "%0Arun again: pytest --robust" in annotation
    assert (app.path / "summary.md").read_text().startswith("## Robustness: ✗ 1 of 2 gates failed")


def test_an_item_per_condition_keeps_the_texts_that_tell_why(app: App) -> None:
    """Of 40 questions 40 lose something; the first ten are shown, and of the others nothing is made up."""
    app.jsonl("questions.jsonl", [
        {"id": f"q{i:03}", "question": f"Number {i}: which digit is apple please", "answers": ["1"]} for i in range(40)
    ])  # fmt: skip
    app.scenario(body=EACH)
    reports = [f"--robust-report={name}" for name in ("out.json", "out.md")]
    result = app.run("--robust-items=group", "--robust-annotations", *reports)
    cases = json.loads((app.path / "out.json").read_text())["scenarios"][0]["cases"]
    kept = [case["item"] for case in cases if case["texts"]]
    assert kept == [f"q{i:03}" for i in range(10)]
    (annotation,) = (line for line in result.outlines if line.startswith("::error"))
    assert "%0Aasked: NUMBER 0: WHICH DIGIT IS APPLE PLEASE%0Aanswer before: 1%0A" in annotation
    told = (app.path / "out.md").read_text()
    assert "| asked | `Number 0: which digit is apple please` |" in told
    assert "(refuse)" not in told
    assert "most damaged" in result.stdout.str()


def test_nobody_is_told_where_nobody_asked(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    app.scenario(body=GATES)
    assert not [line for line in app.run().outlines if line.startswith("::")]
    assert [line for line in app.run("--robust-annotations").outlines if line.startswith("::error")]


def test_junit_has_the_numbers_of_gates_and_cases_as_properties(app: App) -> None:
    app.scenario(body=GATES)
    app.run("--junitxml", "junit.xml")
    gate = properties(app.path / "junit.xml", "upper_gate[answer_correct-1]")
    assert gate["robust.scenario"] == "upper"
    assert gate["robust.cell"] == "severity=1"
    assert gate["robust.verdict"] == "failed"
    assert float(gate["robust.estimate"]) == 0.0
    assert gate["robust.needs"] == "≥ 0.8"
    assert "required at least 0.8" in gate["robust.sentence"]
    case = properties(app.path / "junit.xml", "upper[casing-s1-q2]")
    assert case["robust.question"] == "Which digit is pear please"
    assert case["robust.perturbed"] == "WHICH DIGIT IS PEAR PLEASE"
    assert (case["robust.clean.answer_correct"], case["robust.score.answer_correct"]) == ("1", "0")


def test_gates_stand_in_the_order_of_the_file_however_items_are_ordered(app: App) -> None:
    file = app.scenario(body=GATES).name
    first, second = "upper_gate[answer_correct-1]", "upper_gate[answer_correct_2]"
    for order in ((first, second), (second, first)):
        app.run(*(f"{file}::{name}" for name in order), "--robust-report=out.json")
        (told,) = json.loads((app.path / "out.json").read_text())["scenarios"]
        assert [gate["cell"] for gate in told["gates"]] == [{"severity": "1"}, {}]


def test_an_xdist_run_reports_the_same(app: App) -> None:
    pytest.importorskip("xdist")
    app.scenario(body=GATES)
    app.run_apart("--junitxml", "junit.xml", "--robust-report", "one.md")
    one = properties(app.path / "junit.xml", "upper_gate[answer_correct-1]")
    app.run_apart("-n", "2", "--junitxml", "junit.xml", "--robust-report", "two.md", "--robust-fresh")
    assert properties(app.path / "junit.xml", "upper_gate[answer_correct-1]") == one
    head = "\n".join((app.path / "one.md").read_text().splitlines()[:20])
    assert (app.path / "two.md").read_text().startswith(head)


HOSTILE = """
ANSWER = "\\x1b[31m1 ::error::owned ##[error]owned \\u202e <script>alert(1)</script>"
def answer(question):
    return ANSWER
"""


def test_what_a_model_says_is_no_command_to_a_terminal_or_a_runner(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    app.pytester.makepyfile(evil=HOSTILE)
    app.scenario(system="evil:answer", body="expect: [{each: {measure: answer_correct, at-least: 1}}]\n")
    result = app.run("--junitxml", "junit.xml", "--robust-report", "out.md")
    text = "\n".join(result.outlines)
    assert "owned" in text
    for shown in (text, (app.path / "junit.xml").read_text(), (app.path / "out.md").read_text()):
        assert not set(shown) & {"\x1b", "\u202e"}
        assert "::error::" not in shown
        assert "##[error]" not in shown


def test_a_case_that_failed_without_a_gate_is_told_to_the_reviewer(app: App) -> None:
    """The text for the reviewer counted it and did not say which."""
    app.scenario(system="answer", body=EACH)
    result = app.run("--robust-report=out.md", "--robust-annotations")
    text = (app.path / "out.md").read_text(encoding="utf-8")
    assert "### ✗ `upper`: 5 cases failed" in text
    assert "| run again |" in text
    told = "::error file=upper.robust.yaml,line=1,*robustness%3A upper%2C 5 cases failed::answer_*run again: pytest*"
    result.stdout.fnmatch_lines([told])
