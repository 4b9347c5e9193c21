"""(p) A report of 20,000 cases: how long writing the page takes, how large it is, and when a browser can use it."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

from benchmarks.timing import print_table, verdict

CASES = 20_000
LARGEST_MB = 30.0
READY_SECONDS = 2.0
KINDS = {"texts of questions": False, "and a passage of its own in half of them": True}
TESTS = Path(__file__).parents[1] / "tests"


def run(folder: Path, repeats: int) -> None:
    """Measure and print: texts of the usual length, without and with passages that every second case has for itself."""
    sys.path.insert(0, str(TESTS))  # the report and the browser of the tests
    world = importlib.import_module("report_world")
    from robustcore.report.writers import write

    rows = []
    for name, whole in KINDS.items():
        report = world.big_report(CASES, passages_of_each=whole)
        file = folder / f"{whole}.html"
        started = time.perf_counter()
        write(report, "html", file)
        written = time.perf_counter() - started
        size = file.stat().st_size / 1e6
        row = [name, f"{len(report.scenarios[0].cases)}", f"{written:.1f} s", f"{size:.1f} MB"]
        usable = sorted(_usable(file) for _ in range(repeats)) if _chromium() else []
        shown = f"{usable[len(usable) // 2]:.2f} s" if usable else "no Chromium here"
        met = verdict(usable[len(usable) // 2], at_most=READY_SECONDS) if usable else ""
        rows.append([*row, verdict(size, at_most=LARGEST_MB), shown, met])
    header = ["cases with", "cases", "written in", "size", "", "usable after", ""]
    print_table("(p) the page of a large report; median of what opening took", header, rows)


def _chromium() -> bool:
    browser = importlib.import_module("browser")
    return browser.found() is not None


def _usable(file: Path) -> float:
    """Return the seconds from opening the page until its list of cases has answered a key."""
    browser = importlib.import_module("browser")
    with browser.browsing() as chromium:
        page = chromium.new_page()
        started = time.perf_counter()
        page.goto(file.as_uri(), wait_until="commit")
        page.wait_for_selector("html[data-ready=true]", state="attached")
        page.focus("#list")
        page.keyboard.press("ArrowDown")
        page.wait_for_selector("#row-1[aria-selected=true]")
        return time.perf_counter() - started
