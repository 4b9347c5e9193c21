"""``python -m benchmarks.mutants [PACKAGE ...]``: how many small changes of a package its tests notice.

Of each package a sample of mutants is drawn with a seed, and each is given to the tests that run its line. The share
killed is printed with every survivor, and written as JSON. ``--map`` measures anew which tests run which lines.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import mutant_run
from benchmarks.mutant_made import Mutant, drawn
from benchmarks.mutant_map import CoverMap, load

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = {"gates": 150, "stats": 150, "measures": 150}  # about ten minutes each on one core
TESTS = ("tests/unit/gates", "tests/unit/stats", "tests/unit/measures", "tests/laws", "tests/oracles", "tests/packs")
AT_IMPORT = 4  # times the budget for what runs at import only
KNOWN = Path(__file__).with_name("mutants_known.json")


@dataclass(frozen=True, slots=True)
class Fated:
    """A mutant, what became of it, and why a survivor may live (empty: nobody has said why)."""

    mutant: Mutant
    run: mutant_run.Run
    why: str

    def record(self) -> dict[str, Any]:
        """Return the entry of the JSON, without the source."""
        told = asdict(self.mutant) | asdict(self.run) | {"why": self.why}
        return {key: value for key, value in told.items() if key not in ("source", "lines")}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("packages", nargs="*", default=list(SAMPLES), metavar="PACKAGE", help="default: %(default)s")
    parser.add_argument("--sample", type=int, help="mutants of each package (default: 150)")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--only", default="", help="draw as ever, and run only mutants whose path holds this")
    parser.add_argument(
        "--budget", type=float, default=30.0, help="seconds of tests for a mutant (default: %(default)s)"
    )
    parser.add_argument("--map", action="store_true", help="measure anew which tests run which lines")
    parser.add_argument("--folder", type=Path, default=ROOT / ".mutants", help="map and results (default: .mutants)")
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    if given.map or not list(given.folder.glob("*.coverage")):
        measure(given.folder)
    covered = load(sorted(given.folder.glob("*.coverage")), ROOT)
    if not covered.tests:
        raise SystemExit(f"{given.folder} does not tell which test runs which line: measure it anew with --map")
    mutant_run.warm()
    for package in given.packages:
        found = examine(package, given, covered)
        file = given.folder / f"{package}-{given.seed}.json"
        file.write_text(json.dumps([fated.record() for fated in found], indent=1), encoding="utf-8")
        print(table(package, found))


def measure(folder: Path, tests: Sequence[str] = TESTS) -> None:
    """Run the tests once under coverage.py, which leaves the map in ``folder``."""
    settings = folder / "coveragerc"  # not those of the project: its data are of many processes, and of one file each
    settings.write_text("[run]\nbranch = true\nsource = src/robustcore\n", encoding="utf-8")
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}"]
    command += [f"--data-file={folder / 'tests.coverage'}", "-m", "pytest"]
    plugins = ["-q", "-p", "benchmarks.mutant_map", "-p", "no:randomly", "-p", "no:langsmith_plugin"]
    subprocess.run([*command, *plugins, *tests], cwd=ROOT, check=False)  # what fails kills no mutant


def examine(package: str, given: argparse.Namespace, covered: CoverMap) -> list[Fated]:
    """Return the mutants of a sample with their fates; a test that fails on unchanged code kills none."""
    count = given.sample or SAMPLES.get(package, 150)
    mutants = drawn(ROOT, f"src/robustcore/{package}", count, given.seed)
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    asked = [mutant for mutant in mutants if given.only in mutant.path]
    found: list[Fated] = []
    for number, mutant in enumerate(asked, 1):
        run = _run(mutant, covered, given.budget)
        why = known.get(f"{mutant.path}: {mutant.before} -> {mutant.after}", "") if run.fate == "survived" else ""
        found.append(Fated(mutant, run, why))
        print(
            f"{number}/{len(asked)} {mutant.path}:{mutant.line} {run.fate} {run.seconds} s", file=sys.stderr, flush=True
        )
    broken = _failing_anyway([fated.run.killer for fated in found if "::" in fated.run.killer], covered)
    kept = replace(covered, seconds={name: s for name, s in covered.seconds.items() if name not in broken})
    return [replace(f, run=_run(f.mutant, kept, given.budget)) if f.run.killer in broken else f for f in found]


def _run(mutant: Mutant, covered: CoverMap, budget: float) -> mutant_run.Run:
    covering = covered.covering(mutant.path, mutant.lines)
    if covered.at_import(mutant.path, mutant.lines):  # any test of the package may be the one that reads it
        budget *= AT_IMPORT
    tests: list[str] = []
    spent = 0.0
    for name in [*covering, *covered.neighbours(covering)]:
        spent += covered.seconds[name]
        if tests and spent > budget:
            break
        tests.append(name)
    return mutant_run.run(mutant.module, mutant.source, tests, 20 + 5 * min(spent, budget))


def _failing_anyway(killers: Sequence[str], covered: CoverMap) -> set[str]:
    """Return those of ``killers`` that fail on the code as it is."""
    asked = sorted(set(killers))
    broken: set[str] = set()
    while asked:
        limit = 30 + 5 * sum(covered.seconds.get(name, 0.0) for name in asked)
        run = mutant_run.run("", None, asked, limit)
        if run.killer not in asked:
            break
        broken.add(run.killer)
        asked.remove(run.killer)
    return broken


def table(package: str, found: Sequence[Fated]) -> str:
    """Return the share killed, by fate, and one line for each survivor, those without a reason first."""
    fates = Counter(fated.run.fate for fated in found)
    killed = fates["killed"] + fates["timeout"]
    head = f"{package}: {killed} of {len(found)} killed ({killed / max(1, len(found)):.1%}); {dict(fates)}"
    alive = [fated for fated in found if fated.run.fate in ("survived", "uncovered")]
    lines = [
        f"  {fated.mutant.path}:{fated.mutant.line} [{fated.why or fated.run.fate}]\n"
        f"    - {fated.mutant.before}\n    + {fated.mutant.after}"
        for fated in sorted(alive, key=lambda fated: (bool(fated.why), fated.mutant.path, fated.mutant.line))
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    main()
