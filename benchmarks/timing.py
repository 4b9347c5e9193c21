"""What all benchmarks share: child processes one after another, interleaved repeats, medians, one table."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a piece of work took: ``wall`` and ``cpu`` (user + system) seconds, ``peak`` resident bytes (0: not taken).

    On a machine that does other things too, ``cpu`` is the figure to trust.
    """

    wall: float
    cpu: float
    peak: int = 0
    output: str = ""


def run_child(command: Sequence[str], folder: Path) -> Usage:
    """Run ``command`` in ``folder`` to its end and return what that one process took; fail if pytest broke."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        began = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if child.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}:\n{text[-4000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Usage(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=used.ru_maxrss * unit, output=text)


def pytest_command(*options: str, keep: Sequence[str] = ()) -> list[str]:
    """Return the command for pytest with no plugin but ours and ``keep``; ``-p no:robust`` takes ours away, too."""
    names = sorted({entry.name for entry in entry_points(group="pytest11")} - {"robust", *keep})
    others = [option for name in names for option in ("-p", f"no:{name}")]
    return [sys.executable, "-m", "pytest", "-q", *others, *options]


def interleaved(work: Mapping[str, Callable[[], R]], repeats: int) -> dict[str, list[R]]:
    """Do each piece of ``work`` in turn, ``repeats`` times over, so that what slows the machine slows all alike.

    Every second repeat goes backwards: what comes after a long piece may find the machine in another state.
    """
    taken: dict[str, list[R]] = {name: [] for name in work}
    for repeat in range(repeats):
        for name in reversed([*work]) if repeat % 2 else work:
            taken[name].append(work[name]())
    return taken


def median_ratio(ours: Sequence[Usage], theirs: Sequence[Usage], figure: str) -> float:
    """Return the median over repeats of ours / theirs, each pair from the same repeat."""
    pairs = zip(ours, theirs, strict=True)
    return float(statistics.median(getattr(our, figure) / getattr(their, figure) for our, their in pairs))


def median_difference(ours: Sequence[Usage], theirs: Sequence[Usage], figure: str) -> float:
    """Return the median over repeats of ours - theirs, each pair from the same repeat."""
    pairs = zip(ours, theirs, strict=True)
    return float(statistics.median(getattr(our, figure) - getattr(their, figure) for our, their in pairs))


def median_of(usages: Sequence[Usage], figure: str) -> float:
    """Return the median of one figure."""
    return float(statistics.median(getattr(usage, figure) for usage in usages))


def verdict(value: float, *, at_most: float | None = None, at_least: float | None = None) -> str:
    """Return ``met`` or ``MISSED`` with the value and the target in words: what docs/performance.md lists as goals."""
    if at_most is not None:
        return f"{'met' if value <= at_most else 'MISSED'} ({value:.3g}, at most {at_most:g})"
    if at_least is not None:
        return f"{'met' if value >= at_least else 'MISSED'} ({value:.3g}, at least {at_least:g})"
    return ""


def processor() -> str:
    """Return the processor's name; its architecture where the system tells none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column is text, the others are figures."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    print(f"\n{title}")
    for row in (header, ["-" * width for width in widths], *rows):
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *others]).rstrip(), flush=True)
