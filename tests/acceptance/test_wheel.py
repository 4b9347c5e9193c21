"""The wheel: what is in it, and that it works away from the checkout."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREES = {
    "src/robustcore": "robustcore",
    "pytest_robust": "pytest_robust",
    "scenarios": "robustcore/_shipped/scenarios",
    "fixtures": "robustcore/_shipped/fixtures",
}
LEFT_OVER = {"__pycache__", ".robust", ".pytest_cache"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="needs a checkout"),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the checkout with what work leaves behind in it."""
    pytest.importorskip("hatchling", reason="needs the build backend: pip install --group dev")
    copy = tmp_path_factory.mktemp("source")
    for tree in TREES:
        shutil.copytree(ROOT / tree, copy / tree, ignore=shutil.ignore_patterns(*LEFT_OVER))
    for file in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / file, copy / file)
    for left_over in ("scenarios/.robust/ledger.sqlite", "fixtures/.DS_Store", "src/robustcore/__pycache__/x.pyc"):
        (copy / left_over).parent.mkdir(exist_ok=True)
        (copy / left_over).touch()
    out = tmp_path_factory.mktemp("dist")
    # in this environment, not an isolated one: no download
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(copy))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with nothing but the wheel's files, to be put before everything else on the path."""
    target = tmp_path_factory.mktemp("site")
    pip("install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    return target


def pip(*args: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *args]
    subprocess.run(command, check=True, capture_output=True, text=True)


def run(installed: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run ``python *args`` in ``folder``, where our packages come from the wheel; standard error is in the output."""
    environ = {**os.environ, "PYTHONPATH": str(installed), "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [sys.executable, *args], cwd=folder, env=environ, check=False, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_the_wheel_has_both_packages_and_what_they_ship_and_nothing_else(wheel: Path) -> None:
    expected = {
        f"{there}/{path.relative_to(ROOT / here).as_posix()}"
        for here, there in TREES.items()
        for path in (ROOT / here).rglob("*")
        if path.is_file() and not LEFT_OVER & set(path.parts) and not path.name.startswith(".")
    }
    with zipfile.ZipFile(wheel) as archive:
        found = set(archive.namelist())
    about = {name for name in found if ".dist-info/" in name}
    assert found - about == expected
    assert {name.partition("/")[2] for name in about} == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"
    }  # fmt: skip
    assert {"robustcore/py.typed", "pytest_robust/py.typed"} <= expected


def test_shipped_folders_are_found_inside_the_installed_package(installed: Path, tmp_path: Path) -> None:
    code = (
        "from robustcore.corpus.bundled import bundled_dataset, bundled_names, shipped_folder\n"
        "print(shipped_folder('fixtures')); print(shipped_folder('scenarios'))\n"
        "print(*(len(bundled_dataset(name).examples) > 0 for name in bundled_names()))\n"
    )
    result = run(installed, tmp_path, "-c", code)
    shipped = installed / "robustcore" / "_shipped"
    assert result.stdout.splitlines()[:2] == [str(shipped / "fixtures"), str(shipped / "scenarios")], result.stdout
    assert set(result.stdout.splitlines()[2].split()) == {"True"}


PYTEST = ("-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "--robust")
QUICKSTART = ("--robust-pack", "quickstart", "--robust-sample", "12", "--robust-system", "app:answer", "-k", "typos")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return the folder of an application that gives one answer to everything, with a scenario."""
    (tmp_path / "app.py").write_text("def answer(question):\n    return '12'\n", encoding="utf-8")
    question = '{"id": "q1", "question": "How much is a ticket?", "answers": ["12"]}\n'
    (tmp_path / "data.jsonl").write_text(question, encoding="utf-8")
    (tmp_path / "docs.jsonl").write_text('{"id": "d1", "text": "A ticket is 12 crowns."}\n', encoding="utf-8")
    (tmp_path / "a.robust.yaml").write_text(
        "robust: 1\nname: shout\nsystem: app:answer\naxis: none\ndata: {corpus: docs.jsonl, questions: data.jsonl}\n"
        "perturb: [question.casing: upper]\nmeasures: [answer_correct]\n"
        "expect: [{each: {measure: answer_correct, at-least: 1}}]\n",
        encoding="utf-8",
    )
    return tmp_path


def test_a_callable_is_tested_away_from_the_checkout(installed: Path, app: Path) -> None:
    assert "1 passed" in run(installed, app, *PYTEST).stdout
    code = "from robustcore.cli import main; raise SystemExit(main(['check', 'a.robust.yaml']))"
    assert run(installed, app, "-c", code).stdout == "1 file: 1 sound scenario, 0 problems\n"


def test_ids_of_a_shipped_pack_name_the_pack_and_the_command_to_run_one_again_works(installed: Path, app: Path) -> None:
    result = run(installed, app, *PYTEST, *QUICKSTART, "-rfE")
    gate = "FAILED quickstart/typos.robust.yaml::typos_gate[drop_abs_citation_correct-1]"
    assert gate in result.stdout, result.stdout
    again = next(line for line in result.stdout.splitlines() if "run again" in line and line.endswith("correct-1]'"))
    command = shlex.split(again.partition("run again")[2])
    assert command[:2] == ["pytest", "--robust"]
    alone = run(installed, app, *PYTEST, *command[2:], "-rfE")
    assert gate in alone.stdout, alone.stdout
    assert "collected 1 item" in alone.stdout
