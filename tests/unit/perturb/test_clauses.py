"""Clauses around a question: how many words they add, and that none of them answers it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.records import Corpus, Example
from robustcore.keys import rng_of, seed_of
from robustcore.perturb.edit import At
from robustcore.perturb.question.clauses import irrelevant_clause, verbosity

QUESTION = "Which northern counties signed contracts with several ferry companies before early winter?"


@pytest.mark.parametrize("severity", [0.25, 0.5, 1.0])
def test_the_added_words_come_near_the_stated_share_and_never_exceed_it(severity: float) -> None:
    shares = []
    for example in bundled_dataset("encyclopedia").examples:
        at = At(severity=severity, rng=rng_of(seed_of(example.id)), example=example, corpus=Corpus())
        edit = verbosity.apply(example.question, at)
        size = len(example.question.split())
        added = len(edit.value.split()) - size
        assert added <= max(1, round(severity * size))
        assert example.question in edit.value
        shares.append(added / size)
    mean = sum(shares) / len(shares)
    assert 0.6 * severity < mean <= 1.1 * severity


def test_politeness_has_one_greeting_first_and_one_closing_last(place: Callable[..., At]) -> None:
    text = f"{QUESTION} {QUESTION} {QUESTION}"
    for seed in range(30):
        edited = verbosity.apply(text, place(seed=seed)).value
        before, _, after = edited.partition(text)
        assert sum(before.count(word) for word in ("Hello", "Hi there", "Good morning", "Good afternoon")) <= 1
        assert before.count(":") == before.endswith(": ")
        assert after.count("hank") <= 1
        assert verbosity.apply(text, place(seed=seed)).edits >= 3


def test_a_clause_that_holds_an_answer_is_not_used(place: Callable[..., At]) -> None:
    for seed in range(40):
        example = Example(id="q", question=QUESTION, answers=("fence", "thanks"), wrong_answers=("umbrella",))
        at = At(severity=1.0, rng=rng_of(seed), example=example, corpus=Corpus())
        edited = verbosity.apply(QUESTION, at).value + irrelevant_clause.apply(QUESTION, at).value
        assert not any(word in edited.lower() for word in ("fence", "thanks", "umbrella"))


@pytest.mark.parametrize(("severity", "remarks"), [(0.25, 1), (0.5, 2), (1.0, 3)])
def test_up_to_three_remarks_stand_around_the_question_on_both_sides(
    severity: float, remarks: int, place: Callable[..., At]
) -> None:
    sides = set()
    for seed in range(20):
        edit = irrelevant_clause.apply(QUESTION, place(severity, seed=seed))
        before, found, after = edit.value.partition(QUESTION)
        assert found
        assert edit.edits == remarks == before.count(".") + after.count(".")
        sides |= {bool(before), bool(after)}
    assert sides == {True, False} or severity == 1.0


def test_a_remark_on_the_subject_of_the_question_is_not_used(place: Callable[..., At]) -> None:
    asked = "Why is the cat on the sofa, and the spider in the letter box?"
    for seed in range(40):
        added = irrelevant_clause.apply(asked, place(seed=seed)).value.replace(asked, "")
        assert not {"cat", "sofa", "spider", "letter", "box"} & set(added.lower().replace(".", "").split())


def test_an_empty_question_stays_empty(place: Callable[..., At]) -> None:
    assert verbosity.apply(" ", place()).status == irrelevant_clause.apply("", place()).status == "noop"
