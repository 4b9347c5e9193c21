"""The pack noisy for real: a language model in a folder works on its tasks, and what needs an agent is told apart."""

from __future__ import annotations

import json
from pathlib import Path

import models
import pytest

pytest.importorskip("sentence_transformers")


def test_a_language_model_in_a_folder_works_on_tasks_and_tool_use_is_not_run(
    pytester: pytest.Pytester, tmp_path: Path
) -> None:
    folder = models.causal_model(tmp_path / "tiny", positions=4096)
    given = ["max_tokens=4", "context_chars=600", "k=1", "dtype=fp32", "device_map=cpu", "threads=1"]
    result = pytester.runpytest_subprocess(
        *("--robust", "--robust-pack=noisy", "-p", "no:randomly", "-q", "--robust-items=group"),
        *(f"--robust-model={folder}", *(f"--robust-model-arg={pair}" for pair in given), "--robust-sample=12"),
        *("--robust-ledger=none", "--robust-report=out.json"),
    )
    assert "errors" not in result.parseoutcomes()
    (told,) = json.loads((pytester.path / "out.json").read_text())["scenarios"]
    ran: dict[str, set[str]] = {}
    for case in told["cases"]:
        kind = next(tag for tag in case["tags"] if tag.startswith("dataset:")).removeprefix("dataset:")
        if case["condition"] != "RC":
            ran.setdefault(kind, set()).add(case["reason"] if case["outcome"] == "skipped" else "ran")
    assert "ran" in ran["reasoning"] | ran["alignment"]
    assert all(reason.startswith("not run: needs an agent") for reason in ran["tool_use"])
    suites = {suite["name"]: suite for suite in told["suites"]}
    assert suites["noisy.score[ND]"]["estimate"]["n"] > suites["noisy.score[ND,rag]"]["estimate"]["n"]
    assert suites["noisy.score[ND,tool_use]"]["estimate"]["value"] is None
