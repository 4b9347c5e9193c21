"""Installed and not asked for, the plugin costs nothing one could notice: no imports, no output, no file, no socket."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("yaml", "numpy", "pydantic", "rich", "torch", "scipy", "sqlite3", "robustcore", "faiss", "transformers")

WATCH = f"""
import sys
SOCKETS = []
sys.addaudithook(lambda event, args: SOCKETS.append(event) if event.startswith("socket.") else None)

def pytest_unconfigure(config):
    heavy = sorted({{name.partition(".")[0] for name in sys.modules}} & set({HEAVY!r}))
    ours = sorted(name for name in sys.modules if name.startswith("pytest_robust"))
    print("HEAVY", heavy, "SOCKETS", SOCKETS, "OURS", ours)
"""


def run(folder: Path, *args: str) -> str:
    """Run pytest with no other plugin than ours, and return what it printed."""
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(WATCH)
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    (tmp_path / "some.robust.yaml").write_text("robust: 1\nname: x\n")
    return tmp_path


def test_it_imports_nothing_heavy_and_opens_no_socket(folder: Path) -> None:
    out = run(folder, "-p", "pytest_robust.plugin")
    found = next(line for line in out.splitlines() if line.startswith("HEAVY"))
    assert found == (
        "HEAVY [] SOCKETS [] OURS ['pytest_robust', 'pytest_robust.hookspecs', 'pytest_robust.options',"
        " 'pytest_robust.plugin']"
    )


def test_the_watch_sees_what_a_run_with_robust_imports(folder: Path) -> None:
    (folder / "some.robust.yaml").unlink()
    out = run(folder, "-p", "pytest_robust.plugin", "--robust")
    assert re.search(r"HEAVY \[.*'robustcore'", out)


def test_it_prints_nothing(folder: Path) -> None:
    def lines(*args: str) -> list[str]:
        kept = [line for line in run(folder, *args).splitlines() if not line.startswith("HEAVY")]
        return [re.sub(r"in [\d.]+s", "in Ns", line) for line in kept]

    assert lines("-p", "pytest_robust.plugin") == lines()


def test_it_writes_no_file(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    run(folder, "-p", "pytest_robust.plugin")
    assert sorted(folder.rglob("*")) == before


ANSWERS = """
def answer(question):
    return "1"
"""

SCENARIO = """\
robust: 1
name: again
system: {use: 'app:answer', version: '1'}
axis: none
data: {corpus: docs.jsonl, questions: questions.jsonl}
perturb: [question.casing]
measures: [answer_correct, R@5]
"""


def test_a_run_answered_from_the_ledger_imports_no_model_library(folder: Path) -> None:
    (folder / "app.py").write_text(ANSWERS)
    (folder / "some.robust.yaml").write_text(SCENARIO)
    (folder / "docs.jsonl").write_text('{"id": "d", "text": "one is 1"}\n')
    (folder / "questions.jsonl").write_text('{"id": "q", "question": "What is it", "answers": ["1"]}\n')
    run(folder, "-p", "pytest_robust.plugin", "--robust")
    out = run(folder, "-p", "pytest_robust.plugin", "--robust")
    assert "2 from the ledger, 0 sent" in out
    assert not re.search(r"HEAVY .*'(torch|faiss|transformers)'", out)


@pytest.mark.slow
def test_a_second_run_of_the_embedded_default_imports_no_model_library(folder: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")
    text = SCENARIO.replace("system: {use: 'app:answer', version: '1'}\n", "system: embedded\n")
    (folder / "some.robust.yaml").write_text(text)
    (folder / "docs.jsonl").write_text('{"id": "d", "text": "The harbour light was lit in 1871."}\n')
    question = (
        '{"id": "q", "question": "When was the harbour light lit?", "answers": ["1871"], "gold_doc_ids": ["d"]}\n'
    )
    (folder / "questions.jsonl").write_text(question)
    first = run(folder, "-p", "pytest_robust.plugin", "--robust")
    assert re.search(r"HEAVY .*'torch'", first)
    second = run(folder, "-p", "pytest_robust.plugin", "--robust")
    assert ", 0 sent" in second
    assert not re.search(r"HEAVY .*'(torch|faiss|transformers)'", second)
