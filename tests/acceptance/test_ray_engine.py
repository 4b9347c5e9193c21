"""``--robust-engine ray``: the outcomes of a run without it, from actors; and what is told where it cannot be had."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import models
import pytest
from acceptance.conftest import EACH, GATE, WORDS, App

from pytest_robust.options import Options

pytest.importorskip("sentence_transformers")
pytest.importorskip("ray", reason='needs pip install "pytest-robust[ray]"')

WITH = ["--robust-engine=ray", "--robust-ray-actors=2"]
TELLS = """
import sys


def pytest_unconfigure(config):
    print("ray imported:", "ray" in sys.modules)
"""


@pytest.fixture(name="asked")
def _asked(app: App, tmp_path: Path) -> list[str]:
    """Options that put a tiny language model in a folder under test, with fifteen questions to ask it."""
    folder = models.causal_model(tmp_path / "tiny", positions=4096)
    arguments = ["max_tokens=8", "context_chars=1200", "k=2", "dtype=fp32", "device_map=cpu", "threads=1"]
    app.pytester.makeconftest(TELLS)
    questions = [f"Which {what} is {word} please" for what in ("digit", "number", "sign") for word in WORDS]
    rows = [{"id": f"q{n}", "question": question, "answers": [str(n % 5 + 1)]} for n, question in enumerate(questions)]
    app.jsonl("questions.jsonl", rows)
    app.scenario(body=GATE)
    return [f"--robust-model={folder}", *(f"--robust-model-arg={pair}" for pair in arguments)]


def _by_id(scenario: Any) -> list[Any]:
    return sorted(scenario["cases"], key=lambda case: str(case["id"]))


def report(app: App) -> Any:
    return json.loads((app.path / "out.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_a_run_with_ray_has_the_outcomes_of_one_without(app: App, asked: list[str], workers: list[str]) -> None:
    seen = {}
    for name, more in (("here", ["--robust-ledger=none"]), ("there", [*WITH, *workers])):
        result = app.run_apart(*asked, *more, "--robust-report=out.json")
        seen[name] = result.parseoutcomes(), report(app)
        assert result.parseoutcomes().get("errors", 0) == 0
        assert f"ray imported: {name == 'there'}" in result.stdout.str()
    assert seen["here"][0] == seen["there"][0]
    here, there = (seen[name][1] for name in ("here", "there"))
    assert [_by_id(scenario) for scenario in here["scenarios"]] == [_by_id(s) for s in there["scenarios"]]
    for name in ("asked", "unique", "sent", "failed"):
        assert here["calls"][name] == there["calls"][name]
    of_model = [next(e for e in told["endpoints"] if e["name"].startswith("tiny@")) for told in (here, there)]
    for name in ("sent", "failed", "input_tokens", "output_tokens"):
        assert of_model[0][name] == of_model[1][name]
    again = app.run_apart(*asked, *WITH, *workers, "--robust-report=out.json")  # nothing is sent, so nothing is started
    assert report(app)["calls"]["sent"] == 0
    assert "ray imported: False" in again.stdout.str()


def test_an_address_where_nobody_answers_stops_the_run_with_one_message(app: App, asked: list[str]) -> None:
    result = app.run_apart(*asked, "--robust-engine=ray", "--robust-ray-address=127.0.0.1:9")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --robust-engine ray: no Ray cluster answers at 127.0.0.1:9: *refused*"])


def test_ray_address_of_the_environment_is_heeded(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.7:6379")
    assert Options.of(pytester.parseconfig("--robust-engine=ray")).ray_address == "10.0.0.7:6379"
    given = pytester.parseconfig("--robust-engine=ray", "--robust-ray-address=auto")
    assert Options.of(given).ray_address == "auto"
    assert Options.of(pytester.parseconfig()).ray_address == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--robust-ray-address=auto"], "go with --robust-engine ray"),
        (["--robust-engine=ray", "--robust-ray-actors=-1"], "give a number above 0"),
        (["-o", "robust_engine=spark"], "'spark' is no engine; choices: local, ray"),
    ],
)
def test_a_wrong_option_stops_the_run(app: App, options: list[str], said: str) -> None:
    app.scenario(body=EACH)
    result = app.run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}*"])


def test_functions_of_the_application_are_asked_here_as_ever(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    result = app.run("-o", "robust_engine=ray")
    result.assert_outcomes(passed=5)
    assert len(app.calls) == 10


def test_a_missing_extra_is_told_with_the_command_that_installs_it(app: App) -> None:
    app.scenario(body=EACH)
    hide = "import sys; sys.modules['ray'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    command = [sys.executable, "-c", hide, "--robust", "--robust-engine=ray", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=app.path, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--robust-engine ray needs 'ray', which is not installed: pip install \"pytest-robust[ray]\"" in done.stderr
