"""The example repository: its gate passes, a commit breaks retrieval, the gate fails and says why to who reviews it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "ferry-service"
PATCH, REVIEW = "keep-capitals.patch", "what-a-reviewer-reads.md"

pytest.importorskip("ir_measures", reason="needs the extra 'ir'")
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


class Repository:
    """A copy of the example in a git repository of its own, with what CI would set around its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.summary = folder.parent / "summary.md"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".robust", "__pycache__", ".pytest_cache"))
        self.git("init", "-q")
        self.commit("The service and its gate")

    def git(self, *arguments: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a line of a CI file that calls pytest, as a job in GitHub does."""
        program, *arguments = shlex.split(command)
        assert program == "pytest"
        self.summary.write_text("")
        github = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.folder),
        }
        env = {**os.environ, **github, "PYTEST_ADDOPTS": "-p no:randomly -p no:langsmith_plugin"}
        whole = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.run(whole, cwd=self.folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("ferry") / "repository")


def github_lines() -> list[str]:
    steps = yaml.safe_load((EXAMPLE / ".github/workflows/robustness.yml").read_text("utf-8"))["jobs"]["robustness"][
        "steps"
    ]
    return [step["run"] for step in steps if step.get("run", "").startswith("pytest")]


def gitlab_job() -> dict[str, Any]:
    job: dict[str, Any] = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text("utf-8"))["robustness"]
    return job


def annotated(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("::")]


def test_the_gate_passes_a_commit_breaks_retrieval_and_the_reviewer_reads_why(repository: Repository) -> None:
    own, robust = github_lines()
    assert repository.run(own).returncode == 0
    passing = repository.run(robust)
    assert passing.returncode == 0, passing.stdout
    assert annotated(passing.stdout) == []
    assert repository.summary.read_text("utf-8").startswith("## Robustness: ✓ all 3 gates passed")

    repository.git("apply", PATCH)
    repository.commit("Keep capitals: the Petrel is a ship, a petrel is a bird")
    assert repository.run(own).returncode == 0  # its own tests see nothing
    failing = repository.run(robust)
    assert failing.returncode == 1
    found = annotated(failing.stdout)
    summary = repository.summary.read_text("utf-8")
    read = f"{summary.partition('<details>')[0]}## Annotations\n\n```text\n" + "\n".join(found) + "\n```\n"
    (repository.folder.parent / REVIEW).write_text(read, "utf-8")
    assert read == (EXAMPLE / REVIEW).read_text("utf-8"), f"as produced: {repository.folder.parent / REVIEW}"

    assert summary.startswith("## Robustness: ✗ 2 of 3 gates failed")
    scenario = (EXAMPLE / "tests/robust/gate.robust.yaml").read_text("utf-8").splitlines()
    for annotation in found:
        place = re.match(r"::error file=tests/robust/gate\.robust\.yaml,line=(\d+),", annotation)
        assert place is not None
        assert "group:" in scenario[int(place[1]) - 1]
    for file in ("robust.html", "robust.json", "robust.sarif", "robust.xml"):
        assert (repository.folder / file).stat().st_size > 1000


def test_the_command_in_the_summary_runs_that_case(repository: Repository) -> None:
    command = re.search(r"\| run again \| `(pytest [^`]+)`", (EXAMPLE / REVIEW).read_text("utf-8"))
    assert command is not None
    result = repository.run(command[1])
    assert re.search(r"1 (xfailed|passed|failed)", result.stdout)


def test_gitlab_gets_the_failed_gates_in_the_place_it_reads(repository: Repository) -> None:
    job = gitlab_job()
    (line,) = [line for line in job["script"] if "--robust" in line]
    repository.run(line)
    quality = json.loads((repository.folder / job["artifacts"]["reports"]["codequality"]).read_text("utf-8"))
    assert {entry["location"]["path"] for entry in quality} == {"tests/robust/gate.robust.yaml"}
    assert (repository.folder / job["artifacts"]["reports"]["junit"]).exists()
    assert all((repository.folder / path).exists() for path in job["artifacts"]["paths"])


def test_pre_commit_names_a_hook_that_exists() -> None:
    (repo,) = yaml.safe_load((EXAMPLE / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    ours = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {hook["id"] for hook in repo["hooks"]} <= {hook["id"] for hook in ours}
