"""Limits of aggregates over the drift of scenarios: by scenario, covering, and none where there is nothing to draw."""

from __future__ import annotations

import math

import numpy as np
import pytest
from simulations import misses
from stat_rows import row

from robustcore.gates.sequential import decidable
from robustcore.gates.types import Gate
from robustcore.measures.suite import parse_suite
from robustcore.stats.rows import Estimate, Row

FAVOURABLE = parse_suite("drift.mean_abs").measures[0]


def decisions(rng: np.random.Generator, scenarios: int, drift: float, repeats: int = 4) -> list[Row]:
    """Return decisions under one framing and its control: half of the scenarios drift up by ``drift``, half down."""
    found: list[Row] = []
    for number in range(scenarios):
        emotional = 0.5 + (drift if number % 2 else -drift)
        for condition, chance in (("fear", emotional), ("neutral", 0.5)):
            family = "emotion" if condition == "fear" else "neutral_text"
            for replicate, hit in enumerate(rng.random(repeats) < chance):
                found.append(
                    row(number, float(hit), condition=condition, family=family, replicate=replicate, measure=FAVOURABLE)
                )
    return found


def estimated(name: str, rows: list[Row], **given: bool) -> Estimate:
    return parse_suite(name).estimate(rows, 0.95, **given)


@pytest.mark.parametrize("name", ["drift.mean_abs", "drift.abs_excess", "drift.cohens_h"])
def test_limits_enclose_the_value_and_need_twenty_scenarios(name: str) -> None:
    rng = np.random.default_rng(3)
    found = estimated(name, decisions(rng, 30, 0.3))
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    few = estimated(name, decisions(rng, 19, 0.3))
    assert (few.low, few.high, few.reason) == (None, None, "too_few_clusters")
    assert few.value is not None
    bare = estimated(name, decisions(rng, 30, 0.3), sampled=False)
    assert (bare.low, bare.high, bare.reason) == (None, None, "no_sampling_plan")


def test_the_limits_of_the_mean_drift_cover_what_as_many_repeats_show() -> None:
    """Of four repeats the two counts are binomial: the mean of |difference| / 4 is known exactly."""
    chances = [[math.comb(4, k) * p**k * (1 - p) ** (4 - k) for k in range(5)] for p in (0.8, 0.5)]
    truth = sum(chances[0][i] * chances[1][j] * abs(i - j) / 4 for i in range(5) for j in range(5))
    low, high = misses(lambda rng: estimated("drift.mean_abs", decisions(rng, 30, 0.3)), truth, 300)
    assert max(low, high) <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


def test_opposite_drifts_cancel_in_h_whose_limits_cover_zero_and_not_in_the_mean_of_their_sizes() -> None:
    low, high = misses(lambda rng: estimated("drift.cohens_h", decisions(rng, 40, 0.4)), 0.0, 150)
    assert max(low, high) <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5
    size = estimated("drift.mean_abs", decisions(np.random.default_rng(5), 200, 0.4))
    assert (size.low or 0.0) > 0.3


def test_a_single_largest_drift_has_no_limits_and_none_is_judged_before_all_is_asked() -> None:
    found = estimated("drift.max_abs", decisions(np.random.default_rng(6), 30, 0.3))
    assert (found.low, found.high) == (None, None)
    for part in ("mean_abs", "max_abs", "abs_excess", "cohens_h"):
        assert not decidable(Gate(name="g", measure=f"drift.{part}", at_most=0.1))
    assert decidable(Gate(name="g", measure="drift.flip_rate", at_most=0.1))
