"""The warning of a validity far below what people found of the same operator."""

from __future__ import annotations

import pytest

from robustcore.stats.validity import below_people


@pytest.mark.parametrize(("valid", "warned"), [(100, False), (75, False), (74, True), (0, True)])
def test_more_than_ten_points_below_people_is_warned_of(valid: int, warned: bool) -> None:
    assert bool(below_people("question.paraphrase", valid, 100)) is warned  # people: 131 of 155, 84.5%


def test_the_warning_says_both_rates_and_what_they_are_of() -> None:
    said = below_people("question.back_translation", 3, 10)
    assert "30% valid (3 of 10)" in said
    assert "57% that people found for question.back_translation (116 of 205)" in said


@pytest.mark.parametrize(("operator", "judged"), [("question.paraphrase", 0), ("question.typos", 10)])
def test_nothing_is_warned_of_without_verdicts_or_without_people(operator: str, judged: int) -> None:
    assert below_people(operator, 0, judged) == ""
