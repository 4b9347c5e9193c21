"""The specification's check values for noisy evidence, votes and deletion, every row of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, cast

import pytest

from robustcore.measures.evidence import citation_shares, label_of
from robustcore.stats.influence import influence_depth, min_flip, predicted, without
from robustcore.stats.noisy import averages, drop_estimate, drop_rel, harmonic_mean, pass_at_k, pass_hat_k
from robustcore.stats.rows import Row
from robustcore.stats.votes import Rule, certified

HERE = Path(__file__).parent


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def document(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


NOISY = document("noisybench_aggregation.json")


@pytest.mark.parametrize("case", NOISY["harmonic_mean"], ids=lambda case: case["id"])
def test_the_harmonic_mean_of_scores(case: dict[str, Any]) -> None:
    if case["id"] == "negative":
        with pytest.raises(ValueError, match="negative"):
            harmonic_mean(case["scores"])
        return
    found = harmonic_mean(case["scores"])
    assert found == (None if case["harmonic"] is None else pytest.approx(case["harmonic"], abs=1e-6))


def test_noisybench_averages_first_and_then_takes_the_drop() -> None:
    case = NOISY["drop_order"]
    rows = [
        Row(f"{name}-{i}", f"{name}-{i}", f"{name}-{i}", "HN", "hard_negative", 1.0, 0, "noisy.correct",
            case["noisy"][d] / 100, clean=case["clean"][d] / 100, tags=(f"dataset:{name}",))
        for d, name in enumerate(("first", "second"))
        for i in range(12)
    ]  # fmt: skip
    found = drop_estimate(averages(rows), "harmonic", 0.95, relative=True, sampled=False)
    assert found.value == pytest.approx(case["drop_of_harmonic_means"], abs=1e-6)
    assert found.value != pytest.approx(case["mean_of_drops"], abs=1e-6)


@pytest.mark.parametrize("case", NOISY["drop_cells"], ids=lambda case: f"{case['nd']}-{case['x']}")
def test_a_relative_drop_is_never_clamped_and_null_without_a_clean_score(case: dict[str, Any]) -> None:
    found = drop_rel(case["nd"], case["x"])
    assert found == (None if case["drop_rel"] is None else pytest.approx(case["drop_rel"], abs=1e-6))


@pytest.mark.parametrize("line", table("noisybench_rows.csv"), ids=lambda line: line["model"])
def test_the_drops_of_the_published_rows(line: dict[str, str]) -> None:
    for name in ("rd", "rc", "hn"):
        if line[name]:
            found = drop_rel(float(line["nd"]), float(line[name]))
            assert found is not None
            assert 100 * found == pytest.approx(float(line[f"{name}_drop_pct"]), abs=1e-4)
    if line["hn_drop_pct_printed"]:
        low, high = (float(line[f"hn_drop_pct_{end}_from_rounding"]) for end in ("min", "max"))
        assert low - 0.051 <= float(line["hn_drop_pct_printed"]) <= high + 0.051


@pytest.mark.parametrize("case", NOISY["pass_at_k"], ids=lambda case: f"{case['c']}-of-{case['n']}-at-{case['k']}")
def test_one_of_k_and_all_of_k(case: dict[str, Any]) -> None:
    n, c, k = case["n"], case["c"], case["k"]
    assert pass_at_k(n, c, k) == pytest.approx(case["pass_at_k"], abs=1e-6)
    assert pass_hat_k(n, c, k) == pytest.approx(case["pass_hat_k"], abs=1e-6)


EVIDENCE = document("evidence_use.json")


@pytest.mark.parametrize("case", EVIDENCE["labels"], ids=lambda case: case["label"])
def test_the_eight_labels_of_evidence_use(case: dict[str, Any]) -> None:
    correct, gold, distractor = (bool(case[name]) for name in ("correct", "used_gold", "used_distractor"))
    assert label_of(correct=correct, used_gold=gold, used_distractor=distractor) == case["label"]
    assert case["rationale_reward"] == int(gold)


@pytest.mark.parametrize("case", EVIDENCE["citations"])
def test_citation_ratios(case: dict[str, Any]) -> None:
    found = citation_shares(case["cited"], case["gold"], case["distractors"])
    assert found == (case["citation_precision"], case["citation_recall"], case["distractor_citation_rate"])


@pytest.mark.parametrize("rule", ["exact", "published"])
def test_every_vote_is_certified_as_the_table_says(rule: str) -> None:
    for line in table("vote_certificate.csv"):
        votes = [None if letter == "-" else letter for letter in line["votes_by_rank"]]
        wanted = line[f"{rule}_rule"] == "true"
        assert certified(votes, int(line["k_prime"]), cast("Rule", rule)) is wanted, line


DELETION = document("stability_deletion.json")


@pytest.mark.parametrize("case", DELETION["deletion_answer_side"])
def test_predicted_deletions_and_the_smallest_that_flips(case: dict[str, Any]) -> None:
    found = predicted(case["score"], case["loo_effects"])
    assert found == pytest.approx(case["predicted_worst_by_size"], abs=1e-6)
    assert min_flip(case["score"], case["loo_effects"], case["pass_at_least"]) == case["predicted_min_flip_size"]


def test_an_exact_retriever_skips_what_was_deleted() -> None:
    case = DELETION["deletion_retrieval_side"]
    whole = case["ranking"][: case["k"]]
    for deletion in case["cases"]:
        found = without(case["ranking"], deletion["deleted"], case["k"])
        assert found == deletion["topk"]
        assert (found != whole) is deletion["changed"]


@pytest.mark.parametrize("case", document("influence_depth.json")["cases"])
def test_the_depth_of_influence_is_averaged_over_the_cases_that_have_any(case: dict[str, Any]) -> None:
    depths = [depth for effects in case["rows"] if (depth := influence_depth(effects)) is not None]
    if case["depth"] is None:
        assert not depths
    else:
        assert sum(depths) / len(depths) == pytest.approx(case["depth"], abs=1e-6)
