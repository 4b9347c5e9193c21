"""(d) Peak memory of a scenario of 200,000 cases, planned and run, in group mode."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.timing import print_table, pytest_command, run_child, verdict
from benchmarks.workloads import CONDITIONS, application, empty_tests, scenario

CASES = 200_000
MOST_MB = 1000


def run(folder: Path, repeats: int) -> None:
    """Measure and print the plan and the full run beside an empty bare pytest run.

    Each is run once, whatever ``repeats``: peak memory hardly varies.
    """
    ours = application(folder / "ours", CASES // CONDITIONS)
    text = scenario("cases", items="group")
    (ours / "cases.robust.yaml").write_text(text, encoding="utf-8")
    bare = folder / "bare"
    bare.mkdir()
    (bare / "test_empty.py").write_text(empty_tests(1), encoding="utf-8")
    taken = {"bare pytest, 1 test": run_child(pytest_command("-p", "no:robust"), bare)}
    for label, option in (("--robust-plan", "--robust-plan"), ("full run", "--robust")):
        shutil.rmtree(ours / ".robust", ignore_errors=True)
        taken[label] = run_child(pytest_command(option), ours)
    rows = []
    for label, usage in taken.items():
        peak = usage.peak / 1e6
        met = verdict(peak, at_most=MOST_MB) if label != "bare pytest, 1 test" else ""
        ratio = usage.peak / taken["bare pytest, 1 test"].peak
        rows.append([label, f"{peak:.0f} MB", f"{ratio:.1f}", f"{usage.cpu:.1f} s", f"{usage.wall:.1f} s", met])
    print_table(
        f"(d) {CASES} cases in group mode, peak memory of the process",
        ["", "peak", "ratio", "cpu", "wall", "target"],
        rows,
    )
