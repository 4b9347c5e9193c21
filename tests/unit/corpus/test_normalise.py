"""Answer normalisation: the specification's table and the traps around it."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.corpus.normalise import (
    Number,
    contains_answer,
    contains_tokens,
    normalise,
    normalise_rare,
    number_of,
    numbers_in,
    tokens,
)
from robustcore.keys import file_sha256

ORACLE = Path(__file__).parents[2] / "oracles" / "normalisation_cases.csv"


def oracle_rows() -> list[dict[str, str]]:
    with ORACLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("row", oracle_rows(), ids=lambda row: repr(row["text"]))
def test_both_normalisers_agree_with_the_specified_table(row: dict[str, str]) -> None:
    assert normalise(row["text"]) == row["robust_v1"]
    assert normalise_rare(row["text"]) == row["rare_2025_06"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--5", "-5"),
        ("3\u22125", "3 5"),
        ("\u22125", "-5"),
        ("-.5", "-.5"),
        ("-.x", "x"),
        ("a.5", "a 5"),
        ("1..5", "1 .5"),
        ("well - 5", "well 5"),
        ("snake_case", "snake case"),
        ("हिन्दी", "हिन्दी"),
        ("\ud800x", "x"),
        ("１２％", "12 %"),
        ("1,2345", "1 2345"),
    ],
)
def test_signs_points_marks_and_surrogates(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "gold", "held"),
    [
        ("It costs 1,234 euros.", "1234", True),
        ("It costs 12,34 euros.", "1234", False),
        ("0.50 of it", ".5", True),
        ("about 5%", "5", False),
        ("about 5 %", "5%", True),
        ("about 13", "3", False),
        ("minus: -5", "5", False),
        ("in New  York\nCity", "new york city", True),
        ("newyorkcity", "New York City", False),
        ("Parisian", "Paris", False),
        ("anything", "!!!", False),
        ("", "Paris", False),
        ("", "", False),
    ],
)
def test_an_answer_is_held_as_whole_tokens_or_as_an_equal_number(text: str, gold: str, held: bool) -> None:
    assert contains_answer(text, [gold]) is held


def test_any_of_several_golds_is_enough() -> None:
    assert contains_answer("In Rome.", ["Paris", "Rome"])
    assert not contains_answer("In Rome.", [])


def test_numbers_carry_their_percent_flag() -> None:
    assert number_of(tokens("5 %")) == Number(Decimal(5), True)
    assert number_of(tokens("5 km")) is None
    assert number_of(()) is None
    assert list(numbers_in(list(tokens("3.0 or 4% of 7")))) == [
        Number(Decimal(3), False),
        Number(Decimal(4), True),
        Number(Decimal(7), False),
    ]


@given(st.text())
def test_normalised_text_is_stable_tokens_without_capitals(text: str) -> None:
    once = normalise(text)
    assert once == " ".join(once.split())
    assert tokens(text) == tuple(once.split())
    assert all(char.isalnum() or char in " %.-" or not char.isascii() for char in once)


@given(st.text(), st.text(), st.text())
def test_a_token_run_is_found_wherever_it_stands(before: str, gold: str, after: str) -> None:
    words = tokens(gold)
    assert contains_tokens((*tokens(before), *words, *tokens(after)), words) is bool(words)


def test_the_table_is_the_specified_bytes() -> None:
    listed = json.loads((ORACLE.parent / "SHA256.json").read_text(encoding="utf-8"))
    assert file_sha256(ORACLE) == listed[ORACLE.name]
