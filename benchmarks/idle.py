"""(a) What the plugin costs a run that did not ask for it: milliseconds per run, microseconds per test."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.timing import (
    interleaved,
    median_difference,
    median_of,
    median_ratio,
    print_table,
    pytest_command,
    run_child,
    verdict,
)
from benchmarks.workloads import empty_tests

MANY = 3000
PER_RUN_MS = 20
PER_TEST_US = 10


def run(folder: Path, repeats: int) -> None:
    """Measure and print; one test and many tests, with the plugin and without it."""
    work = {}
    for count in (1, MANY):
        place = folder / f"tests-{count}"
        place.mkdir()
        (place / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        (place / "test_empty.py").write_text(empty_tests(count), encoding="utf-8")
        for name, extra in (("plugin", ()), ("bare", ("-p", "no:robust"))):
            work[f"{name} {count}"] = partial(run_child, pytest_command(*extra), place)
    interleaved(work, 1)  # fills file caches
    taken = interleaved(work, repeats)
    rows = []
    for figure in ("cpu", "wall"):
        added = {c: median_difference(taken[f"plugin {c}"], taken[f"bare {c}"], figure) for c in (1, MANY)}
        for count in (1, MANY):
            bare, ours = taken[f"bare {count}"], taken[f"plugin {count}"]
            ratio = median_ratio(ours, bare, figure)
            label = f"{count} test{'s' if count > 1 else ''}, {figure}"
            with_plugin, without = (median_of(usages, figure) for usages in (ours, bare))
            added_ms = added[count] * 1e3
            met = verdict(added_ms, at_most=PER_RUN_MS) if count == 1 else ""
            rows.append([label, _ms(without), _ms(with_plugin), f"{ratio:.3f}", f"{added_ms:+.1f} ms", met])
        per_test = (added[MANY] - added[1]) / (MANY - 1) * 1e6
        met = verdict(per_test, at_most=PER_TEST_US)
        rows.append([f"added per test, {figure}", "", "", "", f"{per_test:+.2f} µs", met])
    print_table(
        f"(a) installed, not asked for; {repeats} interleaved repeats",
        ["", "-p no:robust", "installed", "ratio", "added", "target"],
        rows,
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"
