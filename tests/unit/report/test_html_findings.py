"""Findings on the page: told in the terminal's lines, inert, and no section where there is nothing to tell."""

from __future__ import annotations

from dataclasses import replace

from report_world import small_report

from robustcore.report.find import with_findings
from robustcore.report.findings import Findings
from robustcore.report.findings_terminal import finding_lines
from robustcore.report.html.findings import told
from robustcore.report.html.page import to_html
from robustcore.report.inert import line
from robustcore.report.types import Report

HOSTILE = "<script>alert(1)</script>\u202e"


def with_all_findings(report: Report) -> Report:
    return replace(report, scenarios=tuple(with_findings(scenario) for scenario in report.scenarios))


def test_every_line_of_the_findings_stands_on_the_page() -> None:
    report = with_all_findings(small_report())
    lines = [text.strip() for scenario in report.scenarios for text in finding_lines(scenario.findings)]
    assert lines
    page = to_html(report)
    assert "Beyond the means" in page
    for text in lines:
        assert line(text).replace("&", "&amp;").replace(">", "&gt;").replace("'", "&#39;") in page


def test_a_hostile_title_does_nothing() -> None:
    report = with_all_findings(small_report())
    named = replace(report, scenarios=tuple(replace(one, name=HOSTILE) for one in report.scenarios))
    assert told(named)[0].title == HOSTILE
    page = to_html(named)
    assert page.count("<script") == to_html(report).count("<script")
    assert "\u202e" not in page


def test_without_findings_there_is_no_section() -> None:
    bare = small_report()
    empty = replace(bare, scenarios=tuple(replace(one, findings=Findings()) for one in bare.scenarios))
    assert told(empty) == []
    assert "Beyond the means" not in to_html(empty)
