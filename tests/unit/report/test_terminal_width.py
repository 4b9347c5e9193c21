"""The summary at 80 columns: no heading is broken, and its last line is the verdict in one."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from report_world import case, gate, report, scenario
from rich.console import Console

from robustcore.report.tables import condition_reports
from robustcore.report.terminal import render

LONG = "rank.rare_word(spelling=misspelt, among=rivals)"


def _shown(width: int) -> str:
    cases = [case(number, ("typos", 0.5), 1.0, ["asked", "as", "one", "two"]) for number in range(3)]
    cases = [
        replace(one, scores={**one.scores, LONG: (1.0, "")}, clean={**one.clean, LONG: (1.0, "")}) for one in cases
    ]
    plain = scenario("rag", cases, [gate("passed"), gate("not_run")])
    measures = {**plain.measures, LONG: plain.measures["answer_correct"]}
    wide = replace(plain, measures=measures, conditions=condition_reports(cases, measures))
    console = Console(file=(file := io.StringIO()), width=width)
    render(report([wide]), console)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_headings_are_whole_and_nothing_is_cut_off(width: int) -> None:
    shown = _shown(width)
    assert "perturbation" in shown
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= width


def test_the_last_lines_are_the_verdict_and_what_it_leaves_out() -> None:
    lines = _shown(80).splitlines()
    verdict = lines.index("✓ 1 of 2 gates passed, 1 not run")
    assert lines[verdict + 1].startswith("NOT RUN: 1 of 2 gates.")
    assert all(line.startswith(("exit status", "  ")) for line in lines[verdict + 2 :])
