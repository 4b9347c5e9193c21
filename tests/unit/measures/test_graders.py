"""Graders of items: what passes, what does not, and which part of a reply counts."""

from __future__ import annotations

import pytest

from robustcore.measures.graders import final_part, passes


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        ("First 12, then 30.\nAnswer: 42 euros", "42 euros"),
        ("Answer: 12? No.\n**Answer:** 42", "** 42"),
        ("ANSWER : 42\n", "42"),
        ("Adding up gives\n\n42\n  \n", "42"),
        ("", ""),
    ],
)
def test_the_final_part_follows_the_last_mark_or_is_the_last_line(reply: str, part: str) -> None:
    assert final_part(reply) == part


def test_a_final_answer_is_not_passed_by_a_number_on_the_way() -> None:
    grader = {"kind": "final_answer"}
    assert passes("Half of 84 is 42.\nAnswer: 42", grader, ["42"]) is True
    assert passes("Half of 84 is 42.\nAnswer: 84", grader, ["42"]) is False
    assert passes("Half of 84 is 42.\nAnswer: 84", {"kind": "answer_correct"}, ["42"]) is True


def test_rules_decide_whatever_the_answers_are() -> None:
    grader = {"kind": "rules", "rules": [{"rule": "excludes", "texts": ["secret"]}]}
    assert passes("no", grader, []) is True
    assert passes("the secret", grader, ["the secret"]) is False


@pytest.mark.parametrize("kind", ["answer_correct", "final_answer"])
def test_without_an_answer_there_is_no_verdict(kind: str) -> None:
    assert passes("42", {"kind": kind}, []) is None


@pytest.mark.parametrize("kind", ["answer_correct", "final_answer"])
def test_an_empty_reply_does_not_pass(kind: str) -> None:
    assert passes(" \n", {"kind": kind}, ["42"]) is False


def test_an_unknown_grader_is_an_error_that_lists_the_graders() -> None:
    with pytest.raises(ValueError, match="no grader 'taste'; there are: answer_correct, final_answer, rules"):
        passes("42", {"kind": "taste"}, ["42"])
