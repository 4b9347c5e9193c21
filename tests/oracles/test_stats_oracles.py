"""The specification's check values for bounds, planner, union, validity and risk, every row of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from stat_rows import row

from robustcore.keys import file_sha256
from robustcore.stats.exact import bentkus_high, hoeffding_high, kl_high, mean_high, pass_high, pass_low
from robustcore.stats.plan import sample_size
from robustcore.stats.risk import cvar, entropic
from robustcore.stats.suites import union_parts
from robustcore.stats.validity import JUDGED_BY_PEOPLE, validity

HERE = Path(__file__).parent
TOLERANCE = 1e-6


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def document(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "digest"), sorted(document("SHA256.json").items()))
def test_the_copy_of_the_check_values_is_unchanged(name: str, digest: str) -> None:
    assert file_sha256(HERE / name) == digest


def delta_of(text: str) -> float:
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


@pytest.mark.parametrize("case", table("pass_rate_bounds.csv"), ids=lambda case: "-".join(case.values()))
def test_every_bound_agrees_with_the_table(case: dict[str, str]) -> None:
    count, n, delta = int(case["count"]), int(case["n"]), delta_of(case["delta"])
    mean = count / n
    bounds = {
        "pass_rate_lower_clopper_pearson": lambda: pass_low(count, n, delta),
        "pass_rate_lower_union_of_5_configs": lambda: pass_low(count, n, delta),
        "risk_upper_clopper_pearson": lambda: pass_high(count, n, delta),
        "risk_upper_kl": lambda: kl_high(mean, n, delta),
        "risk_upper_bentkus": lambda: bentkus_high(mean, n, delta),
        "risk_upper_min_kl_bentkus": lambda: mean_high(mean, n, delta),
        "risk_upper_hoeffding": lambda: hoeffding_high(mean, n, delta),
    }
    assert bounds[case["bound"]]() == pytest.approx(float(case["value"]), abs=TOLERANCE)


@pytest.mark.parametrize("case", table("sample_size_planner.csv"), ids=lambda case: "-".join(case.values()))
def test_the_planner_gives_the_tabled_sample_sizes(case: dict[str, str]) -> None:
    target, delta = float(case["pass_rate_target"]), float(case["delta"])
    for failures, column in enumerate(("n_if_0_failures", "n_if_1_failure", "n_if_2_failures", "n_if_3_failures")):
        assert sample_size(target, delta, failures) == int(case[column])


@pytest.mark.parametrize("case", document("union.json")["cases"], ids=lambda case: case["id"])
def test_union_and_its_parts_agree_with_the_document(case: dict[str, Any]) -> None:
    families = case["pass_by_family"]
    rows = [
        row(i, value, clean=1.0, condition=name, reason="" if value is not None else "missing_reply")
        for name, values in families.items()
        for i, value in enumerate(values)
    ]
    found = union_parts(rows)
    assert found.estimate.value == pytest.approx(case["union"], abs=TOLERANCE)
    if "complete_queries" in case:
        assert found.estimate.n == case["complete_queries"]
        assert found.estimate.if_one == pytest.approx(case["union_if_missing_passes"], abs=TOLERANCE)
        assert found.estimate.if_zero == pytest.approx(case["union_if_missing_fails"], abs=TOLERANCE)
        return
    assert found.frechet == pytest.approx(tuple(case["frechet"]), abs=TOLERANCE)
    for name, loss in case["marginal_loss"].items():
        assert found.marginal[name] == pytest.approx(loss, abs=TOLERANCE)
    if "family_rates" in case:
        assert [found.families[name] for name in families] == pytest.approx(case["family_rates"], abs=TOLERANCE)


@pytest.mark.parametrize("case", document("validity.json")["cases"], ids=lambda case: case["id"])
def test_validity_rates_agree_with_the_document(case: dict[str, Any]) -> None:
    found = validity(list(zip(map(bool, case["clean"]), map(bool, case["perturbed"]), case["validity"], strict=True)))
    for name, value in case["expected"].items():
        ours = getattr(found, "rate" if name == "validity_rate" else name)
        assert ours == (None if value is None else pytest.approx(value, abs=TOLERANCE)), name


@pytest.mark.parametrize(
    "case", document("risk.json")["cvar"], ids=lambda case: f"{len(case['losses'])}-{case['tail']}"
)
def test_cvar_agrees_with_the_document(case: dict[str, Any]) -> None:
    found = cvar(case["losses"], case["tail"])
    assert found == (None if case["value"] is None else pytest.approx(case["value"], abs=TOLERANCE))


@pytest.mark.parametrize("case", document("risk.json")["entropic"], ids=lambda case: str(case["lam"]))
def test_entropic_risk_agrees_with_the_document(case: dict[str, Any]) -> None:
    assert entropic(case["losses"], case["lam"]) == pytest.approx(case["value"], abs=TOLERANCE)


def test_what_people_judged_of_the_operators_is_the_prior_of_a_suites_own_validity() -> None:
    with (HERE / "operator_validity.csv").open(encoding="utf-8", newline="") as file:
        pooled = {row["operator"]: row for row in csv.DictReader(file) if row["dataset"] == "pooled"}
    shipped = {name: (int(row["valid"]), int(row["judged_by_people"])) for name, row in pooled.items()}
    assert shipped == JUDGED_BY_PEOPLE
