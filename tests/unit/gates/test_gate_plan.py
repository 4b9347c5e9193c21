"""What a gate needs, told before the run."""

from __future__ import annotations

import math
from typing import Any

import pytest
from stat_rows import pairs, passes

from robustcore.gates.judge import judge
from robustcore.gates.plan import unreachable, unreachable_text
from robustcore.gates.types import Gate


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
