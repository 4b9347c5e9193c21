"""What a benchmark printed, put into its place in docs/performance.md, and the goals of all in one table there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BLOCK = re.compile(r"<!-- bench (\w+) -->\n(.*?)<!-- end \1 -->", re.DOTALL)
GOALS = re.compile(r"(<!-- goals -->\n).*?(<!-- end goals -->)", re.DOTALL)
VERDICT = re.compile(r"(met|MISSED) \((\S+), (at (?:most|least) \S+)\)")
"""What `benchmarks.timing.verdict` prints."""


def run_recorded(letter: str, options: Sequence[str]) -> None:
    """Run one benchmark in a process of its own, show what it prints, and renew its block on the page.

    Nothing is written if it fails: `subprocess.CalledProcessError`.
    """
    command = [sys.executable, "-u", "-m", "benchmarks", letter, *options]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), letter, "".join(lines)), encoding="utf-8")


def renewed(page: str, letter: str, printed: str) -> str:
    """Return ``page`` with ``printed`` between the marks of ``letter``, and the table of goals after it.

    Raise `ValueError` if the page has no such marks.
    """
    marks = re.compile(f"(<!-- bench {letter} -->\n).*?(<!-- end {letter} -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(
            f"{PAGE.name} has no place for benchmark {letter}: <!-- bench {letter} --> <!-- end {letter} -->"
        )
    shown = printed.replace(str(Path.home()), "~").strip()
    block = f"Printed on {datetime.now(UTC).date().isoformat()}:\n\n```text\n{shown}\n```\n"
    page = marks.sub(lambda found: found[1] + block + found[2], page)
    table = "\n".join(["| | of | | seen | goal | on | load |", "|---|---|---|---|---|---|---|", *_goals(page)])
    return GOALS.sub(lambda found: f"{found[1]}{table}\n{found[2]}", page)


def _goals(page: str) -> Iterator[str]:
    """Yield a row for each verdict that a block of ``page`` holds, by letter."""
    for letter, block in sorted(BLOCK.findall(page)):
        day = re.search(r"Printed on (\S+):", block)
        load = re.search(r"\bload ([\d.]+)", block)
        when = " | ".join(found[1] if found else "" for found in (day, load))
        title, header = "", [""]
        for line in block.splitlines():
            cells = re.split(r"\s{2,}", line.strip())
            if line.startswith(f"({letter}) "):
                title, header = line.removeprefix(f"({letter}) ").partition(";")[0], [""]
            elif "target" in cells:
                header = cells
            verdicts = VERDICT.findall(line) if day else []
            for (met, value, goal), of in zip(verdicts, _columns(header, len(verdicts)), strict=True):
                seen = value if met == "met" else f"**{value}, missed**"
                yield f"| {letter} | {title} | {cells[0]}{of} | {seen} | {goal} | {when} |"


def _columns(header: Sequence[str], verdicts: int) -> list[str]:
    """Return what each verdict of a line is about: the column before its own, if the line has several."""
    names = [f", {name}" for name, behind in pairwise(header) if behind == "target"]
    return names if len(names) == verdicts > 1 else [""] * verdicts
