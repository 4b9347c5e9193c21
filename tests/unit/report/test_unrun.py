"""Gates that were not run: every report says so where nobody overlooks it, and JSON counts them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from report_world import gate, report, scenario
from rich.console import Console

from robustcore.report.annotations import to_annotations
from robustcore.report.html.page import to_html
from robustcore.report.json_form import from_json, to_json
from robustcore.report.markdown import to_markdown
from robustcore.report.terminal import render
from robustcore.report.types import GateReport, Report

WHY = "needs a language model (--robust-model)"
WARNING = (
    "NOT RUN: 2 of 3 gates. This is no pass: what they ask was not tested, and the exit status does not count them."
)


def unrun(measure: str) -> GateReport:
    return replace(gate("not_run", measure=measure), sentence=f"{measure} not run: {WHY}")


@pytest.fixture(name="mixed")
def _mixed() -> Report:
    return report([scenario("s", [], [gate("passed"), unrun("a"), unrun("b")])])


def printed(told: Report, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    render(told, console)
    return str(console.file.getvalue())  # type: ignore[attr-defined]  # a StringIO


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_ends_with_it(mixed: Report, width: int) -> None:
    lines = printed(mixed, width).rstrip().splitlines()
    end = " ".join(" ".join(lines[-4:]).split())
    assert end.endswith(f"{WARNING} s, 2 gates: {WHY}")
    assert all(len(line) <= width for line in lines)


def test_markdown_begins_with_it(mixed: Report) -> None:
    lines = to_markdown(mixed).splitlines()
    assert lines[:2] == ["## Robustness: ✓ 1 of 3 gates passed, 2 not run", ""]
    assert lines[2] == "> [!WARNING]"
    assert lines[3] == f"> **{WARNING}**"
    assert lines[4].startswith("> - s, 2 gates: needs a language model")
    assert sum("**– not run**" in line for line in lines) == 2


def test_the_page_says_it_above_all_sections(mixed: Report) -> None:
    page = to_html(mixed)
    assert page.index(WARNING) < page.index(f"s, 2 gates: {WHY}") < page.index('<section id="gates"')
    assert page.index('class="gate not_run"') < page.index('class="gate passed"')


def test_github_is_warned_once(mixed: Report) -> None:
    assert to_annotations(mixed).count("::warning title=robustness gates not run::NOT RUN: 2 of 3 gates.") == 1


def test_json_counts_gates_by_status(mixed: Report) -> None:
    told = to_json(mixed)
    assert told["gates"] == {"total": 3, "passed": 1, "failed": 0, "inconclusive": 0, "error": 0, "not_run": 2}
    assert from_json(told) == mixed
    del told["gates"]  # as reports of before had it
    assert from_json(told) == mixed


def test_where_every_gate_was_run_nothing_is_said() -> None:
    told = report([scenario("s", [], [gate("passed"), gate("failed")])])
    texts = (printed(told, 80), to_markdown(told), to_html(told), to_annotations(told))
    assert not any("NOT RUN" in text for text in texts)


def test_a_hostile_name_and_reason_stay_texts_of_one_line() -> None:
    name = "x\n# <script>alert(1)</script>\x1b[31m"
    told = report([scenario(name, [], [replace(gate("not_run"), sentence=f"a not run: {name}")])])
    lines = to_markdown(told).splitlines()
    assert [line[:2] for line in lines[2:5]] == ["> ", "> ", "> "]
    assert lines[5] == ""
    for text in (to_markdown(told), to_html(told), printed(told, 120), to_annotations(told)):
        assert "\x1b" not in text
    assert "<script>alert" not in to_html(told)
    assert "<script>" not in "".join(lines[2:5])
