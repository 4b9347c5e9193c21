"""The mean of a measure: denominators, unscored values, and which interval is used when."""

from __future__ import annotations

import math

import pytest
from stat_rows import grid, passes, row, rows

from robustcore.gates.judge import judge_cell
from robustcore.gates.types import Gate
from robustcore.stats.bootstrap import bootstrap_t
from robustcore.stats.exact import mean_high, mean_low, pass_high, pass_low
from robustcore.stats.means import all_right_low, mean_estimate, unit_low


def test_no_rows_give_null_and_never_zero_or_one() -> None:
    found = mean_estimate([])
    assert (found.value, found.reason, found.low, found.if_zero) == (None, "empty_denominator", None, None)
    assert (found.n, found.clusters) == (0, 0)


def test_unscored_rows_are_counted_by_reason_and_bound_the_mean() -> None:
    found = mean_estimate([*passes(3, 4), row("a", None, reason="noop"), row("b", None, reason="missing_reply")])
    assert (found.value, found.n, found.clusters) == (0.75, 4, 4)
    assert found.unscored == {"noop": 1, "missing_reply": 1}
    assert (found.if_zero, found.if_one) == (3 / 6, 5 / 6)


def test_only_unscored_rows_give_null_with_their_counts() -> None:
    found = mean_estimate(rows([None, None]))
    assert (found.value, found.reason, found.unscored) == (None, "empty_denominator", {"missing_reply": 2})


def test_one_binary_value_per_cluster_uses_clopper_pearson_for_any_number() -> None:
    found = mean_estimate(passes(14, 14))
    assert found.method == "Clopper-Pearson"
    assert (found.low, found.high) == pytest.approx((pass_low(14, 14, 0.05), 1.0))
    mixed = mean_estimate(passes(45, 50), 0.9)
    assert (mixed.low, mixed.high) == pytest.approx((pass_low(45, 50, 0.1), pass_high(45, 50, 0.1)))


def test_graded_values_use_the_exact_bound_for_gates_and_the_bootstrap_for_display() -> None:
    values = [i % 5 / 5 for i in range(40)]
    mean = sum(values) / 40
    gate, shown = mean_estimate(rows(values)), mean_estimate(rows(values), display=True)
    assert (gate.low, gate.high) == pytest.approx((mean_low(mean, 40, 0.05), mean_high(mean, 40, 0.05)))
    assert "bootstrap-t" in shown.method
    assert shown.low is not None
    assert gate.low is not None
    assert gate.low < shown.low < mean


def test_several_binary_values_per_cluster_use_a_bootstrap_that_names_its_draws_and_seed() -> None:
    found = mean_estimate(grid([[1, 1, i % 4 != 0] for i in range(40)]))
    assert "2000 draws, seed" in found.method
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high  # type: ignore[operator]
    assert mean_estimate(grid([[1, 1, i % 4 != 0] for i in range(40)])) == found


def test_the_bootstrap_is_never_narrower_than_clopper_pearson_on_all_of_a_cluster() -> None:
    one_failure = [[1.0, 1.0, 1.0]] * 39 + [[1.0, 1.0, 0.0]]
    found = mean_estimate(grid(one_failure))
    assert found.low is not None
    assert found.value is not None
    assert found.value - found.low >= 39 / 40 - pass_low(39, 40, 0.05) - 1e-12


def test_several_values_in_few_clusters_have_no_interval() -> None:
    for values in ([[1.0, 0.0]] * 19, [[1.0, 1.0]] * 19):
        found = mean_estimate(grid(values))
        assert (found.low, found.high, found.reason) == (None, None, "too_few_clusters")
        assert found.value is not None


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_clusters_that_never_vary_have_the_limits_of_the_event_that_all_pass(value: float) -> None:
    found = mean_estimate(grid([[value, value]] * 30))
    edge = pass_low(30, 30, 0.05)
    assert found.low == (pytest.approx(edge) if value else 0.0)
    assert found.high == (1.0 if value else pytest.approx(1 - edge))
    assert (found.reason, found.n) == ("", 60)
    assert found.method == "exact bound on clusters that do not vary"


def test_clusters_with_the_same_share_of_passes_have_the_limits_of_their_means() -> None:
    found = mean_estimate(grid([[1.0, 0.0]] * 30))
    assert (found.low, found.high) == pytest.approx((mean_low(0.5, 30, 0.05), 1 - mean_low(0.5, 30, 0.05)))
    assert found.method == "exact bound on clusters that do not vary"
    graded = mean_estimate(grid([[0.75, 0.25]] * 30), display=True)
    assert (graded.low, graded.high) == pytest.approx((found.low, found.high))


def test_a_flawless_system_passes_on_several_conditions_together_and_a_hopeless_one_fails() -> None:
    for right, wanted in ((1.0, "passed"), (0.0, "failed")):
        given = grid([[right] * 3] * 60)
        above = judge_cell(Gate(name="g", measure="answer_correct", at_least=0.95), (), given)
        assert above.status == wanted
        below = judge_cell(
            Gate(name="g", measure="distractor_citation_rate", at_most=0.05), (), grid([[1 - right] * 3] * 60)
        )
        assert below.status == wanted


def test_all_right_in_clusters_of_different_size_is_less_than_all_right_in_full_ones() -> None:
    full = all_right_low([3] * 40, 3, 0.05)
    assert full == pytest.approx(0.05 ** (1 / 40))
    holed = mean_estimate([row(i, 1.0, condition=f"c{j}") for i in range(40) for j in range(1 + i % 3)]).low
    assert holed == pytest.approx(all_right_low([1 + i % 3 for i in range(40)], 3, 0.05))
    assert holed is not None
    assert unit_low([(1 + i % 3, 1 + i % 3) for i in range(40)], 3, 0.05) < holed < full
    grown = math.prod(1 + (1 + i % 3) / 3 * (1 / holed - 1) for i in range(40))
    assert grown == pytest.approx(1 / 0.05)


def test_few_questions_that_differ_leave_no_gate_undecided() -> None:
    """Of 160 questions with four values each two are all wrong, or all right but for two: no limit is at infinity."""
    few = [[1.0] * 4] * 2 + [[0.0] * 4] * 158
    assert bootstrap_t([(sum(line), 4.0) for line in few], 0.05).high == math.inf
    found = mean_estimate(grid(few))
    assert found.high == pytest.approx(1 - unit_low([(4.0 - sum(line), 4.0) for line in few], 4, 0.05), abs=0.02)
    assert judge_cell(Gate(name="g", measure="answer_correct", at_least=0.1), (), grid(few)).status == "failed"
    many = grid([[1 - value for value in line] for line in few])
    assert judge_cell(Gate(name="g", measure="answer_correct", at_least=0.9), (), many).status == "passed"


def test_a_hand_written_list_has_a_value_and_no_interval() -> None:
    found = mean_estimate(passes(9, 10), sampled=False)
    assert (found.value, found.low, found.high, found.reason) == (0.9, None, None, "no_sampling_plan")
    assert "conditional on these questions" in found.method


def test_exchanging_zero_and_one_mirrors_the_interval() -> None:
    values = [[float((i * 7 + j) % 3 > 0) for j in range(4)] for i in range(30)]
    found = mean_estimate(grid(values))
    mirrored = mean_estimate(grid([[1 - v for v in line] for line in values]))
    assert found.low is not None
    assert found.high is not None
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_scores_outside_zero_and_one_have_no_unit_bounds() -> None:
    found = mean_estimate(rows([float(i) for i in range(30)]))
    assert (found.if_zero, found.if_one) == (None, None)
    assert "bootstrap" in found.method


def test_places_without_a_value_make_the_exact_limit_looser_but_not_wrong() -> None:
    full = unit_low([(1.5, 3.0)] * 40, 3, 0.05)
    holed = unit_low([(1.5, 3.0)] * 30 + [(0.5, 1.0)] * 10, 3, 0.05)
    assert full == pytest.approx(mean_low(0.5, 40, 0.05))
    assert 0 < holed < full


def test_many_graded_clusters_use_normal_limits_where_the_bootstrap_would_be_slow() -> None:
    found = mean_estimate(rows([i / 6000 for i in range(6000)]), display=True)
    assert "normal limits" in found.method
    assert found.low == pytest.approx(0.5 - 1.645 * 0.288675 / 6000**0.5, abs=2e-4)
