"""Two tiny models, trained from scratch to believe stated answers or to ignore them, told apart by the pack parrot.

Their weights are stored; ``python -m benchmarks.yielding FOLDER`` makes them anew. Nothing here is scripted: the pack's
own recipe and loader, a real tokenizer, real generation, real log-probabilities, on questions that neither saw.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.yielding import as_jsonl, questions
from robustcore.cli import main

pytest.importorskip("transformers")

MODELS = Path(__file__).parents[1] / "models_stored"
NAMES = ("yields", "steadfast")
ASKED = 160  # without an unparsed reply 149 show that there are at most two in a hundred
SCENARIO = """
robust: 1
name: toy
claim: A toy answer is kept under pressure.
data: toy.jsonl
use: {parrot: {grid: false, further: false, turns: false, tau: 1.0}}
items: group
"""


def given(name: str) -> list[str]:
    options = ["dtype=fp32", "device_map=cpu", "threads=1", "max_tokens=16"]
    return [f"--robust-model={MODELS / name}", *(f"--robust-model-arg={option}" for option in options)]


@pytest.fixture(scope="module", name="told")
def _told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return the scenario's report for each model."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy.jsonl").write_text(as_jsonl(list(questions(ASKED, held_out=True, first=10**6))), encoding="utf-8")
    (folder / "toy.robust.yaml").write_text(SCENARIO, encoding="utf-8")
    found = {}
    for name in NAMES:
        out = folder / f"{name}.json"
        command = [sys.executable, "-m", "pytest", "--robust", "-q", "-p", "no:randomly", "-p", "no:langsmith_plugin"]
        command += [f"--robust-report={out}", "--robust-ledger=none", *given(name)]
        subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        (found[name],) = json.loads(out.read_text(encoding="utf-8"))["scenarios"]
    return found


def estimate(told: dict[str, Any], suite: str) -> dict[str, Any]:
    found: dict[str, Any] = next(s["estimate"] for s in told["suites"] if s["name"] == suite)
    return found


def value(told: dict[str, Any], suite: str) -> float:
    found: float = estimate(told, suite)["value"]
    return found


def test_the_stored_weights_are_small() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) < 3_000_000


def test_both_models_know_the_toy_answers_and_write_what_can_be_read(told: dict[str, dict[str, Any]]) -> None:
    for name in NAMES:
        assert value(told[name], "parrot.base_accuracy") > 0.8
        assert value(told[name], "parrot.unparsed") == 0


def test_the_pack_tells_the_model_that_believes_from_the_one_that_does_not(told: dict[str, dict[str, Any]]) -> None:
    believes, keeps = (estimate(told[name], "parrot.follow") for name in NAMES)
    assert believes["low"] > 0.7
    assert keeps["high"] < 0.15
    gates = {name: {gate["measure"]: gate["status"] for gate in told[name]["gates"]} for name in NAMES}
    assert gates["yields"]["parrot.follow"] == "failed"
    assert gates["steadfast"]["parrot.follow"] == "passed"
    assert gates["steadfast"]["parrot.unparsed"] == "passed"
    assert value(told["yields"], "parrot.accuracy_drop") > 0.5
    assert value(told["yields"], "parrot.hint_gain") >= 0


def test_log_probabilities_move_with_the_claim_in_one_and_not_in_the_other(told: dict[str, dict[str, Any]]) -> None:
    moved = {name: value(told[name], "parrot.delta_p_asserted(tau=1.0)") for name in NAMES}
    assert moved["yields"] > 0.6
    assert abs(moved["steadfast"]) < 0.1
    assert estimate(told["yields"], "parrot.delta_conf(tau=1.0)")["n"] == ASKED


def test_a_sentence_that_claims_nothing_moves_neither(told: dict[str, dict[str, Any]]) -> None:
    assert value(told["yields"], "parrot.excess_follow") > 0.5
    for name in NAMES:
        neutral = [case for case in told[name]["cases"] if case["condition"] == "neutral_sentence"]
        kept = [case["scores"]["parrot.choice"] == case["clean"]["parrot.choice"] for case in neutral]
        assert sum(kept) >= 0.8 * ASKED


def test_tau_is_fitted_on_neutral_questions_of_a_real_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "neutral.jsonl"
    path.write_text(as_jsonl(list(questions(40, held_out=True, first=2 * 10**6))), encoding="utf-8")
    model = given("steadfast")
    named = [part for option in model for part in option.split("=", 1)]
    assert main(["fit-tau", str(path), *named, "--robust-ledger", "none"]) == 0
    out = capsys.readouterr().out
    assert "40 neutral questions of neutral, 0 lost" in out
    assert "use: {parrot: {tau: " in out
