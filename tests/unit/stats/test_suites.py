"""Union pass rate, worst case, repeats, and crashes that count as failures."""

from __future__ import annotations

import pytest
from stat_rows import row, rows

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
