"""The example application works as its README says: its own tests, the plan, the scenarios, the finished chain."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")
pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the application, with the replies of a first run in its ledger."""
    copy = tmp_path_factory.mktemp("examples") / "langchain-app"
    shutil.copytree(ROOT / "examples" / "langchain-app", copy, ignore=shutil.ignore_patterns(".robust", "__pycache__"))
    return copy


def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path, *args: str) -> pytest.RunResult:
    monkeypatch.chdir(folder)
    return pytester.runpytest_subprocess(f"--rootdir={folder}", "-p", "no:randomly", *args)


def test_its_own_tests_pass_without_robust(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    run(pytester, monkeypatch, folder).assert_outcomes(passed=4, skipped=1)


def test_a_question_disturbed_by_hand(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    run(pytester, monkeypatch, folder, "--robust", "tests/test_by_hand.py").assert_outcomes(passed=1)


def test_the_plan_names_the_calls(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    result = run(pytester, monkeypatch, folder, "--robust-plan")
    result.stdout.fnmatch_lines(["*robustness plan*", "*museum*retrieve: * unique calls*"])


def test_every_gate_holds(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    result = run(pytester, monkeypatch, folder, "--robust", "tests/rag.robust.yaml")
    outcomes = result.parseoutcomes()
    assert "failed" not in outcomes
    assert "errors" not in outcomes
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*robustness summary*", "*passed*"])


def test_the_finished_chain_skips_what_it_cannot_offer(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    args = ("--robust", "-rs", "tests/rag.robust.yaml", "-k", "noisy or withdrawn", "--robust-system=museum-chain")
    result = run(pytester, monkeypatch, folder, *args)
    assert set(result.parseoutcomes()) <= {"skipped", "deselected"}
    result.stdout.fnmatch_lines(["*missing injection point: museum-chain does not offer context*"])
