"""The best of several drafts that misses the similarity gate is run, counted and marked, never passed silently."""

from __future__ import annotations

import json

import pytest
from acceptance.conftest import EACH, App

pytest.importorskip("sentence_transformers")

TYPOS = "question.typo_composite"


def test_a_text_below_the_similarity_gate_is_marked_in_case_condition_and_summary(app: App) -> None:
    app.scenario(perturb="  - typo_composite: {share: 1.0}", body=EACH)
    result = app.run("--robust-report=out.json")
    (scenario,) = json.loads((app.path / "out.json").read_text())["scenarios"]
    marked = [case for case in scenario["cases"] if case["below_gate"]]
    others = [case for case in scenario["cases"] if not case["below_gate"]]
    assert marked
    assert all(case["similarity"] < 0.85 and "0.85 is asked for" in case["remarks"][TYPOS] for case in marked)
    assert all(case["similarity"] >= 0.85 and not case["remarks"] for case in others)
    (condition,) = scenario["conditions"]
    assert condition["realised"]["below_gate"] == len(marked)
    result.stdout.fnmatch_lines([f"*below_gate: {len(marked)} of 5 are the best of several tries*"])
