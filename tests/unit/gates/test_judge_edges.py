"""Verdicts at their edges: rounding, losses of every kind, crashes, hand-written lists, cells that cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from stat_rows import grid, passes, row, rows

from robustcore.case import Condition, Step
from robustcore.errors import InputError
from robustcore.gates.cells import conditions_of, words_of
from robustcore.gates.expression import parse_expression
from robustcore.gates.judge import cell_of, estimate_for, judge, judge_cell
from robustcore.gates.types import Gate, Verdict
from robustcore.perturb.families import operator_registry


def gate(measure: str = "answer_correct", **settings: Any) -> Gate:
    return Gate(name=measure, measure=measure, **settings)


def only(verdicts: tuple[Verdict, ...]) -> Verdict:
    (verdict,) = verdicts
    return verdict


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


def test_a_worst_case_is_no_mean() -> None:
    given = grid([[1.0, 0.0], [1.0, 1.0]] * 20)
    verdict = only(judge(gate("worst_case(answer_correct)", at_least=0.3), given))
    assert (verdict.estimate.value, verdict.estimate.n) == (0.5, 40)
    assert only(judge(gate(at_least=0.3), given)).estimate.value == 0.75


def test_a_verdict_says_how_many_were_asked() -> None:
    assert judge_cell(gate(at_least=0.5), (), passes(9, 9), asked=(9, 20)).asked == (9, 20)
    assert judge_cell(gate(at_least=0.5), (), passes(9, 9)).asked is None


def test_unless_said_otherwise_higher_is_better() -> None:
    given = [row(i, None, reason="system_error", clean=1.0) for i in range(9)]
    asked = gate(at_least=0.5)
    assert estimate_for(parse_expression("answer_correct"), given, asked).value == 0.0
    assert estimate_for(parse_expression("answer_correct"), given, asked, higher_is_better=False).value == 1.0


def test_a_suite_is_estimated_at_the_confidence_of_its_gate() -> None:
    given = [
        row(f"q{n}", float(n < 20), measure="rank.top1_changed", condition="doc_attack", family="doc_attack")
        for n in range(60)
    ]
    expression = parse_expression("rank.first_lost")
    limits = [
        estimate_for(expression, given, Gate(name="g", measure="rank.first_lost", at_most=0.5, confidence=level)).high
        for level in (0.8, 0.95, 0.99)
    ]
    assert limits == sorted(set(limits), key=lambda limit: limit or 0.0)


def test_a_cell_of_a_name_that_nobody_splits_by_is_told_by_it() -> None:
    assert words_of((("language", "en"), ("severity", "0.5"))) == "language en at severity 0.5"
