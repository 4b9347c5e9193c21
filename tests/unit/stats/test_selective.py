"""Confidence: ECE with its bins, risk-coverage that ignores the order of ties, thresholds set on clean answers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robustcore.stats.selective import brier, ece, risk_coverage, selective, threshold_at

answers = st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]) | st.floats(0, 1), st.booleans()), min_size=1)


def test_a_calibrated_system_has_no_error_and_an_overconfident_one_has() -> None:
    calibrated = [(0.75, i % 4 > 0) for i in range(40)]
    assert ece(calibrated) == pytest.approx(0.0)
    assert ece([(1.0, i % 4 > 0) for i in range(40)]) == pytest.approx(0.25)
    assert brier(calibrated) == pytest.approx(0.1875)


def test_a_bin_holds_its_upper_edge() -> None:
    assert ece([(0.1, False), (0.1 + 1e-9, True)]) == pytest.approx((0.1 + 0.9) / 2, abs=1e-6)
    assert ece([(0.0, False), (0.1, False)]) == pytest.approx(0.05)


def test_the_surest_answers_come_first() -> None:
    points = risk_coverage([(0.9, True), (0.8, True), (0.2, False), (0.1, False)])
    assert points == [(0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]


@given(answers, st.integers(0, 99))
@settings(deadline=None)
def test_the_order_of_answers_is_irrelevant(given_answers: list[tuple[float, bool]], seed: int) -> None:
    shuffled = random.Random(seed).sample(given_answers, len(given_answers))
    for one, other in zip(risk_coverage(shuffled), risk_coverage(given_answers), strict=True):
        assert one == pytest.approx(other)


@given(answers)
def test_full_coverage_has_the_plain_error_rate(given_answers: list[tuple[float, bool]]) -> None:
    coverage, risk = risk_coverage(given_answers)[-1]
    assert coverage == 1.0
    assert risk == pytest.approx(sum(not right for _, right in given_answers) / len(given_answers))


def test_the_threshold_keeps_the_share_it_is_set_for() -> None:
    clean = [(i / 10, True) for i in range(10)]
    threshold = threshold_at(clean, 0.8)
    assert threshold == pytest.approx(0.2)
    assert selective(clean, threshold).coverage == 0.8


def test_a_system_that_is_sure_of_what_stress_made_it_say_loses_selective_accuracy() -> None:
    clean = [(0.9, True)] * 8 + [(0.2, False)] * 2
    perturbed = [(0.9, False)] * 4 + [(0.9, True)] * 4 + [(0.2, False)] * 2
    threshold = threshold_at(clean)
    assert selective(clean, threshold).accuracy == 1.0
    assert selective(perturbed, threshold).accuracy == 0.5
    assert selective(perturbed, threshold).coverage == 0.8


def test_scores_on_another_scale_have_a_curve_and_no_ece() -> None:
    found = selective([(12.0, True), (-3.0, False)], None)
    assert (found.ece, found.brier) == (None, None)
    assert found.aurc == pytest.approx(0.25)


def test_no_answer_is_no_value() -> None:
    found = selective([], threshold_at([]))
    assert (found.n, found.accuracy, found.aurc, found.curve) == (0, None, None, ())


MANY = [(i / 100, i % 3 > 0) for i in range(1, 101)]


def test_every_number_of_a_small_set_by_hand() -> None:
    found = selective([(0.9, True), (0.9, False), (0.5, True), (0.2, False)], 0.5)
    assert found.n == 4
    assert (found.accuracy_all, found.coverage) == (0.5, 0.75)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.25 + 0.04) / 4)
    assert found.ece == pytest.approx((0.8 + 0.5 + 0.2) / 4)
    assert [coverage for coverage, _ in found.curve] == [0.25, 0.5, 0.75, 1.0]
    assert [risk for _, risk in found.curve] == pytest.approx([0.5, 0.5, 1 / 3, 0.5])
    assert found.aurc == pytest.approx((0.5 + 0.5 + 1 / 3 + 0.5) / 4)


def test_withholding_is_below_the_threshold_and_nothing_kept_has_no_accuracy() -> None:
    found = selective([(0.9, True), (0.5, False)], 0.95)
    assert (found.coverage, found.accuracy) == (0.0, None)
    assert selective([(0.9, True), (0.5, False)], None).coverage == 1.0


def test_a_curve_is_thinned_to_twenty_points_that_end_at_full_coverage() -> None:
    curve = selective(MANY, None).curve
    assert len(curve) == 20
    assert [round(100 * coverage) for coverage, _ in curve] == list(range(5, 101, 5))
    assert len(selective(MANY[:20], None).curve) == 20
    assert len(selective(MANY[:21], None).curve) == 20
    assert selective(MANY[:21], None).curve[-1][0] == 1.0


def test_the_threshold_is_the_confidence_of_the_last_one_kept() -> None:
    assert threshold_at(MANY) == 0.21
    assert threshold_at(MANY, 0.5) == 0.51
    assert threshold_at(MANY, 0.001) == 1.0
    assert threshold_at(MANY, 2.0) == 0.01
    assert threshold_at([]) is None


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_confidences_on_the_ends_of_the_unit_interval_have_an_ece(edge: float) -> None:
    found = selective([(edge, True)], None)
    assert (found.ece, found.brier) == (1 - edge, 1 - edge)
    assert selective([(edge + (edge - 0.5) * 1e-3, True)], None).ece is None


def test_more_or_fewer_bins_are_cut_evenly() -> None:
    assert ece([(0.2, True), (0.6, False)], 2) == pytest.approx((0.8 + 0.6) / 2)
    assert ece([(0.2, True), (0.6, False)], 1) == pytest.approx(0.2 / 2)
    assert ece([(0.1 + 0.2, True), (0.3, False)]) == pytest.approx(0.4 / 2)
