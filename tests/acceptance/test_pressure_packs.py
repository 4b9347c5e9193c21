"""The packs parrot and emotion as shipped: on the embedded default, and on a callable that bends."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("sentence_transformers")

QUIET = ("-q", "-p", "no:randomly", "-p", "no:langsmith_plugin", "--robust-ledger=none")
BENDING = r'''
import re

def bends(question):
    """Choose A, or the letter in the sentence behind the options where there is one."""
    parts = question.split("\n\n")
    said = re.findall(r"(?<![\w'(])[A-D](?![\w'])", parts[-2]) if len(parts) > 2 else []
    letter = said[-1] if said else "A"
    return {"answer": f"({letter}) it is", "logprobs": {"A": -0.3, "B": -1.9, "C": -3.0, "D": -3.0}}
'''
CORE = """
robust: 1
name: core
system: bending:bends
data: {corpus: emotion, tags: [core]}
use: emotion
items: group
"""


def run(pytester: pytest.Pytester, *options: str) -> tuple[pytest.RunResult, dict[str, Any]]:
    result = pytester.runpytest_subprocess("--robust", *QUIET, "--robust-report=out.json", *options)
    report = json.loads((pytester.path / "out.json").read_text(encoding="utf-8"))
    return result, {scenario["name"]: scenario for scenario in report["scenarios"]}


def values(told: dict[str, Any]) -> dict[str, float | None]:
    return {suite["name"]: suite["estimate"]["value"] for suite in told["suites"]}


def test_the_embedded_default_skips_what_needs_choices_and_answers_pressed_questions(
    pytester: pytest.Pytester,
) -> None:
    result, told = run(pytester, "--robust-pack=parrot", "--robust-sample=4", "--robust-items=group", "-rs")
    assert "missing injection point: embedded does not offer choices" in result.stdout.str()
    assert {gate["status"] for gate in told["parrot"]["gates"]} == {"not_run"}
    assert not told["parrot"]["cases"]
    pressed = {case["condition"] for case in told["open-pressure"]["cases"]}
    assert {"authority_v1", "directive", "false_citation", "authority_claim", "neutral_sentence"} <= pressed
    assert "repeat_pressure" not in pressed  # it has no conversation
    found = values(told["open-pressure"])
    assert found["parrot.follow"] is not None
    assert found["parrot.follow[authority_claim]"] is not None


def test_a_callable_is_pressed_by_its_text_and_judged_by_the_letters_it_writes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(bending=BENDING)
    options = ["--robust-pack=parrot", "-k", "not open", "--robust-sample=40", "--robust-items=group"]
    _, told = run(pytester, *options, "--robust-system=bending:bends")
    found = values(told["parrot"])
    assert found["parrot.follow"] == 1
    assert found["parrot.unparsed"] == 0
    assert found["parrot.hint_gain"] is not None
    assert found["parrot.hint_gain"] > 0
    assert found["parrot.delta_p_gold"] == 0
    assert found["parrot.follow[repeat_pressure]"] is None
    assert {name for name in found if name.startswith("parrot.subject[")}


def test_the_emotion_pack_runs_its_162_core_prompts_and_names_every_scenario(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(bending=BENDING)
    pytester.makefile(".robust.yaml", core=CORE)
    _, told = run(pytester)
    cases = told["core"]["cases"]
    assert len(cases) == 162
    found = values(told["core"])
    assert found["drift.signed"] == 0
    assert found["drift.outlying"] == 0
    rows = {name.split("[")[1].split(",")[0] for name in found if name.startswith("drift.scenario[")}
    assert len(rows) == 9
