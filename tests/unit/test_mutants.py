"""The mutants tool: which tests it asks, which changes it makes, and what becomes of a mutant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.mutant_made import Mutant, drawn
from benchmarks.mutant_map import CoverMap, load
from benchmarks.mutant_run import Run
from benchmarks.mutants import Fated, measure, table

ROOT = Path(__file__).resolve().parents[2]
SLOW, QUICK, LOST = "t/test_a.py::slow", "t/test_a.py::quick", "t/test_b.py::lost"
COVERED = CoverMap(
    tests={
        ("p/a.py", 3): frozenset({SLOW, LOST}),
        ("p/a.py", 4): frozenset({QUICK}),
        ("p/b.py", 1): frozenset({"t/test_c.py::c"}),
    },
    seconds={SLOW: 2.0, QUICK: 0.5, "t/test_a.py::other": 0.1, "t/test_c.py::c": 0.2},
)


def test_the_quickest_tests_that_run_a_line_come_first_and_none_that_failed() -> None:
    assert COVERED.covering("p/a.py", (3, 4)) == [QUICK, SLOW]
    assert COVERED.covering("p/a.py", (3,)) == [SLOW]
    assert COVERED.neighbours([SLOW]) == ["t/test_a.py::other", QUICK]


def test_what_runs_at_import_is_covered_by_its_file_and_then_its_package() -> None:
    assert COVERED.covering("p/a.py", (1,)) == [QUICK, SLOW, "t/test_c.py::c"]
    assert COVERED.at_import("p/a.py", (1,))
    assert not COVERED.at_import("p/a.py", (1, 4))
    assert COVERED.covering("p/new.py", (1,)) == ["t/test_c.py::c", QUICK, SLOW]


def test_the_map_is_measured_and_read_back(tmp_path: Path) -> None:
    pytest.importorskip("coverage", reason="needs the group 'mutants'")
    measure(tmp_path, ["tests/unit/test_files.py"])
    found = load([tmp_path / "tests.coverage"], ROOT)
    tests = {name for (path, _), names in found.tests.items() if path.endswith("/files.py") for name in names}
    assert tests
    assert tests <= set(found.seconds)


def test_mutants_are_of_code_and_never_of_text_for_readers(tmp_path: Path) -> None:
    pytest.importorskip("libcst", reason="needs the group 'mutants'")
    pytest.importorskip("mutmut", reason="needs the group 'mutants'")
    source = '"""Text."""\n__all__ = ["f"]\n\n\ndef f(x: int = 1) -> int:\n    """Say."""\n    return x + 2\n'
    (tmp_path / "src" / "pack").mkdir(parents=True)
    (tmp_path / "src" / "pack" / "a.py").write_text(source, encoding="utf-8")
    for seed in range(12):
        found = drawn(tmp_path, "src/pack", 9, seed)
        assert {one.line for one in found} <= {5, 7}
        for one in found:
            assert one.module == "pack.a"
            assert one.source != source
            assert one.source.count("\n") == source.count("\n")
            assert one.before in source
            assert one.after not in source
            compile(one.source, one.path, "exec")
    assert drawn(tmp_path, "src/pack", 1, 1) == drawn(tmp_path, "src/pack", 1, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_mutant_is_killed_by_the_first_test_that_fails_survives_or_hangs(tmp_path: Path) -> None:
    (tmp_path / "calm.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    tests = "from calm import double\ndef test_one(): assert double(1) == 2\ndef test_two(): assert double(2) == 4\n"
    (tmp_path / "test_calm.py").write_text(tests, encoding="utf-8")
    sources = {
        "same": None,
        "killed": "def double(x):\n    return x + 1\n",
        "alive": "def double(x):\n    return x + x\n",
        "hangs": "def double(x):\n    while True: pass\n",
        "broken": "def double(x) return x\n",
    }
    code = (
        "import json, sys; from benchmarks.mutant_run import run, warm; warm()\n"
        "names = ['test_calm.py::test_one', 'test_calm.py::test_two']\n"
        "made = {k: run('calm', v, names, 3.0 if k == 'hangs' else 60.0) for k, v in json.loads(sys.argv[1]).items()}\n"
        "print(json.dumps({k: [v.fate, v.killer, v.asked] for k, v in made.items()}))"
    )
    paths = os.pathsep.join(map(str, (tmp_path, ROOT, ROOT / "src")))
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sources)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["same"] == ["survived", "", 2]
    assert found["killed"] == ["killed", "test_calm.py::test_two", 2]
    assert found["alive"] == ["survived", "", 2]
    assert found["hangs"] == ["timeout", "", 2]
    assert found["broken"][0] == "killed"
    assert (tmp_path / "calm.py").read_text(encoding="utf-8").endswith("2 * x\n")


def test_the_table_gives_the_share_killed_and_survivors_without_a_reason_first() -> None:
    def fated(line: int, fate: str, why: str = "") -> Fated:
        mutant = Mutant(
            path="p/a.py", lines=(line,), line=line, operator="number", before=f"x{line}", after="y", source="y"
        )
        return Fated(mutant, Run(fate, "", 1, 0.1), why)  # type: ignore[arg-type]

    made = [fated(1, "killed"), fated(2, "timeout"), fated(3, "survived", "the same value"), fated(4, "uncovered")]
    lines = table("p", made).splitlines()
    assert lines[0].startswith("p: 2 of 4 killed (50.0%)")
    assert lines[1:] == [
        *("  p/a.py:4 [uncovered]", "    - x4", "    + y"),
        *("  p/a.py:3 [the same value]", "    - x3", "    + y"),
    ]
    assert "source" not in made[0].record()
