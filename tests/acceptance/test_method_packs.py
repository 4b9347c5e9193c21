"""The packs of RARE, FailSafeQA and DeR2 for real: the embedded default, a language model in a folder, offline."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import models
import pytest

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.records import Dataset
from robustcore.stats.failsafe import KINDS
from robustcore.stats.rare_met import DOCUMENTS, QUERIES

pytest.importorskip("sentence_transformers")

STORED = {"grammar": "question.grammar_rewrite", "irrelevant": "question.irrelevant_info"}
LAY = "question.lay_rewording"
Told = dict[str, Any]


@cache
def data(pack: str) -> Dataset:
    return bundled_dataset(pack)


@pytest.fixture(scope="module", name="ledger")
def _ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger for all runs of this file: the index of the corpora, kept beside it, is built once."""
    return tmp_path_factory.mktemp("kept") / "ledger.sqlite"


def run(pytester: pytest.Pytester, ledger: Path, *options: str) -> tuple[str, dict[str, Told]]:
    """Run the packs in their fast form; return what was printed, and the scenarios of the report by name."""
    result = pytester.runpytest_subprocess(
        *("--robust", "--robust-pack=smoke", "-p", "no:randomly", "-q"),
        *(f"--robust-ledger={ledger}", "--robust-report=out.json", *options),
    )
    assert not {"failed", "errors"} & result.parseoutcomes().keys()
    report = json.loads((pytester.path / "out.json").read_text())
    return result.stdout.str(), {scenario["name"]: scenario for scenario in report["scenarios"]}


def suites(told: Told) -> dict[str, Told]:
    return {suite["name"]: suite for suite in told["suites"]}


def test_the_embedded_default_runs_rare_and_failsafe_completely(pytester: pytest.Pytester, ledger: Path) -> None:
    printed, scenarios = run(pytester, ledger)
    assert "not run: needs a chat model" not in printed
    assert "not run: ratings" not in printed  # judged by rules because its file says so
    rare, failsafe = suites(scenarios["rare-smoke"]), suites(scenarios["failsafe-smoke"])
    assert rare["rare_met.knowledge_rate"]["estimate"]["value"] == 0  # a reader without documents has nothing to quote
    for name in ("rare_met.overall", "rare_met.query", "rare_met.document", "rare_met.real_world"):
        assert rare[name]["complete"], name
        assert 0 < rare[name]["estimate"]["value"] < 1, name
    cells = {f"rare_met.cell[{query},{document}]" for query in QUERIES for document in DOCUMENTS}
    assert cells <= rare.keys()
    assert {case["condition"] for case in scenarios["failsafe-smoke"]["cases"]} == set(KINDS)
    for part in ("robustness", "grounding", "llmc"):
        assert failsafe[f"failsafe.{part}(scored_by=rules)"]["complete"], part
    summary = printed.partition("robustness summary")[2].partition("calls: ")[0]
    assert max(map(len, summary.splitlines())) <= 80
    assert {gate["status"] for gate in scenarios["der2-smoke"]["gates"]} == {"not_run"}


def test_variants_that_take_a_writer_are_the_stored_ones(pytester: pytest.Pytester, ledger: Path) -> None:
    _, scenarios = run(pytester, ledger, "--robust-items=case")
    stored = {example.id: example.variants for example in (*data("rare").examples, *data("failsafe").examples)}
    seen = 0
    for case in (*scenarios["rare-smoke"]["cases"], *scenarios["failsafe-smoke"]["cases"]):
        query = case["condition"].partition("-")[0]
        name = LAY if query == "out_of_domain" else STORED.get(query)
        if name and case["texts"]["answer"]:
            seen += 1
            assert case["texts"]["perturbed"] == stored[case["item"]][name], case["id"]
    assert seen >= 12 * 2 * 3


def test_all_packs_run_on_a_language_model_in_a_folder(pytester: pytest.Pytester, ledger: Path, tmp_path: Path) -> None:
    folder = models.causal_model(tmp_path / "tiny", positions=4096)
    given = ["max_tokens=8", "context_chars=1200", "k=2", "dtype=fp32", "device_map=cpu", "threads=1"]
    options = [f"--robust-model={folder}", *(f"--robust-model-arg={pair}" for pair in given), "--robust-sample=3"]
    _, scenarios = run(pytester, ledger, *options)
    for told in scenarios.values():
        assert told["system"].startswith("tiny as model-rag")
        assert {case["outcome"] for case in told["cases"]} <= {"passed", "tolerated", "skipped"}
    assert suites(scenarios["rare-smoke"])["rare_met.knowledge_rate"]["estimate"]["n"] == 3
    assert {case["status"] for case in scenarios["der2-smoke"]["cases"]} == {"applied"}
    assert suites(scenarios["der2-smoke"])["der2.score[full_set](scored_by=grader)"]["estimate"]["n"] == 3
