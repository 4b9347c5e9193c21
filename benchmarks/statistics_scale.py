"""(q) Planning and statistics of up to 1,000,000 trials in group mode: time, memory, and how both grow."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.timing import Usage, print_table, pytest_command, run_child, verdict
from benchmarks.workloads import CONDITIONS, application, scenario

SIZES = (10_000, 100_000, 1_000_000)
STEEPEST = 1.2
"""The largest growth that counts as near linear: time per trial at one size over that at a tenth of it."""
PARTS = ("tables", "findings", "gates")


def run(folder: Path, repeats: int) -> None:
    """Measure and print. Each size is run once, whatever ``repeats``: what is compared are sizes ten times apart."""
    _plans(folder)
    _statistics(folder)


def _plans(folder: Path) -> None:
    """Print what ``--robust-plan`` takes; what is alike at every size, starting pytest, counts as well."""
    rows: list[list[str]] = []
    before: Usage | None = None
    for size in SIZES:
        ours = application(folder / f"plan{size}", size // CONDITIONS)
        (ours / "cases.robust.yaml").write_text(scenario("cases", items="group"), encoding="utf-8")
        taken = run_child(pytest_command("--robust-plan"), ours)
        growth = taken.cpu / before.cpu / 10 if before else None
        rows.append([f"{size}", f"{taken.cpu:.1f} s", f"{taken.peak / 1e6:.0f} MB", *_growth(growth)])
        before = taken
    print_table("(q) planning trials in group mode", ["trials", "cpu", "peak", "growth", ""], rows)


def _statistics(folder: Path) -> None:
    rows: list[list[str]] = []
    before = 0.0
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.statistics_side", str(size)]
        found = json.loads(run_child(command, Path(__file__).parents[1]).output)
        whole = sum(found[part] for part in PARTS)
        parts = [f"{found[part]:.1f} s" for part in PARTS]
        growth = whole / before / 10 if before else None
        rows.append([f"{size}", *parts, f"{whole:.1f} s", f"{found['peak'] / 1e6:.0f} MB", *_growth(growth)])
        before = whole
    header = ["trials", *PARTS, "cpu", "peak", "growth", ""]
    print_table("(q) statistics of trials in group mode; growth is that of the time per trial", header, rows)


def _growth(growth: float | None) -> tuple[str, str]:
    return ("", "") if growth is None else (f"{growth:.2f}", verdict(growth, at_most=STEEPEST))
