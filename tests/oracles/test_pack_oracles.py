"""The specification's check values for RARE-Met and FailSafeQA, every row of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from stat_rows import row

from robustcore.keys import file_sha256
from robustcore.stats.failsafe import (
    ANSWERABLE,
    UNANSWERABLE,
    compliant_rows,
    grounding,
    llmc,
    llmc_estimate,
    of_kinds,
    robustness,
)
from robustcore.stats.means import mean_estimate
from robustcore.stats.rare_met import Cell, Part, Rule, probe_rows, robust, robust_rows
from robustcore.stats.rows import Row

HERE = Path(__file__).parent
FAMILY = {
    "baseline": "gold_only",
    "misspelled": "misspelled+gold_only",
    "incomplete": "incomplete+gold_only",
    "out_of_domain": "lay_rewording+gold_only",
    "ocr": "gold_only+ocr_noise",
    "missing_context": "empty",
    "out_of_scope": "swap_irrelevant",
}


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def document(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def flag(text: str) -> bool | None:
    return None if not text else text == "1"


@pytest.mark.parametrize("case", table("rare_met_truth_table.csv"), ids=lambda case: "-".join(case.values()))
def test_a_reply_is_robust_as_the_truth_table_says(case: dict[str, str]) -> None:
    rules: tuple[Rule, ...] = ("lenient", "strict")
    for rule in rules:
        if case["real_world_rule"] in (rule, "any"):
            found = robust(
                case["document_variant"],
                known=case["parametric_knowledge"] == "1",
                correct=case["correct"] == "1",
                refusal=case["refusal_phrase"] == "1",
                gold_retrieved=flag(case["gold_chunk_retrieved"]),
                rule=rule,
            )
            assert found == (case["robust"] == "1")


def toy_cells() -> list[Cell]:
    return [
        Cell(
            row=row(int(line["record"][1:]), 0.0),
            query=line["query_variant"],
            document=line["document_variant"],
            known=flag(line["parametric_knowledge"]),
            correct=flag(line["correct"]),
            refusal=flag(line["refusal_phrase"]),
            gold_retrieved=flag(line["gold_chunk_retrieved"]),
            retriever=line["retriever"],
        )
        for line in table("rare_met_toy_cells.csv")
    ]


@pytest.mark.parametrize("rule", ["lenient", "strict"])
def test_every_cell_of_the_toy_grid_is_judged_as_tabled(rule: Rule) -> None:
    rows = robust_rows(toy_cells(), "overall", rule=rule)
    assert [row.value for row in rows] == [float(line[f"robust_{rule}"]) for line in table("rare_met_toy_cells.csv")]


@pytest.mark.parametrize("rule", ["lenient", "strict"])
def test_every_aggregate_of_the_toy_grid_agrees(rule: Rule) -> None:
    cells = toy_cells()
    wanted = document("rare_met_toy_aggregates.json")["aggregates"][rule]

    def value(part: Part, known: bool | None = None, selector: tuple[str, ...] = ()) -> float | None:
        return mean_estimate(robust_rows(cells, part, rule=rule, known=known, selector=selector)).value

    found = {
        "overall": value("overall"),
        "query": value("query"),
        "document": value("document"),
        "real_world": {r: value("real_world", selector=(r,)) for r in ("a", "b")},
        "real_world_combined": value("real_world"),
        "overall_K1": value("overall", known=True),
        "overall_K0": value("overall", known=False),
        "cell_character_gold": value("cell", selector=("character", "gold")),
        "n_cells": len(robust_rows(cells, "overall", rule=rule)),
    }
    wrong = "document_mean_of_record_means_wrong"
    for name, target in wanted.items():
        if name == wrong:
            assert found["document"] != pytest.approx(target, abs=1e-3)
        else:
            assert found[name] == pytest.approx(target, abs=1e-6), name
    assert value("cell", selector=("character", "nowhere")) is None


def test_the_knowledge_rate_of_the_toy_grid_agrees() -> None:
    known = {cell.row.item: cell.known for cell in toy_cells()}
    rows = [row(item, float(bool(k)), family="no_documents") for item, k in known.items()]
    others = [row("r1", 1.0, family="gold_only"), row("r1", 1.0, family="clean")]
    rate = mean_estimate(probe_rows([*rows, *others])).value
    assert rate == pytest.approx(document("rare_met_toy_aggregates.json")["k_rate"], abs=1e-6)


@pytest.mark.parametrize("model", table("failsafeqa_table.csv"), ids=lambda line: line["model"])
def test_the_published_scores_of_every_model_are_reproduced(model: dict[str, str]) -> None:
    r, g = float(model["robustness"]), float(model["grounding"])
    assert f"{llmc(r, g):.2f}" == model["llmc"]
    assert llmc(r, g) == pytest.approx(float(model["llmc_recomputed"]), abs=1e-6)
    mean = (float(model["missing_context"]) + float(model["irrelevant_context"])) / 2
    assert mean == pytest.approx(float(model["grounding_recomputed"]), abs=1e-6)
    assert abs(g - mean) <= 0.005 + 1e-9
    rates = [float(model[kind]) for kind in ("base", *ANSWERABLE[1:])]
    low, high = max(0.0, sum(rates) - 4), min(rates)
    assert (low, high) == pytest.approx((float(model["robustness_lower"]), float(model["robustness_upper"])))
    assert low - 1e-9 <= r <= high + 1e-9


def test_r_of_any_rows_keeps_the_limits_that_its_rates_allow() -> None:
    rows = [
        row(i, float((i * 7 + j * 3) % 10 > j), family=FAMILY[kind])
        for i in range(40)
        for j, kind in enumerate(ANSWERABLE)
    ]
    complied = compliant_rows(rows, 1)
    rates = [mean_estimate(of_kinds(complied, (kind,))).value or 0.0 for kind in ANSWERABLE]
    value = robustness(complied).value
    assert value is not None
    assert max(0.0, sum(rates) - 4) - 1e-9 <= value <= min(rates) + 1e-9


@pytest.fixture(scope="module")
def ratings(check_values: Path) -> list[Row]:
    path = check_values / "failsafeqa_ratings.csv"
    assert file_sha256(path) == document("failsafeqa_ratings_aggregates.json")["sha256"]
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            row(int(line["idx"]), float(line["rating"]), condition=line["kind"], family=FAMILY[line["kind"]])
            for line in csv.DictReader(stream)
        ]


@pytest.mark.parametrize("threshold", ["4", "5", "6"])
def test_the_scores_of_the_published_ratings_are_reproduced(ratings: list[Row], threshold: str) -> None:
    wanted = document("failsafeqa_ratings_aggregates.json")["by_threshold"][threshold]
    rows = compliant_rows(ratings, float(threshold))
    assert len(rows) == 1540
    r, g, both = robustness(rows), grounding(rows), llmc_estimate(rows)
    assert (r.n, g.n) == (wanted["robustness_den"], wanted["grounding_den"])
    assert r.value == pytest.approx(wanted["robustness"], abs=1e-6)
    assert g.value == pytest.approx(wanted["grounding"], abs=1e-6)
    assert both.value == pytest.approx(wanted["llmc_beta_0_5"], abs=1e-6)
    assert llmc_estimate(rows, beta=2).value == pytest.approx(wanted["llmc_beta_2_wrong"], abs=1e-6)
    assert llmc_estimate(rows, beta=1).value == pytest.approx(wanted["llmc_beta_1"], abs=1e-6)
    mean = mean_estimate(of_kinds(rows, ANSWERABLE)).value
    assert mean == pytest.approx(wanted["mean_over_five"], abs=1e-6)
    by_kind = {kind: sum(row.value or 0 for row in of_kinds(rows, (kind,))) for kind in (*ANSWERABLE, *UNANSWERABLE)}
    assert by_kind == wanted["compliant_by_kind"]
    assert both.low is not None
    assert both.high is not None
    assert both.value is not None
    assert both.low < both.value < both.high
