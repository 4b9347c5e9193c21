"""Certificates and style indices of a few vectors in the plane: every number by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from robustcore.stats.bootstrap import bootstrap_t
from robustcore.stats.certificates import (
    Radius,
    both_sides_slack,
    chord,
    conformal_depth,
    document_side,
    early_radius,
    easy_bound,
    gold_radius,
    order_radius,
    ranked,
    topk_radius,
    worst_direction,
)
from robustcore.stats.means import all_right_low
from robustcore.stats.style import (
    Grid,
    best_k,
    chance,
    index_estimate,
    margins,
    neighbour_counts,
    pair_index,
    robustness_index,
)

QUERY = np.array([1.0, 0.0])
DOCS = np.array([[0.2, 1.0], [0.9, 0.0], [0.5, 0.5], [0.7, -0.1]])  # ranked 1, 3, 2, 0


def pair(i: int, j: int, norm: float = 2) -> float:
    apart = DOCS[i] - DOCS[j]
    return float(apart @ QUERY) / float(np.linalg.norm(apart, norm))


def test_documents_are_ranked_by_score_ties_by_position() -> None:
    assert ranked(QUERY, DOCS).tolist() == [1, 3, 2, 0]
    tied = np.array([[0.5, i / 100] for i in range(40)])
    assert ranked(QUERY, tied).tolist() == list(range(40))


def test_the_radius_is_the_least_over_pairs_across_the_border() -> None:
    across = {(i, j): pair(i, j) for i in (1, 3) for j in (2, 0)}
    weak = min(across, key=across.__getitem__)
    found = topk_radius(QUERY, DOCS, 2)
    assert found.value == pytest.approx(across[weak])
    assert (found.weak, found.duplicates, found.read) == (weak, False, 4)
    each = {(i, j): pair(i, j, 1) for i in (1, 3) for j in (2, 0)}
    assert topk_radius(QUERY, DOCS, 2, norm="linf").value == pytest.approx(min(each.values()))


def test_nothing_outside_and_equal_vectors() -> None:
    assert topk_radius(QUERY, DOCS, 4) == Radius(value=math.inf, weak=None, read=4)
    twins = np.array([[0.9, 0.0], [0.9, 0.0], [0.1, 0.0]])
    found = topk_radius(QUERY, twins, 1)
    assert (found.duplicates, found.weak) == (True, (0, 2))
    assert found.value == pytest.approx(1.0)
    same = topk_radius(QUERY, twins[:2], 1)
    assert (same.value, same.weak, same.duplicates) == (math.inf, None, True)
    tie = topk_radius(QUERY, np.array([[0.5, 0.1], [0.5, 0.2]]), 1)
    assert (tie.value, tie.weak) == (0.0, (0, 1))


def test_the_order_inside_counts_its_adjacent_pairs() -> None:
    close = np.array([[0.9, 0.0], [0.89, 0.5], [0.1, 0.0]])
    assert order_radius(QUERY, close, 2) == pytest.approx(0.01 / math.hypot(0.01, 0.5))
    assert order_radius(QUERY, close, 1) == topk_radius(QUERY, close, 1).value
    assert order_radius(QUERY, close, 9) == pytest.approx(0.01 / math.hypot(0.01, 0.5))


def test_looser_bounds_by_hand() -> None:
    sizes = np.linalg.norm(DOCS, axis=1)
    gaps = {(i, j): (DOCS[i] - DOCS[j]) @ QUERY / (sizes[i] + sizes[j]) for i in (1, 3) for j in (2, 0)}
    assert easy_bound(QUERY, DOCS, 2) == pytest.approx(min(gaps.values()))
    absolute = np.abs(DOCS).sum(axis=1)
    gaps = {(i, j): (DOCS[i] - DOCS[j]) @ QUERY / (absolute[i] + absolute[j]) for i in (1, 3) for j in (2, 0)}
    assert easy_bound(QUERY, DOCS, 2, norm="linf") == pytest.approx(min(gaps.values()))
    assert easy_bound(QUERY, DOCS, 4) == math.inf


def test_a_chord_is_two_sines_of_half_the_angle() -> None:
    assert chord(1.0) == pytest.approx(math.sqrt(2))
    assert chord(1.0, 2.0) == pytest.approx(2 * math.sin(math.pi / 12))
    assert chord(1.1) == math.inf
    assert chord(0.0) == 0.0


def test_documents_may_move_by_half_the_gap_or_the_whole_of_it() -> None:
    long = 2 * QUERY
    assert document_side(long, DOCS, 2) == pytest.approx((1.4 - 1.0) / 4)
    assert document_side(long, DOCS, 2, outside=True) == pytest.approx((1.4 - 1.0) / 2)
    assert document_side(QUERY, DOCS, 4) == math.inf
    gaps = [((DOCS[i] - DOCS[j]) @ QUERY - 0.1 * np.linalg.norm(DOCS[i] - DOCS[j])) for i in (1, 3) for j in (2, 0)]
    slack = both_sides_slack(QUERY, DOCS, 2, by_query=0.1, by_document=0.05)
    assert slack == pytest.approx(min(gaps) - 2 * 0.05 * 1.1)
    assert both_sides_slack(QUERY, DOCS, 4, by_query=0.1, by_document=0.05) == math.inf


def test_gold_stays_until_enough_of_those_below_have_passed_it() -> None:
    below = sorted(pair(1, j) for j in (3, 2, 0))
    assert gold_radius(QUERY, DOCS, 2, 1) == pytest.approx(below[1])
    assert gold_radius(QUERY, DOCS, 1, 1) == pytest.approx(below[0])
    assert gold_radius(QUERY, DOCS, 2, 3) == pytest.approx(min(pair(3, 2), pair(3, 0)))
    assert gold_radius(QUERY, DOCS, 2, 2) is None
    assert gold_radius(QUERY, DOCS, 4, 0) == math.inf
    assert gold_radius(QUERY, DOCS, 3, 0) is None
    assert gold_radius(QUERY, DOCS, 3, 3) == pytest.approx(max(pair(3, 2), pair(3, 0)))


def test_reading_stops_where_no_pair_can_come_below() -> None:
    order = ranked(QUERY, DOCS)
    blocks = [(order[i : i + 1], DOCS[order[i : i + 1]]) for i in range(4)]
    longest = float(np.linalg.norm(DOCS, axis=1).max())
    found, whole = early_radius(QUERY, blocks, 2, longest=longest), topk_radius(QUERY, DOCS, 2)
    assert found.value == pytest.approx(whole.value)
    assert (found.weak, found.read) == (whole.weak, 4)
    assert early_radius(QUERY, blocks, 1, longest=0.2).read == 3  # (0.9 - 0.5) / 0.4 reaches the least radius so far
    twice = [(np.array([0, 1]), np.array([[0.9, 0.0], [0.9, 0.0]])), (np.array([2]), np.array([[0.1, 0.0]]))]
    assert early_radius(QUERY, twice, 1, longest=9.0).duplicates
    assert early_radius(QUERY, blocks[:2], 2, longest=longest) == Radius(value=math.inf)


def test_the_worst_direction_points_from_the_inside_to_the_outside_one() -> None:
    assert worst_direction(np.array([3.0, 0.0]), np.array([0.0, 4.0])) == pytest.approx([-0.6, 0.8])


def test_a_conformal_depth_is_an_order_statistic() -> None:
    ranks = [5.0, 1.0, 3.0, 2.0, 4.0, 9.0, 8.0, 7.0, 6.0]
    assert conformal_depth(ranks, 0.2) == 8.0
    assert conformal_depth(ranks, 0.1) == 9.0
    assert conformal_depth(ranks, 0.09) is None
    assert conformal_depth([1.0, math.inf], 1 / 3) == math.inf
    assert conformal_depth([], 0.5) is None
    assert conformal_depth(ranks, 0.95) == 1.0


def unit(*degrees: float) -> NDArray[np.float64]:
    turned = np.deg2rad(degrees)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1)


GRID = Grid(
    vectors=unit(0, 10, 40, 55),
    meaning=np.array([0, 0, 1, 1]),
    style=np.array([0, 1, 0, 1]),
)


def test_neighbours_are_counted_by_what_they_share() -> None:
    so, os_ = neighbour_counts(GRID, 1)
    assert (so.tolist(), os_.tolist()) == ([1, 1, 1, 1], [0, 0, 0, 0])
    so, os_ = neighbour_counts(GRID, 2)
    assert (so.tolist(), os_.tolist()) == ([1, 1, 1, 1], [1, 0, 0, 1])
    assert robustness_index(GRID, 2) == pytest.approx(4 / 6)
    assert robustness_index(GRID, 3) == pytest.approx(4 / 8)


def test_a_group_is_no_neighbour_of_itself() -> None:
    grouped = Grid(vectors=GRID.vectors, meaning=GRID.meaning, style=GRID.style, group=np.array([0, 0, 1, 2]))
    so, os_ = neighbour_counts(grouped, 1)
    assert so.tolist() == [0, 0, 1, 1]
    assert os_.tolist() == [1, 0, 0, 0]
    assert robustness_index(grouped, 1) == pytest.approx(2 / 3)


def test_without_two_meanings_and_two_styles_there_is_no_index() -> None:
    one_meaning = Grid(vectors=GRID.vectors, meaning=np.zeros(4, np.int64), style=GRID.style)
    one_style = Grid(vectors=GRID.vectors, meaning=GRID.meaning, style=np.zeros(4, np.int64))
    assert robustness_index(one_meaning, 2) is None
    assert robustness_index(one_style, 2) is None
    assert np.isnan(margins(one_style)).all()


def test_a_margin_compares_mean_distances_of_the_nearest() -> None:
    def apart(a: float, b: float) -> float:
        return 1 - math.cos(math.radians(a - b))

    so, os_ = apart(0, 10), apart(0, 40)
    assert margins(GRID)[0] == pytest.approx((os_ - so) / (os_ + so))
    more = Grid(vectors=unit(0, 10, 20, 40, 80), meaning=np.array([0, 0, 0, 1, 1]), style=np.array([0, 1, 1, 0, 0]))
    so = (apart(0, 10) + apart(0, 20)) / 2
    os_ = (apart(0, 40) + apart(0, 80)) / 2
    assert margins(more)[0] == pytest.approx((os_ - so) / (os_ + so))
    assert margins(more, 1)[0] == pytest.approx((apart(0, 40) - apart(0, 10)) / (apart(0, 40) + apart(0, 10)))
    level = Grid(vectors=unit(0, 0, 0, 0), meaning=GRID.meaning, style=GRID.style)
    assert np.isnan(margins(level)).all()


def test_a_pair_of_styles_has_an_index_of_its_own() -> None:
    three = Grid(
        vectors=unit(0, 10, 20, 40, 55, 70),
        meaning=np.array([0, 0, 0, 1, 1, 1]),
        style=np.array([0, 1, 2, 0, 1, 2]),
        group=np.array([0, 1, 2, 3, 4, 5]),
    )
    part = Grid(vectors=unit(0, 20, 40, 70), meaning=np.array([0, 0, 1, 1]), style=np.array([0, 2, 0, 2]))
    assert pair_index(three, 0, 2, 2) == robustness_index(part, 2)
    assert chance(3, 2) == pytest.approx(1 / 3)
    assert chance(2, 2) == 0.5


def test_the_best_k_is_the_smallest_of_the_best_and_odd() -> None:
    assert best_k(GRID) == 1
    # the nearest of 3 and 20 are of the other meaning: one neighbour misleads them, three do not
    vectors = unit(0, 8, 12, 3, 20, 30, 40, 21)
    noisy = Grid(vectors=vectors, meaning=np.array([0, 0, 0, 0, 1, 1, 1, 1]), style=np.array([0, 1, 0, 1, 0, 1, 0, 1]))
    assert best_k(noisy, most=1) == 1
    assert best_k(noisy, most=2) == 1
    assert best_k(Grid(vectors=unit(0, 1, 90), meaning=np.array([0, 1, 1]), style=np.array([0, 1, 0]))) == 1


def test_an_index_over_meanings_has_clipped_bootstrap_limits() -> None:
    so, os_ = [float(i % 4) for i in range(24)], [float(i % 3) for i in range(24)]
    found = index_estimate(so, os_, 0.9)
    limits = bootstrap_t([(a, a + b) for a, b in zip(so, os_, strict=True)], 0.1)
    assert found.value == sum(so) / (sum(so) + sum(os_))
    assert (found.low, found.high, found.n, found.clusters) == (limits.low, limits.high, 24, 24)
    assert (found.method, found.confidence, found.reason) == (limits.method, 0.9, "")
    sound = index_estimate([40.0] * 30, [0.0] * 30, places=56)
    assert (sound.value, sound.high, sound.reason) == (1.0, 1.0, "")
    assert sound.low == pytest.approx(all_right_low([40.0] * 30, 56, 0.05))
    assert index_estimate([40.0] * 30, [0.0] * 30).reason == "too_few_clusters"
    few = index_estimate([1.0], [0.0])
    assert (few.value, few.low, few.reason) == (1.0, None, "too_few_clusters")
    none = index_estimate([0.0], [0.0], 0.9)
    assert (none.value, none.reason, none.confidence, none.method) == (None, "empty_denominator", 0.9, "none")
