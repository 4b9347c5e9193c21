"""The example extension, installed: what it brings is used by name, as CONTRIBUTING.md says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "examples" / "robust-extension"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the extension into a folder of its own, without any download."""
    pytest.importorskip("hatchling", reason="needs the build backend: pip install --group dev")
    target = tmp_path_factory.mktemp("site")
    options = ("--no-deps", "--no-index", "--no-build-isolation", "--target", str(target))
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "install", *options, str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return target


def run(site: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT / "src"), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *args], cwd=folder, env=environ, check=False, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def pytest_of(site: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return run(site, folder, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "--robust", *args)


def test_its_pack_runs_with_its_operator_measure_and_endpoint(site: Path, tmp_path: Path) -> None:
    result = pytest_of(site, tmp_path, "--robust-pack", "kiosk", "--robust-report=json=run.json", "-v")
    assert "kiosk/kiosk.robust.yaml::kiosk[filler-s0.5-q1]" in result.stdout, result.stdout
    assert "6 passed" in result.stdout
    report = json.loads((tmp_path / "run.json").read_text())
    (scenario,) = report["scenarios"]
    rated = {case["id"]: case["scores"]["courtesy"] for case in scenario["cases"]}
    assert rated["filler-s0.5-q1"] == [1.0, ""]
    assert len(rated) == 6


def test_another_process_makes_its_endpoint_from_a_spec(site: Path, tmp_path: Path) -> None:
    code = (
        "from robustcore.endpoints.specs import make_endpoint\n"
        "from robustcore.calls.types import Call\n"
        "calls = [Call(endpoint='courtesy', op='rate', payload={'text': 'Thank you, please come again.'})]\n"
        "print(list(make_endpoint({'kind': 'courtesy'}).run(calls))[0][1].value)\n"
    )
    assert run(site, tmp_path, "-c", code).stdout == "{'polite': 2}\n"


def test_what_it_brings_is_listed_and_its_own_test_passes(site: Path, tmp_path: Path) -> None:
    code = "from robustcore.cli import main; raise SystemExit(main({}))"
    assert "question.filler" in run(site, tmp_path, "-c", code.format(["perturb", "list"])).stdout
    assert "courtesy" in run(site, tmp_path, "-c", code.format(["measures"])).stdout
    assert "1 passed" in run(site, tmp_path, "-m", "pytest", "-q", str(SOURCE / "tests")).stdout


def test_an_unknown_pack_is_answered_with_all_there_are(site: Path, tmp_path: Path) -> None:
    result = pytest_of(site, tmp_path, "--robust-pack", "kiosc")
    assert "no pack is called 'kiosc'" in result.stdout
    assert "kiosk" in result.stdout
    assert "quickstart" in result.stdout
