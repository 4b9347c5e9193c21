"""Verdicts: what passes, fails, stays open or cannot be judged, and the sentence each licenses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from stat_rows import grid, pairs, passes, row, rows

from robustcore.case import Condition, Step
from robustcore.errors import InputError
from robustcore.gates.cells import BY, conditions_of, words_of
from robustcore.gates.judge import cell_of, cells, judge, judge_cell
from robustcore.gates.types import Gate, Verdict
from robustcore.perturb.base import operator_registry


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


def test_equal_clusters_are_inconclusive_with_a_hint() -> None:
    verdict = only(judge(gate(at_least=0.9), grid([[1.0, 1.0]] * 50)))
    assert (verdict.status, verdict.needed) == ("inconclusive", None)
    assert "gate worst_case" in verdict.sentence


def test_the_number_that_is_said_to_decide_does_decide_if_the_rate_stays() -> None:
    verdict = only(judge(gate(at_least=0.9), passes(94, 100)))
    assert verdict.needed is not None
    enough = verdict.needed + 30  # whole passes round the rate
    assert only(judge(gate(at_least=0.9), passes(round(0.94 * enough), enough))).status == "passed"


def test_a_limit_within_rounding_of_its_threshold_is_on_it() -> None:
    low = only(judge(gate(at_least=0.5), passes(59, 59))).estimate.low or 0.0
    high = only(judge(gate(at_least=0.5), passes(0, 59))).estimate.high or 0.0
    assert only(judge(gate(at_least=low + 5e-10), passes(59, 59))).status == "passed"
    assert only(judge(gate(at_least=low + 5e-9), passes(59, 59))).status == "inconclusive"
    assert only(judge(gate(at_most=high - 5e-10), passes(0, 59))).status == "passed"
    assert only(judge(gate(at_most=high - 5e-9), passes(0, 59))).status == "inconclusive"
    assert only(judge(gate(at_least=1.0), passes(1, 1))).status == "inconclusive"
    assert only(judge(gate(at_least=high), passes(0, 59))).status == "inconclusive"  # not below it
    assert only(judge(gate(at_most=low), passes(59, 59))).status == "inconclusive"


def test_a_gate_without_a_threshold_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="gate 'answer_correct' has no threshold"):
        judge(gate(), passes(9, 9))


def test_losses_are_counted_against_all_that_was_asked() -> None:
    lost = [row(f"l{i}", None, reason="judge_error") for i in range(2)]
    given = [*passes(98, 98), *lost, row("n", None, reason="noop")]
    assert only(judge(gate(at_least=0.5), given)).status == "passed"
    over = only(judge(gate(at_least=0.5), given[1:]))
    assert over.status == "error"
    assert over.estimate.n == 97
    assert over.sentence == (
        "answer_correct over all conditions cannot be judged: 2 of 99 cases lost (judge_error 2), "
        "more than the 2% allowed: error"
    )
    assert only(judge(gate(at_least=0.5, max_unscored=0.5), given[1:])).status == "passed"


@pytest.mark.parametrize("measure", ["drop_abs(m)", "drop_rel(m)", "union(m)"])
def test_a_pair_that_lost_both_sides_is_one_loss_for_the_reason_of_its_case(measure: str) -> None:
    both = [row(i, None, reason="infra_error", clean_reason="judge_error", measure="m") for i in range(2)]
    twin = [row(f"t{i}", 1.0, clean_reason="judge_error", measure="m") for i in range(3)]
    unasked = [row(f"n{i}", 1.0, clean_reason="noop", measure="m") for i in range(4)]
    verdict = only(judge(gate(measure, at_most=0.5), [*both, *twin, *unasked]))
    assert "5 of 9 cases lost (infra_error 2, judge_error 3)" in verdict.sentence


def test_a_worst_case_needs_no_twin() -> None:
    given = [row(i, 1.0, clean_reason="infra_error") for i in range(60)]
    assert only(judge(gate("worst_case(answer_correct)", at_least=0.5), given)).status == "passed"


def test_a_suite_counts_the_losses_of_the_rows_it_folds() -> None:
    kept = passes(40, 40, measure="failsafe.rule_compliance", family="gold_only")
    lost = [replace(one, item=f"lost {one.item}", cluster="", reason="missing_reply", value=None) for one in kept[:10]]
    others = rows([None] * 90, measure="failsafe.rule_compliance", family="typos")
    name = "failsafe.compliant[baseline](scored_by=rules)"
    verdict = only(judge(gate(name, at_least=0.5), [*kept, *lost, *others, *rows([None] * 99)]))
    assert "10 of 50 cases lost (missing_reply 10)" in verdict.sentence
    assert only(judge(gate(name, at_least=0.5), [*kept, *others])).status == "passed"
    assert only(judge(gate(name, at_least=0.5), kept)).estimate.method == "Clopper-Pearson"


def test_a_pass_rate_prefers_its_own_rows_to_those_of_single_expectations() -> None:
    judged, single = passes(30, 40, measure="pass_rate"), passes(10, 40, measure="passes")
    assert only(judge(gate("pass_rate", at_least=0.5), [*judged, *single])).estimate.value == 0.75
    assert only(judge(gate("pass_rate", at_least=0.5), single)).estimate.value == 0.25


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("misled", 0.5),  # a crash is no lost case, and here 1 is the worst value
        ("worst_case(misled)", 0.5),
        ("union(misled)", 0.5),
        ("drop_abs(misled)", -0.5),
    ],
)
def test_a_crash_is_the_worst_value_of_the_measure(measure: str, value: float) -> None:
    crashed = [row(i, None, reason="system_error", clean=0.0, measure="misled") for i in range(30)]
    fine = [row(f"f{i}", 0.0, clean=0.0, measure="misled") for i in range(30)]
    assert only(judge(gate(measure, at_most=0.9), [*crashed, *fine])).estimate.value == value
    told = only(judge(gate(measure, at_most=0.9), [*crashed, *fine], higher_is_better=False))
    assert told.estimate.value == value


def test_the_direction_that_is_given_counts_and_not_the_name() -> None:
    crashed = [row(i, None, reason="system_error", clean=1.0) for i in range(30)]
    assert only(judge(gate(at_least=0.5), crashed)).estimate.value == 0.0
    assert only(judge(gate(at_least=0.5), crashed, higher_is_better=False)).estimate.value == 1.0
    own = [row(i, None, reason="system_error", clean=1.0, measure="own_one") for i in range(30)]
    assert only(judge(gate("own_one", at_least=0.5), own)).estimate.value == 0.0


@pytest.mark.parametrize(
    "measure",
    ["answer_correct", "pass_rate", "drop_abs(m)", "drop_rel(m)", "union(m)", "worst_case(m)", "rare_met.query"],
)
def test_no_aggregate_of_a_hand_written_list_has_an_interval(measure: str) -> None:
    names = ("answer_correct", "passes", "m", "rare_met.correct")
    given = [
        row(i, 1.0, clean=1.0, measure=name, family="rare_met.query.character") for i in range(9) for name in names
    ]
    estimate = only(judge(gate(measure, at_least=0.1, sampled=False), given)).estimate
    assert (estimate.low, estimate.high) == (None, None)
    assert estimate.confidence == 0.95


@pytest.mark.parametrize("measure", ["answer_correct", "pass_rate", "drop_abs(m)", "drop_rel(m)", "union(m)"])
def test_the_confidence_of_a_gate_is_that_of_its_estimate(measure: str) -> None:
    given = [row(i, 1.0, clean=1.0, measure=name) for i in range(9) for name in ("answer_correct", "passes", "m")]
    assert only(judge(gate(measure, at_least=0.1, confidence=0.8), given)).estimate.confidence == 0.8


def test_words_of_a_cell() -> None:
    cell = (("perturbation", "typos"), ("severity", "0.5"), ("family", "noise"))
    assert words_of(cell) == "under typos at severity 0.5 under any noise"
    assert words_of(()) == "over all conditions"


def test_a_cell_that_cannot_be_is_refused_where_it_stands() -> None:
    with pytest.raises(InputError) as refused:
        cell_of(gate(at_least=0.5, by=("severty",)), Condition("typos", 1.0))
    (problem,) = refused.value.problems
    assert problem.what == "gate 'answer_correct' cannot be split by 'severty'"
    assert tuple(problem.choices) == ("perturbation", "severity", "family")
    assert problem.fix == "did you mean 'severity'?"


def test_a_suite_is_judged_on_the_conditions_it_reads_or_on_all() -> None:
    noise = Step(operator_registry().get("context.empty"), {})
    plain, other = Condition("clean", 0.0), Condition("empty", 1.0, (noise,))
    asked = gate("failsafe.compliant[baseline](scored_by=rules)", at_least=0.5)
    assert conditions_of(asked, iter([plain, other])) == (plain,)
    assert conditions_of(asked, [other]) == (other,)
    assert conditions_of(gate(at_least=0.5), [plain, other]) == (plain, other)
