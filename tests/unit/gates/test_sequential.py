"""Gates decided while the run goes on: the error rate holds at every look, and clear systems are decided early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from stat_rows import pairs, row, rows

from robustcore.gates.judge import judge_cell
from robustcore.gates.sequential import decidable, decision, sequential_estimate
from robustcore.gates.types import Gate
from robustcore.stats.betting import Bounded, log_wealth
from robustcore.stats.rows import Estimate, Row


def gate(measure: str = "answer_correct", **settings: Any) -> Gate:
    return Gate(name=measure, measure=measure, **settings)


Simulation = Callable[[np.random.Generator, int], list[Row]]


def looks(limit: int) -> list[int]:
    found = [16]
    while found[-1] < limit:
        found.append(min(limit, found[-1] + max(8, int(found[-1] * 0.25))))
    return found


def stopped(given: Gate, drawn: Sequence[Row], limit: int) -> tuple[str, int]:
    by_item: dict[str, list[Row]] = {}
    for one in drawn:
        by_item.setdefault(one.item, []).append(one)
    items = list(by_item)
    for asked in looks(limit):
        found = decision(given, [r for item in items[:asked] for r in by_item[item]])
        if found != "open":
            return found, asked
    return "open", limit


def binary(p: float) -> Simulation:
    return lambda rng, n: rows((rng.random(n) < p).astype(float).tolist())


def clustered(p: float) -> Simulation:
    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        ability = rng.beta(p, 1 - p, n)
        hits = rng.random((n, 3)) < ability[:, None]
        return [row(i, float(hits[i, j]), condition=f"c{j}") for i in range(n) for j in range(3)]

    return draw


def dropped(loss: float) -> Simulation:
    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        lost = rng.random(n) < loss
        return pairs([(1.0, float(not one)) for one in lost])

    return draw


@pytest.mark.parametrize(
    ("given", "simulate", "wrong"),
    [
        (gate(at_least=0.9), binary(0.9), "above"),
        (gate(at_least=0.7), clustered(0.7), "above"),
        (gate("drop_abs(answer_correct)", at_most=0.1), dropped(0.1), "below"),
        (gate("drop_rel(answer_correct)", at_most=0.1), dropped(0.1), "below"),
    ],
    ids=["rate", "clusters", "drop", "relative drop"],
)
def test_a_system_on_its_threshold_passes_by_chance_at_most_at_the_level_over_all_looks(
    given: Gate, simulate: Simulation, wrong: str
) -> None:
    rng = np.random.default_rng(20)
    times = 150
    passed = sum(stopped(given, simulate(rng, 200), 200)[0] == wrong for _ in range(times))
    assert passed / times <= 0.05 + 3 * (0.05 * 0.95 / times) ** 0.5


@pytest.mark.parametrize(("p", "verdict"), [(0.99, "above"), (0.7, "below")])
def test_a_clearly_good_or_bad_system_saves_at_least_three_calls_in_ten(p: float, verdict: str) -> None:
    rng = np.random.default_rng(21)
    found = [stopped(gate(at_least=0.9), binary(p)(rng, 300), 300) for _ in range(40)]
    assert {one for one, _ in found} == {verdict}
    assert 1 - np.mean([asked for _, asked in found]) / 300 >= 0.3


def test_the_wealth_is_a_martingale_on_the_threshold() -> None:
    """The mean of the wealth over all sequences of four coins is 1."""
    total = 0.0
    for code in range(16):
        values = [float(code >> bit & 1) for bit in range(4)]
        total += np.exp(log_wealth(values, 0.3)) * 0.3 ** sum(values) * 0.7 ** (4 - sum(values))
    assert total == pytest.approx(1.0)


def test_places_without_a_value_take_the_claim() -> None:
    whole = Bounded.of([(2.0, 2.0)] * 30, 2)
    half = Bounded.of([(1.0, 1.0)] * 30, 2)
    assert whole.shows_above(0.8, 0.05)
    assert not half.shows_above(0.88, 0.05)
    assert half.mirrored().mirrored().tops == pytest.approx(half.tops)


def test_a_decision_and_the_verdict_that_reports_it_agree() -> None:
    rng = np.random.default_rng(22)
    for p in (0.7, 0.9, 0.97):
        drawn = rows((rng.random(150) < p).astype(float).tolist())
        verdict = judge_cell(gate(at_least=0.9), (), drawn, asked=(150, 400))
        expected = {"above": "passed", "below": "failed", "open": "inconclusive"}[decision(gate(at_least=0.9), drawn)]
        assert verdict.status == expected
        assert "betting confidence sequence (arXiv 2010.09686), 150 of 400 questions asked" in verdict.sentence


def test_limits_that_hold_at_every_look_are_wider_than_those_of_one_look() -> None:
    drawn = rows([1.0] * 95 + [0.0] * 5)
    once, often = judge_cell(gate(at_least=0.5), (), drawn), judge_cell(gate(at_least=0.5), (), drawn, asked=(100, 100))
    assert (often.estimate.low or 0) < (once.estimate.low or 0)
    assert (often.estimate.high or 0) > (once.estimate.high or 0)


def test_what_is_no_mean_and_what_is_no_sample_is_judged_on_everything() -> None:
    assert not decidable(gate("failsafe.llmc(scored_by=rules)", at_least=0.6))
    assert not decidable(gate(at_least=0.5, sampled=False))
    assert decidable(gate("failsafe.robustness(scored_by=rules)", at_least=0.6))


def test_an_aggregate_is_shown_to_be_on_one_side_or_neither() -> None:
    good, bad, few = rows([1.0] * 200), rows([0.0] * 200), rows([1.0, 0.0] * 3)
    for asked in (gate(at_least=0.8), gate(at_most=0.8)):
        assert [decision(asked, given) for given in (good, bad, few)] == ["above", "below", "open"]
    assert decision(gate(), good) == "open"
    assert decision(gate(at_least=0.5), []) == "open"
    assert decision(gate(at_least=0.5), rows([2.0] * 200)) == "open"
    assert decision(gate(at_least=0.5), rows([-0.5] * 200)) == "open"


def test_a_drop_may_be_negative_and_a_value_may_not() -> None:
    helped = pairs([(0.0, 1.0)] * 200)
    assert decision(gate("drop_abs(m)", at_most=-0.5), helped) == "below"
    assert decision(gate("drop_abs(m)", at_most=-1.0), helped) == "open"
    assert decision(gate("drop_abs(m)", at_least=0.5), pairs([(1.0, 0.0)] * 200)) == "above"


def test_a_relative_drop_is_over_what_clean_has() -> None:
    asked = gate("drop_rel(m)", at_most=0.4)
    assert decision(asked, pairs([(0.5, 0.5)] * 200)) == "below"
    assert decision(asked, pairs([(0.5, 0.0)] * 200)) == "above"
    assert decision(gate("drop_rel(m)", at_most=0.3), pairs([(0.5, 0.25)] * 400)) == "above"
    assert decision(gate("drop_rel(m)", at_most=0.7), pairs([(0.5, 0.25)] * 400)) == "below"
    for nothing in (pairs([(0.0, 0.0)] * 200), pairs([(2.0, 1.0)] * 200), pairs([(1.0, -1.0)] * 200)):
        assert decision(asked, nothing) == "open"


@pytest.mark.parametrize("measure", ["m", "drop_abs(m)", "drop_rel(m)"])
def test_a_crash_counts_against_the_system_at_every_look(measure: str) -> None:
    crashed = [row(i, None, reason="system_error", clean=1.0) for i in range(200)]
    expected = "below" if measure == "m" else "above"
    assert decision(gate(measure, at_least=0.5), crashed) == expected
    safe = [row(i, None, reason="system_error", clean=0.5) for i in range(200)]
    lower = decision(gate(measure, at_least=0.5), safe, higher_is_better=False)
    assert lower == ("above" if measure == "m" else "below")


def test_the_limits_enclose_the_value_and_meet_the_threshold_they_show() -> None:
    given = rows([1.0] * 150 + [0.0] * 50)
    found = sequential_estimate(gate(at_least=0.5), Estimate(value=0.75, reason="old"), given, (200, 300))
    assert (found.value, found.reason) == (0.75, "")
    assert found.method == "betting confidence sequence (arXiv 2010.09686), 200 of 300 questions asked"
    low, high = found.low or 0.0, found.high or 1.0
    assert 0.5 < low < 0.75 < high < 1
    assert log_wealth([1.0] * 150 + [0.0] * 50, low) == pytest.approx(np.log(20), abs=1e-9)
    assert log_wealth([0.0] * 150 + [1.0] * 50, 1 - high) == pytest.approx(np.log(20), abs=1e-9)
    on_it = sequential_estimate(gate(at_least=low), Estimate(value=0.75), given, (200, 300))
    assert on_it.low == low
    below = sequential_estimate(gate(at_most=0.9), Estimate(value=0.75), given, (200, 300))
    assert (below.high or 1.0) == found.high
    just_below = sequential_estimate(gate(at_most=high), Estimate(value=0.75), given, (200, 300))
    assert just_below.high == high - 1e-12


def test_the_limits_of_a_drop_reach_below_zero_and_those_of_a_rate_do_not() -> None:
    drop = sequential_estimate(
        gate("drop_abs(m)", at_most=0.5), Estimate(value=0.0), pairs([(1.0, 1.0)] * 40), (40, 40)
    )
    assert -1 < (drop.low or 0.0) < 0 < (drop.high or 0.0) < 1
    none = sequential_estimate(gate(at_least=0.5), Estimate(value=0.0), rows([0.0] * 3), (3, 40))
    assert none.low == 0.0
    every = sequential_estimate(gate(at_least=0.5), Estimate(value=1.0), rows([1.0] * 3), (3, 40))
    assert every.high == 1.0


@pytest.mark.parametrize(
    ("estimate", "given"), [(Estimate(value=None), rows([1.0] * 9)), (Estimate(value=3.0, low=0.1), rows([3.0] * 9))]
)
def test_where_nothing_can_be_shown_no_limits_are_given(estimate: Estimate, given: list[Row]) -> None:
    found = sequential_estimate(gate(at_least=0.5), estimate, given, (9, 20))
    assert (found.value, found.low, found.high, found.reason) == (estimate.value, None, None, "not_applicable")
    assert found.method == "no interval: betting confidence sequence (arXiv 2010.09686), 9 of 20 questions asked"


def test_pairs_of_one_question_count_together() -> None:
    """Twice the same pair in a question shows what the pair alone shows."""
    alone = pairs([(1.0, 0.0)] * 30 + [(0.0, 0.5)] * 30)
    twice = [replace(one, condition=name) for one in alone for name in ("a", "b")]
    asked, estimate = gate("drop_abs(m)", at_most=0.5), Estimate(value=0.25)
    once, both = (sequential_estimate(asked, estimate, given, (60, 60)) for given in (alone, twice))
    assert (once.low, once.high) == pytest.approx((both.low, both.high))
