"""What a benchmark printed, put into its place in docs/performance.md: between the marks of its letter."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


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
    """Return ``page`` with ``printed`` between the marks of ``letter``; raise `ValueError` if it has none."""
    marks = re.compile(f"(<!-- bench {letter} -->\n).*?(<!-- end {letter} -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(
            f"{PAGE.name} has no place for benchmark {letter}: <!-- bench {letter} --> <!-- end {letter} -->"
        )
    shown = printed.replace(str(Path.home()), "~").strip()
    block = f"Printed on {datetime.now(UTC).date().isoformat()}:\n\n```text\n{shown}\n```\n"
    return marks.sub(lambda found: found[1] + block + found[2], page)
