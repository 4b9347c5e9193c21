"""Rankings, ratings, validity, tests of pairs and the betting bounds at their edges, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, norm
from stat_rows import pairs, row

from robustcore.stats.betting import Bounded, log_wealth
from robustcore.stats.compared import at_least, mcnemar, paired_test
from robustcore.stats.drops import drop_abs
from robustcore.stats.ranking import (
    by_query,
    change,
    kendall_distance,
    ndcg_exp,
    rank_gain,
    rbo_ext,
    top1_changed,
    topk_changed,
    variance,
    worst_mean,
)
from robustcore.stats.rating import absolute_grade, effect, rejections, relative_grades, wrs
from robustcore.stats.rows import Estimate, Row
from robustcore.stats.samples import pairs_of
from robustcore.stats.validity import below_people, validity


def test_a_bet_wins_or_loses_by_hand() -> None:
    shares = np.sin((np.arange(40) + 0.5) / 40 * np.pi / 2) ** 2
    wanted = np.mean((1 + shares / 0.4 * (1 - 0.4)) ** 3 * (1 + shares / 0.4 * (0.5 - 0.4)))
    assert log_wealth([1.0, 1.0, 0.5, 1.0], 0.4) == pytest.approx(math.log(wanted))
    assert log_wealth([1, 0, 1], 0.4) == log_wealth([1.0, 0.0, 1.0], 0.4)
    assert (log_wealth([1.0] * 9, 1.0), log_wealth([1.0] * 9, 1.5)) == (0.0, 0.0)
    assert (log_wealth([0.0, 0.0], 0.0), log_wealth([0.0, 0.1], 0.0), log_wealth([0.1], -0.5)) == (
        0.0,
        math.inf,
        math.inf,
    )


def test_bounds_of_clusters_with_places_left() -> None:
    bounded = Bounded.of([(1.0, 2.0), (0.0, 1.0)], 4)
    assert bounded.tops.tolist() == [0.25, 0.0]
    assert bounded.free.tolist() == [0.5, 0.75]
    assert bounded.mirrored().tops.tolist() == [0.25, 0.25]
    assert bounded.mirrored().free.tolist() == [0.5, 0.75]
    assert not Bounded.of([], 1).shows_above(0.0, 0.5)
    sure = Bounded.of([(1.0, 1.0)] * 30, 1)
    assert sure.shows_above(0.5, 0.05)
    assert not sure.shows_below(0.5, 0.05)
    assert Bounded.of([(0.0, 1.0)] * 30, 1).shows_below(0.5, 0.05)
    assert not Bounded.of([(1.0, 1.0)] * 3, 1).shows_above(0.5, 0.05)
    assert Bounded.of([(1.0, 1.0)] * 3, 1).shows_above(0.5, 0.5)


def test_paired_tests_by_hand() -> None:
    ones = paired_test(pairs_of(pairs([(1.0, 0.0)] * 6 + [(0.0, 1.0)] + [(1.0, 1.0)] * 3)))
    assert (ones.up, ones.down, ones.test) == (1, 6, "exact McNemar")
    assert ones.p_down == pytest.approx(binom.sf(5, 7, 0.5))
    assert ones.p_up == pytest.approx(binom.sf(0, 7, 0.5))
    assert ones.p == pytest.approx(2 * binom.sf(5, 7, 0.5))
    graded = paired_test(pairs_of(pairs([(0.5, 0.25)] * 3 + [(0.25, 0.5)])))
    assert (graded.up, graded.down, graded.test) == (1, 3, "exact sign flips over clusters")
    assert (graded.p_down, graded.p_up, graded.p) == (5 / 16, 15 / 16, 10 / 16)
    still = paired_test(pairs_of(pairs([(0.5, 0.5)] * 3)))
    assert (still.p, still.p_down, still.p_up, still.test) == (1.0, 1.0, 1.0, "sign flips over clusters")
    none = paired_test(pairs_of([]))
    assert (none.up, none.down, none.p, none.p_down, none.p_up, none.test) == (0, 0, None, None, None, "none")
    assert (at_least(0, 5), at_least(-1, 0)) == (1.0, 1.0)
    assert at_least(5, 5) == pytest.approx(1 / 32)
    assert mcnemar(1, 6) == mcnemar(6, 1) == pytest.approx(2 * binom.sf(5, 7, 0.5))
    assert mcnemar(0, 0) == 1.0


def test_more_clusters_are_drawn_and_very_many_are_normal() -> None:
    values = [(0.0, 0.1 * (i % 7) - 0.25) for i in range(13)]
    drawn = paired_test(pairs_of(pairs(values)))
    assert drawn.test == "sign flips over clusters (9999 draws, seed 20250607)"
    assert drawn.p_down is not None
    assert drawn.p_up is not None
    assert (drawn.p_up * 10_000) % 1 == pytest.approx(0, abs=1e-6)
    fewer = paired_test(pairs_of(pairs(values[:12])))
    assert fewer.test == "exact sign flips over clusters"
    many = paired_test(pairs_of(pairs([(0.0, 0.5 if i % 2 else -0.4) for i in range(2000)])))
    z = (500 - 400) / math.sqrt(1000 * 0.25 + 1000 * 0.16)
    assert many.test == "sign flips over clusters, normal"
    assert many.p_down == pytest.approx(norm.cdf(z))
    assert many.p_up == pytest.approx(norm.cdf(-z))


def test_an_effect_is_perturbed_less_clean_and_says_what_uneven_loss_would_have_made_of_it() -> None:
    given = [*pairs([(1.0, 0.0)] * 10 + [(1.0, 1.0)] * 20), row("lost", None, clean=0.0, reason="noop")]
    found, drop = effect(given, 0.9), drop_abs(given, 0.9, display=True)
    assert found.signed.value == pytest.approx(-1 / 3)
    assert (found.signed.low, found.signed.high) == (-(drop.high or 0.0), -(drop.low or 0.0))
    assert found.ape == pytest.approx(1 / 3)
    assert found.case_mix_gap == pytest.approx(20 / 30 - 30 / 31 + 1 / 3)
    assert (found.test.down, found.signed.confidence) == (10, 0.9)
    nothing = effect([row("a", None, reason="noop")])
    assert (nothing.signed.value, nothing.signed.low, nothing.ape, nothing.case_mix_gap) == (None, None, None, None)
    level = effect(pairs([(1.0, 1.0)] * 5))
    assert str(level.signed.value) == "0.0"  # and not -0.0


def test_grades_and_rejections_by_hand() -> None:
    assert rejections([0.05, 0.3, 0.4, 0.41]) == (1, 2, 3)
    assert rejections([0.5], (0.5,)) == (1,)
    assert wrs([1, 2, 3]) == pytest.approx(1 + 1.4 + 1.8)
    grades = {None: "", -0.5: "A", 0.02: "A", 0.021: "B", 0.05: "B", 0.1: "C", 0.2: "D", 0.21: "E"}
    assert {loss: absolute_grade(loss) for loss in grades} == grades
    assert absolute_grade(0.02 + 5e-10) == "A"
    assert absolute_grade(0.4, {"B": 0.5, "A": 0.3}) == "B"
    assert absolute_grade(0.6, {"A": 0.3, "B": 0.5}) == "C"
    assert relative_grades({"x": 0.1, "y": 0.3, "z": 0.2, "w": 0.2}, 2) == {"x": 1, "y": 2, "z": 1, "w": 1}


def test_single_rankings_by_hand() -> None:
    gain = [(2**g - 1) / math.log2(i + 2) for i, g in enumerate((0, 2, 1))]
    ideal = [(2**g - 1) / math.log2(i + 2) for i, g in enumerate((2, 1))]
    assert ndcg_exp([0, 2, 1], 3) == pytest.approx(sum(gain) / sum(ideal))
    assert ndcg_exp([0, 2, 1], 2) == pytest.approx(gain[1] / sum(ideal))
    assert ndcg_exp([0, 2], 2, judged=[2, 3, 0]) == pytest.approx(gain[1] / (7 + 3 / math.log2(3)))
    assert ndcg_exp([0, 0], 2) is None
    assert (variance([]), variance([1.0, 3.0])) == (None, 1.0)
    assert (worst_mean([]), worst_mean([1.0, 2.0, 3.0, 4.0]), worst_mean([1.0, 2.0, 3.0, 4.0], 0.5)) == (None, 1.0, 1.5)
    assert (change(0.5, 0.25), change(0.0, 1.0)) == (-0.5, None)
    assert kendall_distance("abc", "acb") == pytest.approx(1 / 3)
    assert (kendall_distance("ab", "ba"), kendall_distance("ab", "ab")) == (1.0, 0.0)
    assert (kendall_distance("a", "a"), kendall_distance("ab", "ac")) == (None, None)
    assert rbo_ext("ab", "ab") == pytest.approx(1.0)
    assert rbo_ext("ab", "cd") == 0.0
    assert rbo_ext("ab", "ba", 0.5) == pytest.approx(1 * 0.25 + 1 * (0 * 0.5 + 1 * 0.25))
    assert rbo_ext("abc", "ba", 0.5) == rbo_ext("ab", "ba", 0.5)
    assert rbo_ext("", "a") is None
    assert (top1_changed("ab", "ba"), top1_changed("ab", "ac"), top1_changed("a", ""), top1_changed("", "a")) == (
        1,
        0,
        1,
        None,
    )
    assert (topk_changed("abc", "acd", 2), topk_changed("abc", "", 2), topk_changed("", "a", 2)) == (0.5, 1.0, None)
    gains = (
        rank_gain("abc", "cab", "c"),
        rank_gain("ab", "abx", "x"),
        rank_gain("abx", "ab", "x"),
        rank_gain("a", "b", "x"),
    )
    assert gains == (2, 0, 0, None)


def test_linear_gain_of_every_query_that_has_a_relevant_document() -> None:
    run = {"q": ["a", "b", "c"], "r": ["a"], "none": ["a"]}
    qrels = {"q": {"b": 2, "c": 1, "a": -1}, "r": {"b": 1}, "none": {"a": 0}, "missing": {"a": 1}}
    ideal = 2 + 1 / math.log2(3)
    assert by_query(run, qrels, 3) == {
        "q": pytest.approx((2 / math.log2(3) + 1 / 2) / ideal),
        "r": 0.0,
        "missing": 0.0,
    }
    assert by_query(run, qrels, 2)["q"] == pytest.approx(2 / math.log2(3) / ideal)


def test_validity_by_hand() -> None:
    found = validity(
        [
            (True, True, "valid"),
            (True, False, "valid"),
            (False, True, "valid"),
            (True, True, "invalid"),
            (True, True, "undecided"),
        ]
    )
    assert (found.rate, found.undecided_rate, found.naive_pass_rate) == (3 / 5, 1 / 5, 4 / 5)
    assert (found.retention, found.retention_undecided_as_valid, found.kept_rate) == (1.0, 1.0, 0.5)
    assert found.paired_drop == 0.0
    none = validity([(False, True, "valid")])
    assert (none.retention, none.kept_rate, none.paired_drop) == (None, None, -1.0)
    empty = validity([])
    assert (empty.rate, empty.undecided_rate, empty.naive_pass_rate, empty.paired_drop) == (None, None, None, None)


def test_what_people_found_is_the_yardstick_less_ten_points() -> None:
    assert below_people("question.paraphrase", 74, 100) != ""  # 131 of 155 are 84.5 %
    assert below_people("question.paraphrase", 75, 100) == ""
    assert below_people("question.synonym_wordnet", 27, 100) == (
        "27% valid (27 of 100), more than 10 points below the 38% that people found for question.synonym_wordnet "
        "(87 of 230)"
    )
    for operator, (valid, judged) in {
        "question.back_translation": (116, 205),
        "question.summary_title": (171, 237),
        "question.synonym_embedding": (151, 234),
    }.items():
        assert below_people(operator, valid, judged) == ""
        assert f"({valid} of {judged})" in below_people(operator, 0, 9)
    assert below_people("question.typos", 0, 9) == below_people("question.paraphrase", 0, 0) == ""


def test_rows_and_estimates_say_nothing_that_was_not_given() -> None:
    plain = Row("c", "i", "k", "x", "f", 1.0, 0, "m", 1.0)
    assert (plain.reason, plain.clean, plain.clean_reason, plain.tags) == ("", None, "", ())
    bare = Estimate(value=None)
    assert (bare.low, bare.high, bare.n, bare.clusters, bare.unscored) == (None, None, 0, 0, {})
    assert (bare.if_zero, bare.if_one, bare.method, bare.confidence, bare.reason) == (None, None, "", 0.95, "")
