"""Prints, at the end of a run, which blocks of the documentation were not run, and why."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    told = {
        line
        for report in reports
        if getattr(report, "when", "") == "call" and "tests/docs/test_readme.py" in report.nodeid
        for line in report.capstdout.splitlines()
        if line.startswith("not run: ")
    }
    if told:
        terminalreporter.section("blocks of the documentation that are not run")
        for line in sorted(told):
            terminalreporter.write_line(line)
