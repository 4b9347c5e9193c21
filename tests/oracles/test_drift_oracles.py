"""The specification's check values for emotional framing: Cohen's h, cancelling scenarios, equivalence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from stat_rows import row

from robustcore.stats.drift import by_scenario, cells_of, cohens_h, pairs_of, shift
from robustcore.stats.equivalent import beyond_margin, paired_interval, verdict_of
from robustcore.stats.rows import Row

WANTED = json.loads((Path(__file__).parent / "drift.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", WANTED["cohens_h"], ids=str)
def test_cohens_h_agrees(case: dict[str, float]) -> None:
    assert cohens_h(case["p1"], case["p2"]) == pytest.approx(case["h"], abs=1e-6)
    assert cohens_h(case["p2"], case["p1"]) == pytest.approx(-case["h"], abs=1e-6)


@pytest.mark.parametrize("case", WANTED["equivalence"]["cases"], ids=lambda case: f"{case['verdict']}-{case['pairs']}")
def test_intervals_and_verdicts_agree(case: dict[str, Any]) -> None:
    up, down, pairs = case["to_favourable"], case["to_unfavourable"], case["pairs"]
    at90, at95 = (paired_interval(up, down, pairs, level) for level in (0.90, 0.95))
    assert at90 == pytest.approx(case["ci90"], abs=1e-6)
    assert at95 == pytest.approx(case["ci95"], abs=1e-6)
    assert verdict_of(at90, at95, case["margin"]) == case["verdict"]
    assert beyond_margin(at90, case["margin"]) == case["beyond_margin"]
    assert (up - down) / pairs == pytest.approx(case["drift"], abs=1e-6)


def test_opposite_shifts_cancel_when_pooled_and_not_per_scenario() -> None:
    wanted = WANTED["cancelling_scenarios"]
    n = 100
    rows: list[Row] = []
    for scenario in wanted["scenarios"]:
        for label, family in (("emotional", "emotion"), ("neutral", "neutral_text")):
            favourable = round(n * scenario[label])
            rows += [
                row(
                    scenario["id"],
                    float(replicate < favourable),
                    condition=label,
                    family=family,
                    replicate=replicate,
                )
                for replicate in range(n)
            ]
    pairs = pairs_of(rows)
    cells = cells_of(pairs, by_scenario)
    assert cells == pytest.approx({s["id"]: s["drift"] for s in wanted["scenarios"]})
    for scenario in wanted["scenarios"]:
        assert cohens_h(scenario["emotional"], scenario["neutral"]) == pytest.approx(scenario["h"], abs=1e-6)
    assert shift(pairs).value == pytest.approx(wanted["pooled_drift"], abs=1e-12)
    assert sum(map(abs, cells.values())) / 4 == pytest.approx(wanted["mean_abs_drift"])
    assert max(map(abs, cells.values())) == pytest.approx(wanted["max_abs_drift"])
    assert [sum(value > 0 for value in cells.values()), sum(value < 0 for value in cells.values())] == wanted[
        "sign_split"
    ]
