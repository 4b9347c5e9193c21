"""Aggregates of drift on a few decisions written down by hand: two scenarios, two framings, a control."""

from __future__ import annotations

import math

import pytest
from stat_rows import row

from robustcore.errors import InputError
from robustcore.measures.suite import parse_suite
from robustcore.stats.drift import cohens_h, shift
from robustcore.stats.equivalent import paired_interval
from robustcore.stats.rows import Estimate, Row

FAVOURABLE, BY_RULE = "drift.favourable", "drift.by_rule"


def decided(
    scenario: str, repeat: int, measure: str, *, angry: float, sad: float, neutral: float, clean: float
) -> list[Row]:
    """Return the rows of one repeat of a scenario."""
    return [
        row(
            f"{scenario}-q",
            value,
            clean=clean,
            condition=condition,
            family=family,
            severity=severity,
            replicate=repeat,
            cluster=scenario,
            measure=measure,
        )
        for condition, family, severity, value in (
            ("anger-self", "emotion", 1.0, angry),
            ("sadness-other", "emotion", 0.5, sad),
            ("plain", "neutral_text", 1.0, neutral),
        )
    ]


ROWS = [
    *(one for r in range(4) for one in decided("loan", r, FAVOURABLE, angry=1, sad=r % 2, neutral=0, clean=r % 2)),
    *(one for r in range(4) for one in decided("visa", r, FAVOURABLE, angry=0, sad=1, neutral=1, clean=1)),
    *(one for r in range(4) for one in decided("loan", r, BY_RULE, angry=r > 0, sad=1, neutral=r > 1, clean=0)),
    *(one for r in range(4) for one in decided("visa", r, BY_RULE, angry=1, sad=1, neutral=1, clean=1)),
]


def estimate(name: str, rows: list[Row] = ROWS) -> Estimate:
    return parse_suite(name).estimate(rows)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("drift.signed", (4 + 2 - 4) / 16),
        ("drift.signed(control=minimal)", (2 + 0 - 4 + 0) / 16),
        ("drift.signed(decision=correct)", (3 - 2 + 2) / 16),
        ("drift.signed[mild]", 2 / 8),
        ("drift.signed[strong]", 0.0),
        ("drift.flip_rate", 10 / 16),
        ("drift.flip_rate[up]", 6 / 16),
        ("drift.flip_rate[down]", 4 / 16),
        ("drift.mean_abs", (1 + 0.5 + 1 + 0) / 4),
        ("drift.mean_abs(per=scenario)", (0.75 + 0.5) / 2),
        ("drift.max_abs(per=scenario)", 0.75),
        ("drift.cohens_h", cohens_h(10 / 16, 0.5)),
        ("drift.rule_accuracy", 15 / 16),
        ("drift.rule_accuracy[emotional]", 15 / 16),
        ("drift.rule_accuracy[neutral]", 6 / 8),
        ("drift.rule_accuracy[neutral](control=minimal)", 4 / 8),
        ("drift.equivalence", 0.0),
        ("drift.outlying", 0.5),
        ("drift.outlying(beyond=0.2)", 0.0),
        ("drift.scenario[loan,drift]", 0.75),
        ("drift.scenario[visa,drift]", -0.5),
        ("drift.scenario[visa,abs_drift]", 0.5),
        ("drift.scenario[loan,by_rule]", 7 / 8),
        ("drift.scenario[loan,cohens_h]", cohens_h(6 / 8, 0.0)),
    ],
)
def test_an_aggregate_by_hand(name: str, value: float) -> None:
    assert estimate(name).value == pytest.approx(value)


def test_which_cell_moved_most_is_said() -> None:
    found = estimate("drift.max_abs(per=scenario)")
    assert found.method == "loan: +0.750; no interval: one number over scenarios"
    assert (found.low, found.high, found.reason) == (None, None, "no_sampling_plan")
    assert estimate("drift.mean_abs").method == "no interval: fewer than 20 clusters"  # two scenarios
    excess = estimate("drift.abs_excess").value
    assert excess is not None
    assert 0 < excess < 0.625


def test_the_rule_is_kept_or_not_in_these_scenarios_alone() -> None:
    found = estimate("drift.rule_accuracy")
    assert (found.low, found.high, found.reason) == (found.value, found.value, "")
    assert found.method == "of these scenarios alone"
    one = parse_suite("drift.scenario[loan,by_rule]").estimate(ROWS, 0.8)
    assert (one.low, one.high, one.confidence, one.n) == (7 / 8, 7 / 8, 0.8, 8)


def test_a_scenario_that_lies_outside_is_named_with_its_interval() -> None:
    found = estimate("drift.outlying")
    low, high = paired_interval(6, 0, 8, 0.95)[0], 0.75 + 3.182 * math.sqrt(1 / 12) / 2  # Student's t of four repeats
    assert high > 1  # further than any drift can be
    assert found.method == f"scenarios whose 95% interval lies outside +-0.1: loan [{low:+.2f}, +1.00]"
    assert (found.low, found.high, found.reason) == (0.5, 0.5, "")
    none = estimate("drift.outlying(beyond=0.2)")
    assert none.method == "scenarios whose 95% interval lies outside +-0.2: none"


def test_the_limits_of_one_scenario_are_over_its_repeats() -> None:
    found = parse_suite("drift.scenario[loan,drift]").estimate(ROWS, 0.9)
    assert found.confidence == 0.9
    assert found.clusters == 1
    assert found.method == "the wider of Bonett-Price on pairs and limits over clusters"
    pooled = parse_suite("drift.signed").estimate(ROWS, 0.9)
    assert (pooled.confidence, pooled.clusters) == (0.9, 2)


def test_without_a_control_there_is_no_drift() -> None:
    alone = [one for one in ROWS if one.family == "emotion"]
    for name in ("signed", "mean_abs", "outlying", "equivalence", "cohens_h"):
        found = estimate(f"drift.{name}", alone)
        assert (found.value, found.unscored) == (None, {"no_neutral_cell": 16})
    assert estimate("drift.signed(control=minimal)", alone).value == -2 / 16
    assert estimate("drift.scenario").value is None
    assert estimate("drift.flip_rate", alone).value is None


def test_an_equivalence_takes_the_margin_it_is_given() -> None:
    still = [one for r in range(100) for one in decided("s", r, FAVOURABLE, angry=1, sad=1, neutral=1, clean=1)]
    assert estimate("drift.equivalence", still).value == 1.0
    assert "+-0.001" in estimate("drift.equivalence(margin=0.001)", still).method
    assert estimate("drift.equivalence(margin=0.001)", still).value == 0.0


def test_a_scenario_is_spread_into_its_four_numbers() -> None:
    suite = parse_suite("drift.scenario")
    cells = ("drift", "abs_drift", "cohens_h", "by_rule")
    assert [one.name for one in suite.spread(ROWS)] == [
        f"drift.scenario[{s},{c}]" for s in ("loan", "visa") for c in cells
    ]
    assert suite.measures == (FAVOURABLE, BY_RULE)
    signed = parse_suite("drift.signed")
    assert signed.spread(ROWS) == (signed,)
    inner = parse_suite("drift.scenario[loan,drift]")
    assert inner.spread(ROWS) == (inner,)


def test_what_is_folded_is_a_row_a_pair_under_what_is_covered() -> None:
    kept = parse_suite("drift.flip_rate[up]").fold(ROWS)
    assert [one.condition for one in kept] == ["up"] * 16
    assert sum(one.value or 0.0 for one in kept) == 6
    assert math.isclose(sum(one.value or 0.0 for one in parse_suite("drift.signed").fold(ROWS)), 2.0)
    assert {one.condition for one in parse_suite("drift.signed").fold(ROWS)} == {"all framings"}
    assert shift([]).value is None


@pytest.mark.parametrize(
    "name",
    ["drift.flip_rate[left]", "drift.scenario[loan,size]", "drift.rule_accuracy[clean]", "drift.signed[a,b]"],
)
def test_what_cannot_stand_in_brackets_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="brackets"):
        parse_suite(name)
