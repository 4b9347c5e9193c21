"""Contradicting passages: fluent, of the same type, never true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.keys import rng_of
from robustcore.perturb.context.conflict import conflict
from robustcore.perturb.edit import At
from robustcore.perturb.facts.values import other_values

Make = Callable[..., tuple[Passage, ...]]


def asked_of(text: str, answers: str, wrong: str = "") -> tuple[Corpus, Example, tuple[Passage, ...]]:
    corpus = Corpus.of([Doc(id="d", text=text, title="T")])
    example = Example(
        id="q",
        question="?",
        answers=tuple(answers.split("|")),
        gold_doc_ids=("d",),
        wrong_answers=(wrong,) if wrong else (),
    )
    return corpus, example, (Passage(doc_id="d", text=text, title="T"),)


def planted(place: Callable[..., At], text: str, answers: str, wrong: str = "") -> str:
    corpus, example, given = asked_of(text, answers, wrong)
    edit = conflict.apply(given, place(corpus=corpus, example=example))
    assert edit.status == "applied", edit.note
    false: Passage = edit.value[0]
    assert contains_answer(false.text, [edit.planted])
    assert not contains_answer(false.text, example.answers)
    return false.text


def test_the_false_passage_is_the_gold_sentence_with_the_given_wrong_value(
    place: Callable[..., At], passages: Make
) -> None:
    given = passages("port", "ferry")
    edit = conflict.apply(given, place())
    false = edit.value[0]
    assert false.doc_id == "conflict:ferry"
    assert false.text == (
        "The line runs fourteen ships. In 2023 an average of 81 guests travelled per crossing, as in 2019. "
        "The harbour master kept the count."
    )
    assert (edit.planted, edit.added, edit.value[1:]) == ("81 guests", ("conflict:ferry",), given)


@pytest.mark.parametrize(("where", "index"), [("first", 0), ("last", 3), ("gold", 2)])
def test_the_false_passage_goes_where_it_is_told(
    where: str, index: int, place: Callable[..., At], passages: Make
) -> None:
    edit = conflict.apply(passages("port", "ferry", "bees"), place(), place=where)
    assert [i for i, passage in enumerate(edit.value) if passage.doc_id == "conflict:ferry"] == [index]


@pytest.mark.parametrize(("severity", "count"), [(0.25, 1), (0.5, 2), (1.0, 4)])
def test_copies_are_counted_at_severity_one(
    severity: float, count: int, place: Callable[..., At], passages: Make
) -> None:
    edit = conflict.apply(passages("ferry"), place(severity), copies=4)
    assert edit.edits == len(set(edit.added)) == count


@pytest.mark.parametrize(
    ("share", "severity", "count"),
    [
        *[("minority", 1.0, 1), ("tie", 1.0, 2), ("majority", 1.0, 4), ("majority", 0.5, 2)],
        *[("ladder", 1 / 3, 1), ("ladder", 2 / 3, 2), ("ladder", 1.0, 4), ("ladder", 0.5, 2)],
    ],
)
def test_a_share_counts_copies_by_the_passages_of_the_evidence(
    share: str, severity: float, count: int, place: Callable[..., At], passages: Make, example: Example
) -> None:
    asked = replace(example, gold_doc_ids=("ferry", "echo"))
    edit = conflict.apply(passages("ferry", "bees", "echo"), place(severity, example=asked), share=share)
    assert edit.edits == len(edit.added) == count


def test_dated_copies_name_dates_behind_every_year_of_the_evidence(
    place: Callable[..., At], passages: Make, example: Example
) -> None:
    edit = conflict.apply(passages("ferry"), place(), copies=6, dated=True)
    stamps = [re.match(r"Version of \d+ \w+ (\d{4})\. The line runs", passage.text) for passage in edit.value[:6]]
    assert all(stamp and int(stamp[1]) > 2023 for stamp in stamps)
    assert len({passage.text for passage in edit.value[:6]}) > 1
    asked = replace(example, answers=("2030", "72"), wrong_answers=("81",))
    for seed in range(40):  # a date that would state the answer is refused
        edit = conflict.apply(passages("ferry"), place(seed=seed, example=asked), copies=4, dated=True)
        assert edit.status in ("applied", "invalid_case")
        assert not any(contains_answer(passage.text, ["2030"]) for passage in edit.value)


def test_every_spelling_of_the_answer_goes_the_longest_first(place: Callable[..., At]) -> None:
    text = "Halvard Brekke left in May. Brekke's gavel went to Ann, and Brekke told Halvard Brekke so."
    false = planted(place, text, "Halvard Brekke|Brekke", "Torstein Vik")
    assert false.startswith("Torstein Vik left in May.")


@pytest.mark.parametrize(
    ("text", "answers", "wrong", "expected"),
    [
        ("She was an engineer there.", "engineer", "painter", "She was a painter there."),
        ("He was a painter.", "painter", "engineer", "He was an engineer."),
        ("Charcoal rot took the crop.", "charcoal rot", "downy mildew", "Downy mildew took the crop."),
        ("It lasted 22 working days.", "22 days|22", "17 days", "It lasted 17 working days."),
        ("He came on 5 May, said Dr. Ada. The rest knew 5 May.", "5 May", "7 June", "He came on 7 June, said Dr. Ada."),
    ],
)
def test_the_false_sentence_stays_fluent(
    text: str, answers: str, wrong: str, expected: str, place: Callable[..., At]
) -> None:
    assert planted(place, text, answers, wrong).startswith(expected)


def test_a_value_by_rule_is_planted_where_none_is_given(place: Callable[..., At]) -> None:
    false = planted(place, "The span is 1,420 feet long.", "1,420 feet")
    assert false.startswith("The span is ")
    assert false.endswith(" feet long.")


def test_what_cannot_be_contradicted_says_why(place: Callable[..., At], passages: Make, example: Example) -> None:
    given = passages("ferry")
    cases = {
        "not_applicable": [(given, replace(example, answerable=False)), (passages("port"), example)],
        "no_oracle": [
            ((Passage(doc_id="x", text="72"),), replace(example, gold_doc_ids=())),
            (given, replace(example, answers=("harbour master",), wrong_answers=())),
        ],
        "invalid_case": [
            (given, replace(example, wrong_answers=("72",))),
            (given, replace(example, answers=("72",), wrong_answers=("2019",))),
        ],
    }
    for status, values in cases.items():
        for value, asked in values:
            edit = conflict.apply(value, place(example=asked))
            assert (edit.status, edit.value) == (status, value)
            assert edit.note


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [
        ("21,600 tonnes", r"\d\d,\d00 tonnes"),
        ("€640,000", r"€\d\d0,000"),
        ("3.42 million", r"\d\.\d\d million"),
        ("5.4 per cent", r"\d\.\d per cent"),
        ("KSh 5 million", r"KSh \d million"),
        ("1871", r"18\d\d"),
        ("14 January 2005", r"14 January (19|20)\d\d"),
        ("1 September", r"\d\d? September"),
        ("Eleven minutes", r"[A-Z][a-z]+ minutes"),
        ("-5", r"-\d"),
        ("After 1971", r"After 19[5-8]\d"),
        ("early months of 1754", r"early months of 17\d\d"),
        ("the late 1960s", r"the late (19|20)\d0s"),
        ("mid-14th century", r"mid-1\dth century"),
        ("the 2nd century", r"the (3rd|[4-6]th) century"),
        ("roughly 60,000 European settlers", r"roughly \d0,000 European settlers"),
    ],
)
def test_a_value_by_rule_keeps_type_unit_and_format(answer: str, pattern: str) -> None:
    values = [value for seed in range(10) for value in other_values(answer, rng_of(seed))]
    assert values
    for value in values:
        assert value != answer
        assert re.fullmatch(pattern, value), value


@pytest.mark.parametrize(
    ("answer", "pattern", "apart"),
    [
        ("between 3 and 7", r"between (\d+) and (\d+)", 4),
        ("from 1562 to 1598", r"from (1[56]\d\d) to (1[56]\d\d)", 36),
        ("winter of 1973–74", r"winter of 19(\d\d)–(\d\d)", 1),
        ("75,000 to 100,000 people", r"(\d+,000) to (\d+,000) people", 25000),
        ("articles 1 to 7", r"articles (\d) to (\d+)", 6),
    ],
)
def test_both_ends_of_a_range_move_by_the_same(answer: str, pattern: str, apart: int) -> None:
    values = {value for seed in range(10) for value in other_values(answer, rng_of(seed))}
    assert values
    for value in values:
        found = re.fullmatch(pattern, value)
        assert found, value
        first, second = (int(end.replace(",", "")) for end in found.groups())
        assert second - first == apart
        assert value != answer


@pytest.mark.parametrize(
    ("answer", "pattern"),
    [("Article 101(1)", r"Article \d+\(1\)"), ("in Article 5", r"in Article \d+"), ("one-fifth", r"[a-z]+-[a-z]+")],
)
def test_a_numbered_part_becomes_another_and_a_fraction_another_fraction(answer: str, pattern: str) -> None:
    values = {value for seed in range(10) for value in other_values(answer, rng_of(seed))}
    assert len(values) > 3
    assert answer not in values
    assert all(re.fullmatch(pattern, value) for value in values)


def test_percentages_stay_below_a_hundred() -> None:
    values = {value for seed in range(40) for value in other_values("98 %", rng_of(seed))}
    assert values
    assert all(0 < int(value.removesuffix(" %")) < 100 for value in values)


@pytest.mark.parametrize(
    "answer",
    ["Paris", "Boeing 747", "", "A4", "World War 2", "Scotland Act 1998", "1997 Treaty of Amsterdam", "10th and 11th"],
)
def test_names_and_phrases_have_no_value_by_rule(answer: str) -> None:
    assert list(other_values(answer, rng_of(0))) == []
