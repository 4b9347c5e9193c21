"""Replicates and verdicts: of which gates they say something, and what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from stat_rows import pairs, row

from robustcore.gates.expression import parse_expression
from robustcore.gates.judge import judge
from robustcore.gates.reruns import replicates_needed, verdict_flips
from robustcore.gates.types import Gate
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.variance import components, flip_chance, replicates_decide, rerun_error


def gate(measure: str = "m", **settings: Any) -> Gate:
    return Gate(name=measure, measure=measure, **settings)


def flaky(clean: float | None = None) -> list[Row]:
    """60 questions of three replicates: two thirds of them pass, and none is steady."""
    return [row(i, float(r != i % 3), replicate=r, clean=clean, measure="m") for i in range(60) for r in range(3)]


ESTIMATE = Estimate(value=2 / 3, low=0.55, high=0.77)


def test_the_number_of_replicates_is_that_of_the_limit_on_the_side_of_the_threshold() -> None:
    parts = components(flaky())
    assert parts is not None
    mean = parse_expression("m")
    below, above = gate(at_least=0.6), gate(at_least=0.7)
    from_low = replicates_decide(parts, 2 / 3, 0.55, 0.6)
    assert from_low is not None
    assert replicates_needed(below, mean, ESTIMATE, flaky()) == from_low
    assert replicates_needed(gate(at_most=0.6), mean, ESTIMATE, flaky()) == from_low
    assert replicates_needed(above, mean, ESTIMATE, flaky()) == replicates_decide(parts, 2 / 3, 0.77, 0.7)


@pytest.mark.parametrize(
    ("asked", "estimate", "rows"),
    [
        (gate(at_least=0.6), ESTIMATE, [one for one in flaky() if one.replicate == 0]),
        (gate(at_least=0.6), Estimate(value=None, low=0.5, high=0.7), flaky()),
        (gate(at_least=0.6), Estimate(value=2 / 3, low=None, high=0.7), flaky()),
        (gate(), ESTIMATE, flaky()),
        (gate("union(m)", at_least=0.6), ESTIMATE, flaky(1.0)),
        (gate(at_least=0.6), ESTIMATE, [row(i, 1.0, replicate=1) for i in range(9)]),
    ],
    ids=["no replicates", "no value", "no limit", "no threshold", "no average", "one of each"],
)
def test_where_no_number_can_be_said_none_is(asked: Gate, estimate: Estimate, rows: list[Row]) -> None:
    assert replicates_needed(asked, parse_expression(asked.measure), estimate, rows) is None


def test_a_drop_has_its_replicates_averaged_too() -> None:
    asked = gate("drop_abs(m)", at_most=0.4)
    expression = parse_expression(asked.measure)
    found = verdict_flips(asked, expression, Estimate(value=1 / 3, low=0.2, high=0.45), flaky(1.0))
    error = rerun_error(flaky())
    assert error is not None
    assert found == flip_chance(Estimate(value=1 / 3, low=0.2, high=0.45), error, 0.4, at_least=False)
    assert replicates_needed(asked, expression, Estimate(value=1 / 3, low=0.2, high=0.45), flaky(1.0)) is not None


@pytest.mark.parametrize("side", ["at_least", "at_most"])
def test_the_chance_of_another_verdict_depends_on_the_side_of_the_threshold(side: str) -> None:
    error = rerun_error(flaky())
    assert error is not None
    expected = flip_chance(ESTIMATE, error, 0.6, at_least=side == "at_least")
    assert expected
    asked = gate(at_least=0.6) if side == "at_least" else gate(at_most=0.6)
    assert verdict_flips(asked, parse_expression("m"), ESTIMATE, flaky()) == expected


def test_a_crash_counts_for_a_rerun_as_the_worst_value() -> None:
    crashed = [row(i, None, reason="system_error", clean=1.0, replicate=r) for i in range(9) for r in range(2)]
    rest = [row(f"r{i}", 1.0, clean=1.0, replicate=r) for i in range(9) for r in range(2)]
    mixed = [row(f"m{i}", float(r), clean=1.0, replicate=r) for i in range(9) for r in range(2)]
    one_raises = [row(f"m{i}", None, reason="system_error", clean=1.0) for i in range(9)]
    same = verdict_flips(gate(at_least=0.6), parse_expression("m"), ESTIMATE, [*crashed, *rest, *mixed])
    with_raise = [*crashed, *rest, *(one for one in mixed if one.replicate), *one_raises]
    assert verdict_flips(gate(at_least=0.6), parse_expression("m"), ESTIMATE, with_raise) == same
    lower = verdict_flips(gate(at_least=0.6), parse_expression("m"), ESTIMATE, with_raise, higher_is_better=False)
    assert lower != same


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        (gate(at_least=0.6, sampled=False), flaky()),
        (gate(), flaky()),
        (gate("worst_case(m)", at_least=0.6), flaky()),
        (gate(at_least=0.6), pairs([(1.0, 1.0)] * 9)),
        (gate(at_least=0.6), [row(i, 1.0, replicate=1) for i in range(9)]),
    ],
    ids=["hand-written", "no threshold", "no average", "no replicates", "one of each"],
)
def test_where_no_chance_can_be_said_none_is(asked: Gate, rows: list[Row]) -> None:
    assert verdict_flips(asked, parse_expression(asked.measure), ESTIMATE, rows) is None


def test_a_verdict_carries_both_numbers() -> None:
    drawn = np.random.default_rng(5).random((80, 3)) < 0.7
    some = [row(i, float(drawn[i, r]), replicate=r, measure="m") for i in range(80) for r in range(3)]
    asked, mean = gate(at_least=0.65), parse_expression("m")
    (verdict,) = judge(asked, some)
    assert verdict.status == "inconclusive"
    assert verdict.replicates is not None
    assert verdict.flips is not None
    assert verdict.replicates == replicates_needed(asked, mean, verdict.estimate, some)
    assert verdict.flips == verdict_flips(asked, mean, verdict.estimate, some)
    (passed,) = judge(gate(at_least=0.1), some)
    assert (passed.status, passed.replicates, passed.needed) == ("passed", None, None)
