"""What a gate needs, told before the run."""

from __future__ import annotations

import math
from typing import Any

import pytest
from stat_rows import pairs, passes

from robustcore.gates.judge import judge
from robustcore.gates.plan import needed, unreachable, unreachable_text
from robustcore.gates.types import Gate
from robustcore.stats.plan import rate_decides, scaled
from robustcore.stats.rows import Estimate


def gate(measure: str = "pass_rate", **settings: Any) -> Gate:
    return Gate(name=measure, measure=measure, **settings)


def test_a_gate_that_needs_more_questions_than_planned_says_how_many() -> None:
    assert unreachable(gate(at_least=0.95), 40) == 59
    assert unreachable_text(gate(at_least=0.95), 40) == "gate_unreachable: pass_rate: 59 needed, 40 planned"


def test_a_gate_that_can_pass_is_not_announced() -> None:
    assert unreachable(gate(at_least=0.95), 59) is None
    assert unreachable_text(gate(at_least=0.95), 59) == ""


def test_a_rate_of_one_is_out_of_reach_of_any_number() -> None:
    assert unreachable(gate(at_least=1.0), 10**6) == math.inf
    assert "any number" in unreachable_text(gate("misled", at_most=0.0), 10**6)


def test_a_hand_written_list_is_always_within_reach() -> None:
    assert unreachable(gate(at_least=1.0, sampled=False), 3) is None


def test_several_cases_per_question_need_twenty_questions() -> None:
    assert unreachable(gate("answer_correct", at_least=0.2), 15, per_question=3) == 20
    assert unreachable(gate("worst_case(answer_correct)", at_least=0.2), 15, per_question=3) is None


@pytest.mark.parametrize("measure", ["answer_correct", "drop_abs(answer_correct)", "drop_rel(answer_correct)"])
def test_the_announced_number_is_the_smallest_with_which_a_perfect_run_passes(measure: str) -> None:
    asked = gate(measure, at_least=0.9) if measure == "answer_correct" else gate(measure, at_most=0.1)
    least = unreachable(asked, 1)
    assert least is not None
    perfect = [(1.0, 1.0)] * int(least)
    assert [v.status for v in judge(asked, pairs(perfect))] == ["passed"]
    assert [v.status for v in judge(asked, pairs(perfect[1:]))] == ["inconclusive"]


def test_the_announced_number_for_an_upper_threshold_is_the_smallest_too() -> None:
    asked = gate("misled", at_most=0.05)
    assert unreachable(asked, 1) == 59
    assert [v.status for v in judge(asked, passes(0, 59, measure="misled"))] == ["passed"]
    assert [v.status for v in judge(asked, passes(0, 58, measure="misled"))] == ["inconclusive"]


def test_a_number_out_of_reach_is_told_with_a_way_out() -> None:
    assert unreachable_text(gate("misled", at_most=0.0), 9) == (
        "gate_unreachable: misled cannot be shown by any number of questions; loosen the threshold"
    )
    told = unreachable_text(gate("answer_correct", at_least=0.2), 15, per_question=2)
    assert told == "gate_unreachable: answer_correct: 20 needed, 15 planned"


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        (gate("answer_correct", at_least=0.5, confidence=0.9), 4),  # 0.5 ** 4 <= 0.1
        (gate("drop_abs(m)", at_most=0.5, confidence=0.9), 5),  # half the error for what may be lost: 0.5 ** 5 <= 0.05
        (gate("drop_abs(m)", at_least=0.5, confidence=0.9), 11),  # lost less gained: 0.75 ** 11 <= 0.05
        (gate("drop_abs(m)", at_most=1.0), 1),
        (gate("m", at_least=0.0), 1),
        (gate("m", at_most=1.0), 1),
        (gate("m"), 1),
        (gate("failsafe.robustness", at_least=0.5, confidence=0.9), 4),
    ],
)
def test_the_least_number_of_questions(asked: Gate, least: int) -> None:
    assert unreachable(asked, 0) == least
    assert unreachable(asked, least) is None


def test_one_case_a_question_needs_no_twenty() -> None:
    assert unreachable(gate("m", at_least=0.2), 1, per_question=1) == 2
    assert unreachable(gate("m", at_least=0.2), 1) == 2
    assert unreachable(gate("union(m)", at_least=0.2), 1, per_question=5) == 2
    assert unreachable(gate("m", at_least=0.99), 1, per_question=5) == 299
    assert unreachable_text(gate("m", at_least=0.2), 5) == ""


EXACT = Estimate(value=0.9, low=0.8, high=0.95, n=50, clusters=50, method="Clopper-Pearson")
OTHER = Estimate(value=0.9, low=0.8, high=0.95, n=90, clusters=30, method="bootstrap")


def test_after_the_run_the_number_needed_is_that_of_the_side_of_the_threshold() -> None:
    assert needed(gate(at_least=0.85), EXACT) == rate_decides(0.9, 0.85, 0.05)
    assert needed(gate(at_most=0.92, confidence=0.9), EXACT) == rate_decides(0.9, 0.92, 1 - 0.9)
    assert needed(gate(at_least=0.85), OTHER) == scaled(30, 0.9, 0.8, 0.85) == 120
    assert needed(gate(at_most=0.925), OTHER) == scaled(30, 0.9, 0.95, 0.925) == 120


def test_without_a_limit_it_is_the_twenty_clusters_that_an_interval_needs() -> None:
    assert needed(gate(at_least=0.5), Estimate(value=0.9, n=30, clusters=19)) == 20
    assert needed(gate(at_least=0.5), Estimate(value=0.9, n=30, clusters=20)) is None
    assert needed(gate(at_least=0.5), Estimate(value=0.9, high=0.95, clusters=3)) == 20
    assert needed(gate(at_most=0.95), Estimate(value=0.9, low=0.8, clusters=3)) == 20


def test_without_a_value_or_a_threshold_no_number_is_said() -> None:
    assert needed(gate(at_least=0.5), Estimate(value=None, clusters=3)) is None
    assert needed(gate(), EXACT) is None
