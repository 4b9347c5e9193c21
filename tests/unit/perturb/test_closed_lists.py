"""Weekdays, months, ordinals and spelt-out numbers behind a lead: another of the list, in the same form."""

from __future__ import annotations

import re

import pytest

from robustcore.keys import rng_of
from robustcore.perturb.facts.values import other_values

DAY = "(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"


def values_of(answer: str) -> set[str]:
    return {value for seed in range(10) for value in other_values(answer, rng_of(seed))}


@pytest.mark.parametrize(
    ("answer", "pattern", "number"),
    [
        ("Thursday", DAY, 6),
        ("Every Monday", f"Every {DAY}", 6),
        ("on Wednesdays", f"on {DAY}s", 6),
        ("May", "[A-Z][a-z]+", 11),
        ("last weekend of September", "last weekend of [A-Z][a-z]+", 11),
        ("fourth", "(fir|seco|thi|fif|six|seven|eigh)(st|nd|rd|th)", 7),
        ("The second", "The (first|third|fourth|fifth|sixth)", 5),
        ("into the nineteenth century", "into the (fif|six|seven|eigh)teenth century", 4),
        ("first half of the eighteenth century", "first half of the [a-z]+th century", 5),
        ("up to four minutes", "up to [a-z]+ minutes", 8),
        ("At least two million", "At least [a-z]+ million", 6),
    ],
)
def test_another_word_of_the_list_stands_in_the_same_form(answer: str, pattern: str, number: int) -> None:
    values = values_of(answer)
    assert len(values) == number
    for value in values:
        assert value != answer
        assert re.fullmatch(pattern, value), value


@pytest.mark.parametrize(
    "answer",
    [
        *("Good Friday", "Bloody Sunday", "May Fourth Movement", "April Fools' Day", "Monday to Friday", "may"),
        *("per second", "first oil shock", "a third", "twenty-first century", "Henry the Eighth", "Friday night, Rome"),
    ],
)
def test_names_and_what_names_no_single_word_have_no_value(answer: str) -> None:
    assert values_of(answer) == set()
