"""The example agent works as its README says: its own tests, and its scenarios in parts and as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("langchain", reason="needs the extra 'chat'")
pytest.importorskip("faiss", reason="needs the extra 'local'")
pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("examples") / "langchain-agent"
    unwanted = shutil.ignore_patterns(".robust", "__pycache__")
    shutil.copytree(ROOT / "examples" / "langchain-agent", copy, ignore=unwanted)
    return copy


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path, *args: str) -> pytest.RunResult:
    monkeypatch.chdir(folder)
    return pytester.runpytest_subprocess(f"--rootdir={folder}", "-p", "no:randomly", *args)


def test_its_own_tests_pass_without_robust(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    run(pytester, monkeypatch, folder).assert_outcomes(passed=8)


def test_the_plan_starts_no_agent(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    result = run(pytester, monkeypatch, folder, "--robust-plan", "-k", "gone", "--robust-sample=6")
    result.stdout.fnmatch_lines(["*shop*.steps step: 6 unique calls*", "*shop*.model: * calls before de-duplication*"])


@pytest.mark.parametrize("system", ["shop", "shop-graph"])
def test_every_gate_holds(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path, system: str
) -> None:
    args = ("--robust", "--robust-sample=6", f"--robust-system={system}", "tests/agent.robust.yaml", "-rs")
    result = run(pytester, monkeypatch, folder, *args)
    outcomes = result.parseoutcomes()
    assert "failed" not in outcomes, result.stdout.str()
    assert "errors" not in outcomes
    assert ("skipped" in outcomes) == (system == "shop-graph")
    if system == "shop-graph":
        result.stdout.fnmatch_lines(["*not_applicable*the list of tools of a finished agent cannot be changed*"])
