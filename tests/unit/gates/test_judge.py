"""Verdicts: what passes, fails, stays open or cannot be judged, and the sentence each licenses."""

from __future__ import annotations

from typing import Any

import pytest
from stat_rows import grid, pairs, passes, row, rows

from robustcore.case import Condition
from robustcore.errors import InputError
from robustcore.gates.cells import BY
from robustcore.gates.judge import cell_of, cells, judge, judge_cell
from robustcore.gates.types import Gate, Verdict


def gate(measure: str = "answer_correct", **settings: Any) -> Gate:
    return Gate(name=measure, measure=measure, **settings)


def only(verdicts: tuple[Verdict, ...]) -> Verdict:
    (verdict,) = verdicts
    return verdict


def test_a_gate_passes_iff_its_lower_limit_meets_the_threshold() -> None:
    assert only(judge(gate(at_least=0.95), passes(59, 59))).status == "passed"
    assert only(judge(gate(at_least=0.95), passes(58, 58))).status == "inconclusive"


def test_a_gate_fails_iff_the_interval_excludes_the_threshold() -> None:
    assert only(judge(gate(at_least=0.9), passes(80, 100))).status == "failed"
    assert only(judge(gate(at_least=0.9), passes(86, 100))).status == "inconclusive"


def test_an_upper_threshold_is_judged_from_the_other_side() -> None:
    misled = passes(2, 100, measure="misled")
    assert only(judge(gate("misled", at_most=0.1), misled)).status == "passed"
    assert only(judge(gate("misled", at_most=0.005), misled)).status == "inconclusive"
    assert only(judge(gate("misled", at_most=0.1), passes(30, 100, measure="misled"))).status == "failed"


def test_a_drop_relative_to_nothing_says_so() -> None:
    rows = [row(i, 0.0, clean=0.0) for i in range(30)]
    verdict = only(judge(gate("drop_rel(answer_correct)", at_most=0.1), rows))
    assert verdict.status == "inconclusive"
    assert "has no value: the clean score of 30 questions is 0, and no share of it can be lost" in verdict.sentence


def test_a_relative_drop_of_nothing_scored_has_no_clean_score_of_0() -> None:
    verdict = only(judge(gate("drop_rel(answer_correct)", at_most=0.1), [row(0, None, reason="noop")]))
    assert "no scored case (noop 1)" in verdict.sentence


def test_a_null_value_is_inconclusive() -> None:
    verdict = only(judge(gate(at_least=0.5), [row(0, None, reason="noop")]))
    assert verdict.status == "inconclusive"
    assert "no scored case (noop 1)" in verdict.sentence


def test_too_many_infrastructure_losses_are_an_error_and_not_a_verdict() -> None:
    verdict = only(judge(gate(at_least=0.5), [*passes(95, 95), *rows([None] * 5, condition="typos")]))
    assert verdict.status == "error"
    assert "5 of 100 cases lost (missing_reply 5)" in verdict.sentence


def test_losses_up_to_the_allowed_share_are_no_error() -> None:
    some = [*passes(98, 98), *rows([None] * 2)]
    assert only(judge(gate(at_least=0.5), some)).status == "passed"


def test_cases_that_were_not_asked_are_no_losses() -> None:
    skipped = [row(f"n{i}", None, reason="noop") for i in range(50)]
    assert only(judge(gate(at_least=0.5), [*passes(50, 50), *skipped])).status == "passed"


def test_a_lost_clean_twin_counts_for_drops_only() -> None:
    lost = [row(f"l{i}", 1.0, clean_reason="infra_error") for i in range(10)]
    found = [*pairs([(1.0, 1.0)] * 90), *lost]
    assert only(judge(gate("drop_abs(answer_correct)", at_most=0.1), found)).status == "error"
    assert only(judge(gate(at_least=0.5), found)).status == "passed"


def test_a_system_that_crashes_under_stress_does_not_pass() -> None:
    crashed = [row(f"c{i}", None, reason="system_error", clean=1.0) for i in range(50)]
    verdict = only(judge(gate(at_least=0.9), [*passes(50, 50, clean=1.0), *crashed]))
    assert (verdict.status, verdict.estimate.value) == ("failed", 0.5)


def test_one_verdict_per_cell_and_cells_without_rows_have_one_too() -> None:
    conditions = [Condition("typos", 0.5), Condition("typos", 1.0), Condition("ocr", 1.0)]
    by = gate(at_least=0.5, by=("perturbation", "severity"))
    found = judge(by, passes(30, 30), conditions=conditions)
    assert [verdict.cell for verdict in found] == list(cells(by, conditions))
    assert [verdict.status for verdict in found] == ["inconclusive", "passed", "inconclusive"]


def test_a_row_and_its_condition_are_in_the_same_cell() -> None:
    by = gate(at_least=0.5, by=BY)
    condition = Condition("typos", 0.25)
    found = judge(by, [row(0, 1.0, severity=0.25, family="clean")])
    assert only(found).cell == cell_of(by, condition)


def test_an_unknown_cell_name_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="did you mean 'severity'"):
        judge(gate(at_least=0.5, by=("severty",)), passes(3, 3))


def test_rows_of_other_measures_are_left_alone() -> None:
    other = passes(0, 40, measure="abstained")
    assert only(judge(gate(at_least=0.9), [*passes(40, 40), *other])).status == "passed"


def test_pass_rate_folds_replicates_with_all_and_a_mean_does_not() -> None:
    flaky = [row(i, float(r == 0 or i % 2), measure="passes", replicate=r) for i in range(60) for r in range(2)]
    assert only(judge(gate("pass_rate", at_least=0.3), flaky)).estimate.value == 0.5
    assert only(judge(gate("passes", at_least=0.3), flaky)).estimate.value == 0.75


def test_a_hand_written_list_is_judged_on_its_value() -> None:
    verdict = only(judge(gate(at_least=0.9, sampled=False), passes(9, 10)))
    assert verdict.status == "passed"
    assert "conditional on these questions" in verdict.sentence
    assert "95%" not in verdict.sentence
    assert only(judge(gate(at_least=0.95, sampled=False), passes(9, 10))).status == "failed"


@pytest.mark.parametrize("measure", ["drop_abs(answer_correct)", "drop_rel(answer_correct)"])
def test_a_drop_gate_bounds_the_drop_from_above(measure: str) -> None:
    kept, lost = pairs([(1.0, 1.0)] * 120), pairs([(1.0, 0.0)] * 60 + [(1.0, 1.0)] * 60)
    assert only(judge(gate(measure, at_most=0.1), kept)).status == "passed"
    assert only(judge(gate(measure, at_most=0.1), lost)).status == "failed"


def test_union_and_worst_case_know_the_direction_of_the_measure() -> None:
    safe = passes(0, 60, measure="misled", clean=0.0)
    assert only(judge(gate("worst_case(misled)", at_most=0.1), safe)).status == "passed"
    assert only(judge(gate("union(misled)", at_least=0.9), safe)).estimate.value == 1.0


def test_a_measure_of_the_application_is_judged_as_higher_is_better() -> None:
    assert only(judge(gate("union(own_one)", at_least=0.9), passes(60, 60, measure="own_one", clean=1.0))).status


def test_judging_one_cell_gives_the_same_verdict_as_judging_all() -> None:
    by = gate(at_least=0.9, by=("perturbation",))
    assert judge_cell(by, (("perturbation", "typos"),), passes(70, 70)) == only(judge(by, passes(70, 70)))


def test_the_sentence_of_a_passed_gate_says_what_was_shown_and_for_what() -> None:
    verdict = only(judge(gate(at_least=0.7, by=("perturbation", "severity")), passes(96, 120, severity=0.5)))
    assert verdict.sentence == (
        "answer_correct under typos at severity 0.5 is at least 0.730 (95% one-sided, 120 questions, Clopper-Pearson), "
        "for questions like these and this generator; required at least 0.7: passed"
    )


def test_the_sentence_never_claims_more_than_the_limit() -> None:
    verdict = only(judge(gate(at_least=0.5), passes(59, 59)))  # the limit is 0.950492
    assert "at least 0.950 " in verdict.sentence
    worse = only(judge(gate("misled", at_most=0.2), passes(10, 100, measure="misled")))  # 0.163718
    assert "at most 0.164 " in worse.sentence


def test_an_inconclusive_sentence_gives_both_limits_and_what_would_decide() -> None:
    verdict = only(judge(gate(at_least=0.9), passes(94, 100)))
    assert verdict.needed is not None
    assert verdict.needed > 100
    assert f"about {verdict.needed} questions would decide" in verdict.sentence
    assert "is 0.940, between 0.885 and 0.974" in verdict.sentence


def test_equal_clusters_are_decided_by_exact_limits() -> None:
    verdict = only(judge(gate(at_least=0.9), grid([[1.0, 1.0]] * 50)))
    assert (verdict.status, verdict.needed) == ("passed", None)
    assert "is at least 0.941 " in verdict.sentence  # 0.05 ** (1 / 50) is 0.9418
    assert only(judge(gate(at_least=0.95), grid([[1.0, 1.0]] * 50))).status == "inconclusive"


def test_equal_clusters_of_values_without_a_range_are_inconclusive_with_a_hint() -> None:
    verdict = only(judge(gate(at_least=0.9), grid([[2.0, 3.0]] * 50)))
    assert (verdict.status, verdict.needed) == ("inconclusive", None)
    assert "gate worst_case" in verdict.sentence


def test_the_number_that_is_said_to_decide_does_decide_if_the_rate_stays() -> None:
    verdict = only(judge(gate(at_least=0.9), passes(94, 100)))
    assert verdict.needed is not None
    enough = verdict.needed + 30  # whole passes round the rate
    assert only(judge(gate(at_least=0.9), passes(round(0.94 * enough), enough))).status == "passed"
