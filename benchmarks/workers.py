"""(h) Two xdist workers against one process, on a system that computes: seconds, and calls as the system counts."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

from benchmarks.timing import (
    Usage,
    interleaved,
    median_of,
    median_ratio,
    print_table,
    pytest_command,
    run_child,
    verdict,
)
from benchmarks.workloads import application, scenario

QUESTIONS = 200
MODES = ("lower", "upper", "title", "alternating")
AT_LEAST = 1.6

# Every call takes the same work and is written down by the process that does it.
SYSTEM = '''
import hashlib, os, re

NUMBER = re.compile(r"\\d+")

def answer(question):
    """Return the code of an item, after a fixed amount of pure Python."""
    with open("calls.log", "a") as log:
        log.write(question + "\\n")
    digest = question.encode()
    for _ in range(120_000):
        digest = hashlib.blake2b(digest).digest()
    return f"The code is ZX{int(NUMBER.search(question)[0])}Q."
'''


def run(folder: Path, repeats: int) -> None:
    """Measure and print."""
    ours = application(folder / "app", QUESTIONS)
    (ours / "app.py").write_text(SYSTEM, encoding="utf-8")
    text = scenario("computing", severities=(1,), modes=MODES)
    (ours / "computing.robust.yaml").write_text(text, encoding="utf-8")
    work = {name: partial(_fresh, ours, *options) for name, options in (("one", ()), ("two", ("-n", "2")))}
    taken = interleaved(work, repeats)
    sent = {name: _calls(usages[0]) for name, usages in taken.items()}
    if sent["one"] != sent["two"]:
        raise SystemExit(f"calls differ: {sent}")
    ratio = 1 / median_ratio(taken["two"], taken["one"], "wall")
    rows = [
        ["one process", f"{median_of(taken['one'], 'wall'):.2f} s", str(sent["one"]), "1", ""],
        ["-n 2", f"{median_of(taken['two'], 'wall'):.2f} s", str(sent["two"]), f"{ratio:.2f}"],
    ]
    rows[1].append(verdict(ratio, at_least=AT_LEAST))
    print_table(
        f"(h) {QUESTIONS} questions x {len(MODES)} conditions, a system that computes; {repeats} interleaved repeats",
        ["", "wall", "calls sent", "times faster", "target"],
        rows,
    )


def _fresh(folder: Path, *options: str) -> Usage:
    """Run with an empty ledger; what was asked, by the system's own count, is added to the output."""
    shutil.rmtree(folder / ".robust", ignore_errors=True)
    log = folder / "calls.log"
    log.unlink(missing_ok=True)
    usage = run_child(pytest_command("--robust", *options, keep=("xdist", "xdist.looponfail")), folder)
    asked = log.read_text(encoding="utf-8").splitlines()
    if len(asked) != len(set(asked)):
        raise SystemExit(f"{len(asked) - len(set(asked))} calls were sent twice")
    return Usage(wall=usage.wall, cpu=usage.cpu, output=f"{usage.output}\nsystem was asked {len(asked)} times")


def _calls(usage: Usage) -> int:
    found = re.search(r"system was asked (\d+) times", usage.output)
    if found is None:
        raise SystemExit(f"no count:\n{usage.output[-2000:]}")
    return int(found[1])
