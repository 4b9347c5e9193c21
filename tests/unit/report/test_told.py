"""Findings, budget and comparison in every format: where they stand, that they stay the same, that texts do nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from report_world import HOSTILE, told_report

from robustcore.report.annotations import to_annotations
from robustcore.report.findings_terminal import finding_lines, named_lines
from robustcore.report.gitlab import to_gitlab
from robustcore.report.html.cases import browser_values
from robustcore.report.html.page import to_html
from robustcore.report.markdown import to_markdown
from robustcore.report.sarif import to_sarif
from robustcore.report.verdict import headline, overall
from robustcore.report.writers import writer_registry

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029\ud800-\udfff]")
SARIF = json.loads((Path(__file__).parent / "sarif_rules.json").read_text(encoding="utf-8"))
OURS = re.compile(r"</?details>|</?summary>|</?sub>|<br>|<!-- -->|\s")


def test_a_line_and_its_name_are_the_same_findings_and_names_hold_no_figure_of_a_run() -> None:
    (rag,) = told_report().scenarios
    named = list(named_lines(rag.findings))
    assert [text for _, text in named] == list(finding_lines(rag.findings))
    assert "worst answer_correct" in [name for name, _ in named]
    assert len({name for name, _ in named}) == len(named) > 2
    fewer = replace(rag.findings, risks=tuple(replace(one, cvar=0.123) for one in rag.findings.risks))
    assert [name for name, _ in named_lines(fewer)] == [name for name, _ in named]
    assert [text for _, text in named_lines(fewer)] != [text for _, text in named]


def test_sarif_tells_findings_as_notes_on_the_scenario_and_the_budget_as_a_note_of_the_run() -> None:
    found = told_report()
    log = json.loads(to_sarif(found))
    assert not [error.message for error in Draft202012Validator(SARIF).iter_errors(log)]
    (run,) = log["runs"]
    notes = [result for result in run["results"] if result["ruleId"] == "rag/finding"]
    assert [note["message"]["text"] for note in notes] == list(finding_lines(found.scenarios[0].findings))
    assert {note["level"] for note in notes} == {"note"}
    assert notes[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert len({json.dumps(note["partialFingerprints"]) for note in notes}) == len(notes)
    (invocation,) = run["invocations"]
    told = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert told[0].startswith("budget 25%: 300 of 1200 trials")
    assert told[1] == "broke under stress: 12 of 80 cases at random, 70 of 160 cases that were hunted"
    assert "invocations" not in json.loads(to_sarif(replace(found, budget=None)))["runs"][0]


def test_gitlab_tells_budget_and_findings_as_information() -> None:
    found = told_report()
    entries = json.loads(to_gitlab(found))
    assert {entry["severity"] for entry in entries} == {"info"}
    checks = [entry["check_name"] for entry in entries]
    assert checks == ["rag/budget", *["rag/finding"] * (len(checks) - 1)]
    assert "rest on 7 questions" in entries[0]["description"]
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


def test_annotations_have_one_notice_for_the_budget_and_none_for_findings() -> None:
    (only,) = to_annotations(told_report()).splitlines()
    assert only.startswith("::notice title=robustness budget::budget 25%25: 300 of 1200 trials")


def test_the_page_knows_which_cases_were_hunted() -> None:
    report = told_report()
    hunted = {case.id for case in report.scenarios[0].cases if case.slice == "hunted"}
    assert {row[0] for row in browser_values(report)["cases"] if row[12]} == hunted
    assert 0 < len(hunted) < len(report.scenarios[0].cases)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_comparison_is_no_markup_in_markdown(text: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(to_markdown(told_report(text)))
    inline = [child for token in tokens for child in token.children or []]
    html = [token.content for token in [*tokens, *inline] if token.type in ("html_block", "html_inline")]
    assert [content for content in html if OURS.sub("", content)] == []
    assert not [child for child in inline if child.type in ("link_open", "image")]
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    assert len(headings) == 2
    assert headings[1].startswith("Compared with main")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_comparison_is_text_on_the_page(text: str) -> None:
    plain, page = to_html(told_report()), to_html(told_report(text))
    for tag in ("<script", "<img", "<a ", "<b>", "<details", "</script"):
        assert page.count(tag) == plain.count(tag)


@pytest.mark.parametrize("form", ["markdown", "html", "sarif", "github", "gitlab"])
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_unseen_of_a_comparison_is_in_any_format(form: str, text: str) -> None:
    written = writer_registry().get(form)(told_report(text))
    assert not UNSEEN.search(written)
    if form == "github":
        assert all(line.startswith("::notice ") for line in written.splitlines())


def test_the_headline_does_not_pass_what_regressed() -> None:
    """All gates may pass and the run fail, against a baseline."""
    assert headline(told_report()).startswith("✗ 1 regressed against the baseline; ")
    assert overall(told_report()) == "failed"
