"""Drift under emotional framing: pairs and their reasons, limits, verdicts and what is left above noise."""

from __future__ import annotations

import math

import pytest
from scipy.stats import t as student
from stat_rows import row

from robustcore.stats.bootstrap import bootstrap_t
from robustcore.stats.drift import (
    Pair,
    by_cell,
    by_repeat,
    by_scenario,
    drift_rows,
    equivalence,
    interval_of,
    outlying,
    pairs_of,
    shift,
)
from robustcore.stats.drift_cells import abs_excess, cells_of
from robustcore.stats.equivalent import beyond_margin, paired_interval, verdict_of
from robustcore.stats.rows import Row


def framed(item: str, value: float | None, scenario: str = "s", replicate: int = 0, **more: object) -> Row:
    given = {"condition": "angry", "family": "emotion", "cluster": scenario, "replicate": replicate}
    return row(item, value, **(given | more))  # type: ignore[arg-type]


def control(item: str, value: float | None, scenario: str = "s", replicate: int = 0, **more: object) -> Row:
    return framed(item, value, scenario, replicate, condition="plain", family="neutral_text", **more)


def paired(*changes: tuple[float, float], scenario: str = "s") -> list[Pair]:
    """Return pairs of (emotional, neutral), each of an item of its own."""
    return [
        Pair(row=framed(f"{scenario}{i}", e, scenario), scenario=scenario, condition="angry-s1", emotional=e, neutral=n)
        for i, (e, n) in enumerate(changes)
    ]


def test_a_framing_is_paired_with_the_control_of_its_item_and_repeat() -> None:
    given = [
        framed("a", 1.0, severity=0.5),
        framed("a", 0.0, replicate=1),
        control("a", 0.0),
        control("a", 1.0, replicate=1),
        framed("b", 1.0, clean=0.0),
        framed("c", None, reason="parse_error"),
        control("c", 1.0),
        framed("d", 1.0),
        control("d", None, reason="infra_error"),
        framed("e", None),
        control("e", None, reason="infra_error"),
        row("f", 1.0, condition="typos"),
    ]
    found = pairs_of(iter(given))
    assert [(one.row.item, one.emotional, one.neutral, one.reason) for one in found] == [
        ("a", 1.0, 0.0, ""),
        ("a", 0.0, 1.0, ""),
        ("b", None, None, "no_neutral_cell"),
        ("c", None, None, "parse_error"),
        ("d", None, None, "infra_error"),
        ("e", None, None, "unknown"),
    ]
    assert [one.condition for one in found[:2]] == ["angry-s0.5", "angry-s1"]
    assert {one.scenario for one in found} == {"s"}


def test_a_minimal_control_is_the_clean_twin() -> None:
    given = [
        framed("a", 1.0, clean=0.0, family="gold_only+emotion"),
        control("a", 1.0),
        framed("b", 0.0, clean_reason="noop"),
        framed("c", 0.0),
    ]
    found = pairs_of(given, minimal=True)
    assert [(one.emotional, one.neutral, one.reason) for one in found] == [
        (1.0, 0.0, ""),
        (None, None, "noop"),
        (None, None, "unknown"),
    ]


def test_rows_of_pairs_hold_the_change_or_the_reason() -> None:
    lost = Pair(row=framed("x", None, clean=1.0), scenario="t", condition="c", reason="noop")
    found = drift_rows([*paired((1.0, 0.0), (0.0, 1.0)), lost])
    assert [(one.value, one.reason, one.clean, one.clean_reason) for one in found] == [
        (1.0, "", None, "not_run"),
        (-1.0, "", None, "not_run"),
        (None, "noop", None, "not_run"),
    ]
    assert [one.cluster for one in found] == ["s", "s", "t"]
    assert drift_rows(paired((1.0, 0.0)), lambda pair: 7.0)[0].value == 7.0


def test_groups_are_cells_scenarios_or_repeats() -> None:
    given = [*paired((1.0, 0.0), (1.0, 1.0)), *paired((0.0, 1.0), scenario="t")]
    assert cells_of(given, by_scenario) == {"s": 0.5, "t": -1.0}
    assert cells_of(given, by_cell) == {"s, angry-s1": 0.5, "t, angry-s1": -1.0}
    assert by_repeat(given[1]) == "s1, 0"
    assert cells_of([Pair(row=given[0].row, scenario="s", condition="c", reason="noop")], by_cell) == {}


def test_a_shift_on_single_pairs_has_the_limits_of_bonett_and_price() -> None:
    given = [pair for i in range(30) for pair in paired((1.0, float(i > 4)), scenario=f"s{i}")]
    found = shift(given, 0.95)
    low, high = paired_interval(5, 0, 30, 0.9)
    assert (found.value, found.low, found.high) == (5 / 30, low, high)
    assert (found.n, found.clusters, found.method, found.confidence) == (30, 30, "Bonett-Price on pairs", 0.95)
    assert interval_of(given, 0.9) == (low, high)
    narrow = shift(given, 0.8)
    assert (narrow.low, narrow.confidence) == (paired_interval(5, 0, 30, 2 * 0.8 - 1)[0], 0.8)


def test_few_scenarios_have_the_wider_of_pairs_and_student() -> None:
    given = [*paired(*[(1.0, 0.0)] * 6), *paired(*[(0.0, 0.0)] * 6, scenario="t"), *paired((0.0, 1.0), scenario="u")]
    found = shift(given, 0.95)
    means = [1.0, 0.0, -1.0]
    reach = student.ppf(0.95, 2) * 1.0 / math.sqrt(3)
    assert sum(means) == 0
    assert (found.low, found.high) == (-1.0, 1.0)  # Student's reach past the ends is cut
    assert reach > 1
    assert found.method == "the wider of Bonett-Price on pairs and limits over clusters"
    low, high = interval_of(given, 0.9)
    assert (low, high) == pytest.approx((-reach, reach))


def test_many_scenarios_have_the_wider_of_pairs_and_bootstrap() -> None:
    given = [pair for i in range(24) for pair in paired(*[(float(i % 3 > 0), float(i % 4 == 0))] * 4, scenario=f"s{i}")]
    clusters = [4 * ((i % 3 > 0) - float(i % 4 == 0)) for i in range(24)]
    wide = bootstrap_t([(one, 4.0) for one in clusters], 0.05)
    found = shift(given, 0.95)
    assert wide.low is not None
    assert wide.high is not None
    assert found.low == min(wide.low, paired_interval(44, 12, 96, 0.9)[0])
    assert found.high == max(wide.high, paired_interval(44, 12, 96, 0.9)[1])


def test_where_nothing_changed_the_pairs_stand_alone() -> None:
    given = [*paired(*[(1.0, 1.0)] * 20), *paired(*[(0.0, 0.0)] * 20, scenario="t")]
    found = shift(given)
    assert (found.value, found.method) == (0.0, "Bonett-Price on pairs")
    assert found.high == paired_interval(0, 0, 40, 0.9)[1]
    one = shift(paired((1.0, 0.0), (1.0, 1.0), (0.0, 0.0)))
    assert one.method == "Bonett-Price on pairs"


def test_clusters_may_be_named_otherwise() -> None:
    repeats = [
        Pair(row=framed("a", 1.0, replicate=r), scenario="s", condition=f"c{c}", emotional=1.0, neutral=float(r > 1))
        for r in range(6)
        for c in range(3)
    ]
    assert shift(repeats).method == "Bonett-Price on pairs"
    assert "limits over clusters" in shift(repeats, cluster=by_repeat).method


def test_no_pair_is_no_value_and_no_sample_no_interval() -> None:
    lost = Pair(row=framed("x", None), scenario="t", condition="c", reason="noop")
    none = shift([lost, lost], 0.9)
    assert (none.value, none.unscored, none.reason, none.confidence) == (None, {"noop": 2}, "empty_denominator", 0.9)
    found = shift([*paired((1.0, 0.0)), lost], sampled=False)
    assert (found.value, found.low, found.high, found.unscored) == (1.0, None, None, {"noop": 1})
    assert (found.method, found.reason) == ("conditional on these questions, no interval", "no_sampling_plan")
    assert equivalence([lost]) == (None, shift([lost]), "no pair")


@pytest.mark.parametrize(
    ("at90", "at95", "verdict", "beyond"),
    [
        ((-0.02, 0.02), (-0.03, 0.03), "equivalent", False),
        ((0.01, 0.02), (0.005, 0.03), "equivalent_but_detectable", False),
        ((-0.02, -0.01), (-0.03, -0.005), "equivalent_but_detectable", False),
        ((0.01, 0.02), (0.0, 0.03), "equivalent", False),
        ((-0.03, 0.02), (-0.04, 0.03), "inconclusive", False),
        ((-0.02, 0.03), (-0.04, 0.03), "inconclusive", False),
        ((0.03, 0.05), (0.01, 0.06), "shifted", False),
        ((0.031, 0.05), (0.01, 0.06), "shifted", True),
        ((-0.05, -0.03), (-0.06, -0.01), "shifted", False),
        ((-0.05, -0.031), (-0.06, -0.01), "shifted", True),
    ],
)
def test_a_verdict_needs_its_interval_strictly_inside(
    at90: tuple[float, float], at95: tuple[float, float], verdict: str, beyond: bool
) -> None:
    assert verdict_of(at90, at95) == verdict
    assert beyond_margin(at90) is beyond


def test_equivalence_needs_seventy_six_pairs_and_says_so() -> None:
    few, enough = ([p for i in range(n) for p in paired((1.0, 1.0), scenario=f"s{i}")] for n in (75, 76))
    verdict, made, text = equivalence(few)
    low, high = interval_of(few, 0.9)
    assert text == (f"inconclusive: 90% interval [{low:+.3f}, {high:+.3f}] against +-0.03; needs 76 pairs, has 75")
    assert (verdict, made.value, made.low, made.high, made.method) == ("inconclusive", 0.0, 0.0, 1.0, text)
    verdict, made, text = equivalence(enough)
    assert (verdict, made.value, made.low, made.high) == ("equivalent", 1.0, 1.0, 1.0)
    assert "needs" not in text
    assert (made.n, made.clusters) == (76, 76)
    assert "needs" not in equivalence(few, margin=0.04)[2]
    assert equivalence(few, margin=0.04)[0] == "equivalent"


def test_a_shift_beyond_the_margin_is_said_to_be() -> None:
    given = [p for i in range(40) for p in paired((1.0, float(i % 2)), scenario=f"s{i}")]
    lost = Pair(row=framed("x", None), scenario="t", condition="c", reason="noop")
    verdict, made, text = equivalence([*given, lost])
    assert verdict == "shifted"
    assert text.endswith("against +-0.03, wholly beyond it")
    assert "+1.000] against" in equivalence(paired(*[(1.0, 0.0)] * 20))[2]
    assert (made.value, made.low, made.high, made.unscored) == (0.0, 0.0, 0.0, {"noop": 1})


def test_a_scenario_is_outlying_by_its_own_interval() -> None:
    far, near = paired(*[(1.0, 0.0)] * 20), paired(*[(1.0, 1.0)] * 20, scenario="t")
    back = paired(*[(0.0, 1.0)] * 20, scenario="u")
    found = outlying([*far, *near, *back])
    assert list(found) == ["s", "u"]
    low, high = paired_interval(20, 0, 20, 0.95)
    assert high > 1  # further than any drift can be
    assert found == {"s": (low, 1.0), "u": (-1.0, -low)}
    assert outlying(far, beyond=0.9) == {}


def test_noise_alone_leaves_no_excess_and_opposite_shifts_do() -> None:
    steady = [*paired(*[(1.0, 1.0)] * 9), *paired(*[(0.0, 0.0)] * 9, scenario="t")]
    assert abs_excess(steady, by_scenario) == {"s": 0.0, "t": 0.0}
    opposite = [*paired(*[(1.0, 0.0)] * 9), *paired(*[(0.0, 1.0)] * 9, scenario="t")]
    found = abs_excess(opposite, by_scenario, draws=400)
    # under the permutation nine differences of a balanced pool of 18: E|sum| / 9, by simulation of hypergeometric
    expected = sum(abs(2 * k - 9) / 9 * math.comb(9, k) * math.comb(9, 9 - k) / math.comb(18, 9) for k in range(10))
    assert found == pytest.approx({"s": 1 - expected, "t": 1 - expected}, abs=0.05)
    assert abs_excess(opposite, by_scenario, draws=400) == found
    assert abs_excess([], by_scenario) == {}
