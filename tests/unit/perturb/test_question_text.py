"""Words, protected spans and sentences of a text."""

from __future__ import annotations

import pytest

from robustcore.perturb.language.sentences import sentence_spans
from robustcore.perturb.language.text import analyse, letters_of, spliced, word_spans


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


def protected(text: str, *golds: str) -> list[str]:
    return [text[start:end] for start, end in analyse(text, golds).protected]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't well-known O'Brien's 3.5x", ["Don't", "well", "known", "O'Brien's", "3", "5x"]),
        ("naïve café’s", ["naïve", "café’s"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("می\u200cخواهم 'quoted'", ["می\u200cخواهم", "quoted"]),
        ("snake_case é_é", ["snake", "case", "é", "é"]),
        ("", []),
    ],
)
def test_words_are_runs_of_letters_digits_and_marks(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "golds", "expected"),
    [
        ("Who is not here, isn't he?", (), ["not", "isn't"]),
        ("How many miles in 1999 or A4?", (), ["miles", "1999", "A4"]),
        ("a 5 m rope", (), ["5", "m"]),
        ("see “Yellow Fleet” and 'odd one' now", (), ["“Yellow Fleet”", "'odd one'"]),
        ("the sailors' rope and Ann's hat", (), []),
        ("was Mordor, Macula red?", ("mordor macula",), ["Mordor, Macula"]),
        ("was Mordor red?", ("mordor macula",), []),
        ("two cost NOK 12.5", (), ["two", "NOK", "12", "5"]),
    ],
)
def test_digits_units_negations_quotes_and_answers_are_protected(
    text: str, golds: tuple[str, ...], expected: list[str]
) -> None:
    assert protected(text, *golds) == expected


def test_letters_carry_their_marks() -> None:
    assert letters_of("e\u0301te") == ["e\u0301", "t", "e"]
    assert "".join(letters_of("हिन्दी")) == "हिन्दी"


def test_splicing_takes_changes_in_any_order() -> None:
    assert spliced("abcdef", [(4, 5, ""), (1, 2, "BB")]) == "aBBcdf"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He paid 3.14 euros. She left.", ["He paid 3.14 euros.", "She left."]),
        ("Dr. Ada met J. Smith. They spoke.", ["Dr. Ada met J. Smith.", "They spoke."]),
        ("It rose, e.g. In May, by approx. five.", ["It rose, e.g. In May, by approx. five."]),
        ("It closed at 5 p.m. The rest stayed.", ["It closed at 5 p.m.", "The rest stayed."]),
        ("The U.S. Army came. No. 5 fell.", ["The U.S. Army came.", "No. 5 fell."]),
        ('"Why?" He left! 2 stayed...', ['"Why?"', "He left!", "2 stayed..."]),
        ("A heading\n\nand a text. More", ["A heading", "and a text.", "More"]),
        ("北京很大。上海也大！", ["北京很大。", "上海也大！"]),
        ("See example.com. Then go", ["See example.com.", "Then go"]),
        (" \n ", []),
    ],
)
def test_sentences_survive_abbreviations_initials_and_decimals(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
