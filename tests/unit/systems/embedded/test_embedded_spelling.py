from __future__ import annotations

import pytest

from robustcore.systems.embedded.spelling import Speller, one_error

VOCABULARY = {"bridge": 9, "bride": 1, "harrow": 4, "opened": 3, "population": 5, "harbour": 6, "war": 7, "seven": 2}
SPELLER = Speller(VOCABULARY, known=frozenset(("brigade", "many", "people", "violent", "university", "thrown")))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("When was the brigde opend?", "When was the bridge opened?"),  # swapped, dropped
        ("When was the Harroww Brifge opened?", "When was the Harrow Bridge opened?"),  # added, replaced
        ("Waht is the popul ation?", "What is the population?"),  # a space too many
        ("What is ofthe harbour?", "What is of the harbour?"),  # a space left out
        ("Howmany peoplle live there?", "How many people live there?"),
        ("the pop ulation, of the harb our!", "the population, of the harbour!"),
    ],
)
def test_one_keystroke_error_per_word_is_repaired(typed: str, meant: str) -> None:
    assert SPELLER.repair(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "When was the brigade opened?",  # a right word that is near another
        "Who is Lenczowski?",  # a name nobody knows
        "Who was Universite?",  # a name near a common word that the corpus does not have
        "nonviolent overthrown in 1867a",
        "",
        "  ?!  ",
        "Was it $5,000 or 35%?",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert SPELLER.repair(text) == text


def test_the_more_frequent_of_two_repairs_wins() -> None:
    assert SPELLER.repair("the bridte") == "the bridge"


def test_a_word_of_the_corpus_is_preferred_to_a_common_one() -> None:
    assert Speller({"brigand": 1}, known=frozenset(("brigade",))).repair("brigane") == "brigand"


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("bridge", "bridge", True),
        ("bridge", "brigde", True),
        ("bridge", "bride", True),
        ("bridge", "abridge", True),
        ("bridge", "bribge", True),
        ("bridge", "brigge", True),
        ("bridge", "birgde", False),
        ("bridge", "ridg", False),
        ("ab", "ba", True),
        ("abcd", "badc", False),
    ],
)
def test_one_error_is_one_edit_or_one_swap(left: str, right: str, near: bool) -> None:
    assert one_error(left, right) is near
    assert one_error(right, left) is near
