"""Absolute and relative drops over matched pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from stat_rows import pairs, row

from robustcore.gates.judge import judge_cell
from robustcore.gates.types import Gate
from robustcore.stats.bootstrap import bootstrap_t
from robustcore.stats.drops import drop_abs, drop_rel
from robustcore.stats.exact import mean_high, mean_low, pass_high, pass_low
from robustcore.stats.means import unit_low
from robustcore.stats.rows import Estimate

BOOTSTRAP = "cluster bootstrap-t (2000 draws, seed 20250607), approximate"

LOSING = [(1.0, 0.0)] * 10 + [(1.0, 1.0)] * 70 + [(0.0, 1.0)] * 5 + [(0.0, 0.0)] * 15


def test_a_drop_is_clean_minus_perturbed_and_positive_is_worse() -> None:
    assert drop_abs(pairs(LOSING)).value == pytest.approx(0.05)
    assert drop_rel(pairs(LOSING)).value == pytest.approx(0.05 / 0.8)


def test_a_perturbation_that_helps_gives_a_negative_drop() -> None:
    helping = pairs([(perturbed, clean) for clean, perturbed in LOSING])
    assert drop_abs(helping).value == pytest.approx(-0.05)
    assert drop_rel(helping).value == pytest.approx(-0.05 / 0.75)


def test_binary_pairs_are_bounded_by_losses_and_gains_apart() -> None:
    found = drop_abs(pairs(LOSING))
    assert found.high == pytest.approx(pass_high(10, 100, 0.025) - pass_low(5, 100, 0.025))
    assert found.low == pytest.approx(pass_low(10, 100, 0.025) - pass_high(5, 100, 0.025))


def test_a_relative_drop_without_gains_is_bounded_by_the_clean_passes_that_were_lost() -> None:
    kept = pairs([(1.0, 1.0)] * 80 + [(0.0, 0.0)] * 20)
    assert drop_rel(kept).high == pytest.approx(pass_high(0, 80, 0.025))


@pytest.mark.parametrize("clean", [0.0, 5e-324, 1e-20])
def test_a_relative_drop_from_nothing_is_null(clean: float) -> None:
    found = drop_rel(pairs([(clean, 1.0), (clean, 0.0)]))
    assert (found.value, found.reason, found.n) == (None, "nothing_clean", 2)


def test_a_pair_counts_only_if_both_sides_are_scored() -> None:
    found = drop_abs(
        [
            *pairs(LOSING),
            row("a", None, clean=1.0, reason="noop"),
            row("b", 1.0, clean_reason="missing_reply"),
        ]
    )
    assert (found.n, found.unscored) == (100, {"noop": 1, "missing_reply": 1})
    assert (found.if_zero, found.if_one) == (None, None)


def test_graded_pairs_that_do_not_change_have_a_tight_upper_limit() -> None:
    found = drop_abs(pairs([(0.1 + i % 8 / 10, 0.1 + i % 8 / 10) for i in range(120)]))
    assert found.value == 0
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 120))  # as tight as for 0/1 pairs
    relative = drop_rel(pairs([(0.1 + i % 8 / 10, 0.1 + i % 8 / 10) for i in range(120)]))
    assert relative.high is not None
    assert 0 < relative.high < 0.12


def test_several_pairs_per_cluster_use_the_bootstrap_and_cover_the_value() -> None:
    rows = [
        row(i, float((i + j) % 5 > 0), clean=float(i % 7 > 0), condition=f"c{j}") for i in range(60) for j in range(3)
    ]
    for found in (drop_abs(rows), drop_rel(rows)):
        assert "bootstrap-t" in found.method
        assert found.low is not None
        assert found.high is not None
        assert found.value is not None
        assert found.low < found.value < found.high


def test_a_hand_written_list_has_a_drop_and_no_interval() -> None:
    for found in (drop_abs(pairs(LOSING), sampled=False), drop_rel(pairs(LOSING), sampled=False)):
        assert found.value is not None
        assert (found.low, found.high, found.reason) == (None, None, "no_sampling_plan")


def test_graded_pairs_with_unequal_clusters_are_bounded() -> None:
    rows = [row(i, 0.4, clean=0.5 + i % 3 / 10, condition=f"c{j}") for i in range(40) for j in range(1 + i % 2)]
    found = drop_abs(rows)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low < found.value < found.high


def test_a_drop_of_few_graded_losses_has_limits_inside_its_range() -> None:
    assert bootstrap_t([(0.0, 1.0)] * 23 + [(0.5, 1.0)] * 2, 0.05).high == float("inf")
    rows = [*(row(i, 1.0, clean=1.0) for i in range(23)), *(row(i, 0.5, clean=1.0) for i in range(23, 25))]
    found = drop_abs(rows, display=True)
    assert found.low is not None
    assert -1 <= found.low <= 0.04
    lost = 1 - unit_low([(1.0, 1.0)] * 23 + [(0.5, 1.0)] * 2, 1, 0.025)
    assert found.high == pytest.approx(lost)  # nothing gained: the bound on losses alone


def test_a_drop_that_few_questions_show_has_a_limit_where_the_bootstrap_tells_none() -> None:
    """Of 160 questions with four pairs each, two lose everything: most resamples of the bootstrap hold few of them."""
    given = [row(i, float(i >= 2), clean=1.0, condition=f"c{j}") for i in range(160) for j in range(4)]
    for drop in (drop_abs, drop_rel):
        found = drop(given)
        assert found.value == pytest.approx(2 / 160)
        assert found.high is not None
        assert 2 / 160 < found.high < 0.06
        assert "exact bound where that tells none" in found.method


MANY = [(float(i % 5 > 0), float(i % 3 > 0)) for i in range(60)]
GRADED = [(0.5 + 0.5 * (i % 2), 0.25 * (i % 4)) for i in range(60)]


@pytest.mark.parametrize(
    ("drop", "values", "cluster", "display", "method"),
    [
        (drop_abs, MANY, "", False, "Clopper-Pearson on pairs lost and gained"),
        (drop_rel, MANY, "", False, "Clopper-Pearson on clean passes lost and on gains"),
        (drop_abs, GRADED, "", False, "KL and Bentkus bound on losses and gains"),
        (drop_rel, GRADED, "", False, "KL and Bentkus bound on losses, gains and clean"),
        (drop_abs, GRADED, "", True, BOOTSTRAP),
        (drop_rel, GRADED, "", True, BOOTSTRAP),
        (drop_abs, MANY, "two", False, f"{BOOTSTRAP}, at least as wide as Clopper-Pearson on clusters"),
        (drop_rel, MANY, "two", False, f"{BOOTSTRAP}, at least as wide as Clopper-Pearson on clusters"),
    ],
)
def test_the_name_of_an_interval_and_what_it_rests_on(
    drop: Callable[..., Estimate], values: list[tuple[float, float]], cluster: str, display: bool, method: str
) -> None:
    rows = [replace(one, cluster=f"k{i // 2}") if cluster else one for i, one in enumerate(pairs(values))]
    found = drop([*rows, row("lost", None, clean=1.0, reason="noop")], 0.9, display=display)
    assert (found.method, found.reason, found.confidence) == (method, "", 0.9)
    assert (found.n, found.clusters, found.unscored) == (60, 30 if cluster else 60, {"noop": 1})
    assert found.value is not None
    assert (found.low or 0.0) < found.value < (found.high or 0.0)
    listed = drop(rows, 0.9, sampled=False)
    assert (listed.low, listed.high, listed.reason, listed.value) == (None, None, "no_sampling_plan", found.value)


def test_a_relative_drop_of_graded_pairs_takes_the_worst_of_its_parts() -> None:
    """Losses, gains and clean are bounded at a third of the error each, as the bounds of means are."""
    found = drop_rel(pairs(GRADED), 0.9)
    third = 0.1 / 3
    lost = [max(c - p, 0.0) for c, p in GRADED]
    gained = [max(p - c, 0.0) for c, p in GRADED]
    clean = [c for c, _ in GRADED]
    lows, highs = (
        [limit(sum(part) / 60, 60, third) for part in (lost, gained, clean)] for limit in (mean_low, mean_high)
    )
    assert found.low == pytest.approx((lows[0] - highs[1]) / highs[2])
    assert found.high == pytest.approx((highs[0] - lows[1]) / lows[2])
    absolute = drop_abs(pairs(GRADED), 0.9)
    low, high = (limit(sum(lost) / 60, 60, 0.05) for limit in (mean_low, mean_high))
    assert absolute.low == pytest.approx(low - mean_high(sum(gained) / 60, 60, 0.05))
    assert absolute.high == pytest.approx(high - mean_low(sum(gained) / 60, 60, 0.05))


def test_a_relative_drop_of_binary_pairs_by_its_formula() -> None:
    found = drop_rel(pairs(MANY), 0.9)
    lost, gained = sum(c > p for c, p in MANY), sum(c < p for c, p in MANY)
    passes = sum(c == 1 for c, _ in MANY)
    most = pass_high(gained, passes + gained, 0.05)
    least = pass_low(gained, passes + gained, 0.05)
    assert found.low == pytest.approx(pass_low(lost, passes, 0.05) - most / (1 - most))
    assert found.high == pytest.approx(pass_high(lost, passes, 0.05) - least / (1 - least))
    only = drop_rel(pairs([(1.0, 1.0)] + [(0.0, 1.0)] * 3), 0.9)
    assert only.value == -3.0
    assert only.low is not None
    assert only.low < -3


def test_several_pairs_of_clusters_that_never_change_are_bounded_as_one_pair_each_is() -> None:
    """A system that no stress touches passes a gate on a drop over several conditions together."""
    one = pairs([(1.0, 1.0)] * 60)
    three = [replace(found, condition=f"c{j}") for j in range(3) for found in one]
    absolute, relative = drop_abs(three), drop_rel(three)
    edge = 1 - 0.025 ** (1 / 60)
    assert (absolute.low, absolute.value, absolute.high) == pytest.approx((-edge, 0, edge))
    assert absolute.high == drop_abs(one).high
    assert absolute.method == "losses and gains: exact bound on clusters that do not vary"
    third = (0.05 / 3) ** (1 / 60)
    assert (relative.low, relative.high) == pytest.approx(((third - 1) / third, (1 - third) / third))
    assert relative.method == "losses, gains and clean: exact bound on clusters that do not vary"
    for measure in ("drop_abs(answer_correct)", "drop_rel(answer_correct)"):
        assert judge_cell(Gate(name="g", measure=measure, at_most=0.1), (), three).status == "passed"
    few = [found for found in three if int(found.item) < 19]
    assert (drop_abs(few).reason, drop_rel(few).reason) == ("too_few_clusters", "too_few_clusters")


def test_clusters_that_all_lose_the_same_share_are_bounded() -> None:
    losing = [row(i, float(j > 0), clean=1.0, condition=f"c{j}") for i in range(40) for j in range(3)]
    found = drop_abs(losing)
    assert found.value == pytest.approx(1 / 3)
    assert found.low == pytest.approx(mean_low(1 / 3, 40, 0.025) - mean_high(0, 40, 0.025))
    assert found.high == pytest.approx(mean_high(1 / 3, 40, 0.025))
