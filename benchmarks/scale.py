"""(b) 20,000 cases against 20,000 empty tests of bare pytest; 1,000 files of 10 cases collected."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.timing import (
    Usage,
    interleaved,
    median_difference,
    median_of,
    median_ratio,
    print_table,
    pytest_command,
    run_child,
    verdict,
)
from benchmarks.workloads import CONDITIONS, application, empty_tests, scenario

CASES = 20_000
FILES = 1000
VARIANTS = 10
TARGETS = {"items: case": 1.5, "items: group": 0.3}
COLLECT_SECONDS = 0.7


def run(folder: Path, repeats: int) -> None:
    """Measure and print both."""
    _cases(folder / "cases", repeats)
    _collection(folder / "collection", repeats)


def _cases(folder: Path, repeats: int) -> None:
    bare = folder / "bare"
    bare.mkdir(parents=True)
    (bare / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (bare / "test_empty.py").write_text(empty_tests(CASES), encoding="utf-8")
    work: dict[str, Callable[[], Usage]] = {"bare": partial(run_child, pytest_command("-p", "no:robust"), bare)}
    for items in ("case", "group"):
        ours = application(folder / items, CASES // CONDITIONS)
        (ours / "cases.robust.yaml").write_text(scenario("cases", items=items), encoding="utf-8")
        work[f"items: {items}"] = partial(_fresh, ours)
    run_child(pytest_command("--robust", "--collect-only"), folder / "group")  # compiles what is imported
    taken = interleaved(work, repeats)
    expected = {"items: case": f"{CASES // 5} xfailed", "items: group": f"{CONDITIONS} xfailed"}
    rows = [["bare pytest, empty tests", *(f"{median_of(taken['bare'], figure):.2f} s" for figure in ("cpu", "wall"))]]
    rows[0] += ["1", "1", ""]
    for name, wanted in expected.items():
        if wanted not in taken[name][0].output:
            raise SystemExit(f"{name} did not end as it should:\n{taken[name][0].output[-2000:]}")
        seconds = [f"{median_of(taken[name], figure):.2f} s" for figure in ("cpu", "wall")]
        ratios = [median_ratio(taken[name], taken["bare"], figure) for figure in ("cpu", "wall")]
        met = verdict(ratios[0], at_most=TARGETS[name])
        rows.append([name, *seconds, *(f"{ratio:.2f}" for ratio in ratios), met])
    shape = f"{CASES // CONDITIONS} questions x {CONDITIONS} conditions, a fifth XFAIL"
    print_table(
        f"(b) {shape}, against {CASES} empty tests; {repeats} interleaved repeats",
        ["", "cpu", "wall", "cpu ratio", "wall ratio", "target"],
        rows,
    )


def _fresh(folder: Path) -> Usage:
    """Run the scenarios of ``folder`` with an empty ledger."""
    shutil.rmtree(folder / ".robust", ignore_errors=True)
    return run_child(pytest_command("--robust"), folder)


def _collection(folder: Path, repeats: int) -> None:
    bare = folder / "bare"
    bare.mkdir(parents=True)
    (bare / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    ours = application(folder / "ours", VARIANTS)
    for number in range(FILES):
        (bare / f"test_{number:04d}.py").write_text(empty_tests(VARIANTS), encoding="utf-8")
        text = scenario(f"cases-{number:04d}", severities=(1,), modes=("upper",), gate=False)
        (ours / f"cases-{number:04d}.robust.yaml").write_text(text, encoding="utf-8")
    work = {
        "bare": partial(run_child, pytest_command("--collect-only", "-p", "no:robust"), bare),
        "ours": partial(run_child, pytest_command("--collect-only", "--robust"), ours),
    }
    interleaved(work, 1)  # pytest caches the rewritten modules of the bare files
    taken = interleaved(work, repeats)
    for name, usages in taken.items():
        if f"{FILES * VARIANTS} tests collected" not in usages[0].output:
            raise SystemExit(f"{name} did not collect everything:\n{usages[0].output[-2000:]}")
    rows = []
    for figure in ("cpu", "wall"):
        added = median_difference(taken["ours"], taken["bare"], figure)
        seconds = [f"{median_of(taken[name], figure):.2f} s" for name in ("bare", "ours")]
        ratio = median_ratio(taken["ours"], taken["bare"], figure)
        rows.append([figure, *seconds, f"{ratio:.2f}", f"{added:+.2f} s", verdict(added, at_most=COLLECT_SECONDS)])
    print_table(
        f"(b) collecting {FILES} files of {VARIANTS}; {repeats} interleaved repeats",
        ["", "bare pytest", "scenarios", "ratio", "added", "target"],
        rows,
    )
