"""Union pass rate, worst case, repeats, and crashes that count as failures."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from stat_rows import row, rows

from robustcore.stats.rows import Estimate
from robustcore.stats.samples import count_raises, repeats
from robustcore.stats.suites import union, union_parts, worst_case


def test_a_query_that_fails_clean_is_not_in_the_union() -> None:
    found = union([row(0, 1.0, clean=0.0), row(1, 1.0, clean=1.0)])
    assert found.value == 0.5


def test_a_family_passes_only_if_all_its_severities_and_replicates_do() -> None:
    severe = [row(0, 1.0, clean=1.0, severity=0.5), row(0, 0.0, clean=1.0, severity=1.0)]
    assert union(severe).value == 0.0


def test_a_lower_is_better_measure_passes_at_zero() -> None:
    assert union([row(0, 0.0, clean=0.0)], higher_is_better=False).value == 1.0
    assert union([row(0, 1.0, clean=0.0)], higher_is_better=False).value == 0.0


def test_a_severity_that_found_nothing_to_change_does_not_make_a_family_unknown() -> None:
    found = union([row(0, None, reason="noop", clean=1.0, severity=0.1), row(0, 1.0, clean=1.0)])
    assert (found.value, found.unscored) == (1.0, {})


def test_a_lost_reply_makes_the_query_incomplete() -> None:
    lost = [row(0, None, reason="missing_reply", clean=1.0), row(0, 1.0, clean=1.0, condition="other")]
    found = union([*lost, row(1, 1.0, clean=1.0), row(1, 1.0, clean=1.0, condition="other")])
    assert (found.value, found.n, found.unscored) == (1.0, 1, {"missing_reply": 1})
    assert (found.if_zero, found.if_one) == (0.5, 1.0)


def test_an_incomplete_query_that_already_failed_cannot_pass() -> None:
    failed = [row(0, 0.0, clean=1.0), row(0, None, reason="missing_reply", clean=1.0, condition="other")]
    found = union([*failed, row(1, 1.0, clean=1.0), row(1, 1.0, clean=1.0, condition="other")])
    assert found.if_one == 0.5


def test_no_complete_query_gives_null() -> None:
    assert union_parts([row(0, None, reason="noop", clean=1.0)]).estimate.reason == "empty_denominator"


def test_the_worst_case_is_the_minimum_over_conditions_of_each_question() -> None:
    found = worst_case([row(0, 1.0), row(0, 0.2, condition="b"), row(1, 0.6), row(1, 0.8, condition="b")])
    assert found.value == pytest.approx(0.4)
    assert found.clusters == 2


def test_the_worst_case_of_a_lower_is_better_measure_is_the_maximum() -> None:
    assert worst_case([row(0, 1.0), row(0, 0.0, condition="b")], higher_is_better=False).value == 1.0


def test_a_lost_reply_leaves_the_worst_case_unknown_unless_the_worst_has_happened() -> None:
    lost = [row(0, 1.0), row(0, None, reason="infra_error", condition="b")]
    known = [row(1, 0.0), row(1, None, reason="infra_error", condition="b")]
    found = worst_case([*lost, *known])
    assert (found.value, found.unscored) == (0.0, {"infra_error": 1})


def test_conditions_that_were_not_asked_are_no_candidates_for_the_worst_case() -> None:
    assert worst_case([row(0, 1.0), row(0, None, reason="noop", condition="b")]).value == 1.0


def test_worst_case_has_one_value_per_question_and_so_an_exact_interval() -> None:
    perfect = [row(i, 1.0, condition=f"c{j}") for i in range(30) for j in range(4)]
    assert worst_case(perfect).method == "Clopper-Pearson"


def test_replicates_pass_only_together() -> None:
    case = [row(0, 1.0, replicate=0, clean=1.0), row(0, 0.0, replicate=1, clean=1.0)]
    assert [r.value for r in repeats(case, "all")] == [0.0]
    assert [r.value for r in repeats(case, "any")] == [1.0]


def test_a_lost_replicate_leaves_the_case_open_unless_it_is_decided() -> None:
    lost = row(0, None, replicate=1, reason="missing_reply")
    assert [(r.value, r.reason) for r in repeats([row(0, 1.0), lost], "all")] == [(None, "missing_reply")]
    assert [r.value for r in repeats([row(0, 0.0), lost], "all")] == [0.0]
    assert [r.value for r in repeats([row(0, 1.0), lost], "any")] == [1.0]
    three = [row(0, 1.0), row(0, 1.0, replicate=1), row(0, None, replicate=2, reason="missing_reply")]
    assert [r.value for r in repeats(three, "majority")] == [1.0]


def test_rows_without_replicates_stay_as_they_are() -> None:
    given = rows([1.0, 0.0, None])
    assert repeats(given, "all") == given


def test_a_crash_under_stress_counts_as_the_worst_value_if_the_clean_twin_has_one() -> None:
    crashed = row(0, None, reason="system_error", clean=1.0)
    both = row(1, None, reason="system_error", clean_reason="system_error")
    assert [r.value for r in count_raises([crashed, both], 0.0)] == [0.0, None]


def test_the_parts_of_a_union_by_hand() -> None:
    given = [
        *(row(i, float(i != 1), clean=float(i != 0), condition="a") for i in range(4)),
        *(row(i, float(i != 2), clean=float(i != 0), condition="b") for i in range(4)),
    ]
    found = union_parts(given)
    assert found.estimate.value == 0.25
    assert found.families == {"clean": 0.75, "a": 0.75, "b": 0.75}
    assert found.marginal == {"clean": 0.25, "a": 0.25, "b": 0.25}
    assert found.frechet == (0.25, 0.75)


def test_a_family_without_a_row_of_an_item_is_a_missing_reply() -> None:
    given = [row("a", 1.0, clean=1.0, condition="x"), row("b", 1.0, clean=1.0, condition="y")]
    given.append(row("b", 1.0, clean=1.0, condition="x"))
    found = union(given)
    assert (found.value, found.unscored) == (1.0, {"missing_reply": 1})
    assert (found.if_zero, found.if_one) == (0.5, 1.0)


def test_of_several_reasons_the_one_that_decides_most_is_told() -> None:
    given = [
        row("a", None, reason="noop", clean=1.0, condition="x"),
        row("a", None, reason="judge_error", clean=1.0, condition="y"),
        row("b", None, clean=1.0, condition="x"),
        row("b", 1.0, clean=1.0, condition="y"),
        row("c", None, reason="noop", clean_reason="invalid_case", condition="x"),
        row("c", 1.0, clean_reason="invalid_case", condition="y"),
    ]
    assert union(given).unscored == {"judge_error": 1, "unknown": 1, "invalid_case": 1}
    nothing = union_parts(given)
    assert (nothing.estimate.value, nothing.families, nothing.marginal, nothing.frechet) == (None, {}, {}, None)


def test_two_items_of_a_cluster_are_two_queries_of_one_cluster() -> None:
    given = [row(f"q{i}", float(i % 2), clean=1.0, cluster=f"page {i // 2}") for i in range(4)]
    found = union(given)
    assert (found.value, found.n, found.clusters) == (0.5, 4, 2)


def test_a_union_of_queries_in_clusters_that_all_pass_has_exact_limits() -> None:
    """Of 20 pages with two queries each the mean is at least .05 ** (1 / 20); a lost query holds the mean itself."""
    given = [row(f"q{i}", 1.0, clean=1.0, cluster=f"page {i // 2}") for i in range(40)]
    found = union(given)
    assert found.low == pytest.approx(0.05 ** (1 / 20))
    assert found.high == 1.0
    lost = union([replace(given[0], value=None, reason="missing_reply"), *given[1:]])
    assert lost.low is not None
    assert 19 * -math.log(lost.low) + math.log1p((1 / lost.low - 1) / 2) == pytest.approx(-math.log(0.05))


def test_a_clean_family_is_its_own_row_and_not_the_twin_of_others() -> None:
    given = [row("a", 0.0, clean=1.0, family="clean"), row("a", 1.0, clean=1.0, condition="x")]
    assert union(given).value == 0.0


def test_reasons_of_a_worst_case_are_counted_by_cluster_the_lost_before_the_unasked() -> None:
    given = [
        row("a", None, reason="noop", cluster="p"),
        row("b", None, reason="infra_error", cluster="p"),
        row("c", None, reason="judge_error", cluster="p"),
        row("d", None, reason="noop", cluster="q"),
        row("e", None, reason="invalid_case", cluster="q"),
        row("f", 0.5, cluster="r"),
        row("g", None, reason="noop", cluster="r"),
    ]
    found = worst_case(given)
    assert (found.value, found.n, found.unscored) == (0.5, 1, {"infra_error": 1, "invalid_case": 1})


@pytest.mark.parametrize(("higher_is_better", "decided", "open_"), [(True, 0.0, 1.0), (False, 1.0, 0.0)])
def test_the_worst_value_there_can_be_decides_whatever_was_lost(
    higher_is_better: bool, decided: float, open_: float
) -> None:
    for value, expected in ((decided, decided), (open_, None)):
        given = [row("a", value), row("a", None, reason="infra_error", condition="x")]
        assert worst_case(given, higher_is_better=higher_is_better).value == expected


@pytest.mark.parametrize("fold", [union, worst_case])
def test_a_fold_over_a_hand_written_list_has_no_interval_and_keeps_its_confidence(
    fold: Callable[..., Estimate],
) -> None:
    given = [row(i, 1.0, clean=1.0) for i in range(30)]
    assert fold(given).low is not None
    assert fold(given, sampled=False).low is None
    assert fold(given, 0.8).confidence == 0.8
    assert (fold(given, 0.8).low or 0.0) > (fold(given).low or 1.0)
