"""Pressure: one sentence that claims a wrong answer once, graded; controls that claim nothing, or what is right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from unit.perturb.conftest import Place

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.framings import HEADING
from robustcore.corpus.records import Choice, Example, Passage
from robustcore.perturb.base import Operator
from robustcore.perturb.context.authority_claim import authority_claim
from robustcore.perturb.edit import Edit, Framing, Talk
from robustcore.perturb.framing.authority import (
    AUTHORITY_V1,
    CERTAINTIES,
    FALLBACK,
    FIELDS,
    ROLES,
    authority,
    authority_v1,
    correct_hint,
    graded,
)
from robustcore.perturb.framing.emotion import emotion, neutral_text
from robustcore.perturb.framing.insistence import repeat_pressure, wrong_turn
from robustcore.perturb.framing.pressure import directive, false_citation, neutral_sentence, social_proof
from robustcore.testing import check_operator

ITEMS = {choice.subject: e for e in bundled_dataset("parrot").examples if (choice := e.choice) is not None}
OPEN = Example(id="o", question="Who wrote it?", answers=("Ann",), wrong_answers=("Bob",))
CLAIMING = (authority_v1, authority, directive, social_proof, false_citation)
LETTER = re.compile(r"(?<![\w'])[A-Z](?![\w'])")


def letters(text: str) -> list[str]:
    return [letter for letter in LETTER.findall(text) if letter != "I"]


def asserted(example: Example) -> str:
    assert example.choice is not None
    return example.choice.asserted


def sentence(operator: Operator, place: Place, example: Example, severity: float = 1.0, **options: Any) -> str:
    edit: Edit[Framing] = operator.apply(Framing(), place(severity, example=example), **options)
    assert edit.status == "applied", edit.note
    return edit.value.after


@pytest.mark.parametrize("operator", CLAIMING, ids=lambda operator: operator.short)
@pytest.mark.parametrize("example", ITEMS.values(), ids=lambda example: example.id)
def test_the_asserted_letter_stands_once_and_no_other(operator: Operator, example: Example, place: Place) -> None:
    for severity in operator.levels:
        assert letters(sentence(operator, place, example, severity)) == [asserted(example)]


def test_every_subject_has_a_sentence_of_its_own_and_any_other_gets_the_fallback(place: Place) -> None:
    assert set(ITEMS) == set(AUTHORITY_V1) == set(FIELDS)
    assert len(set(AUTHORITY_V1.values())) == 13
    for subject, example in ITEMS.items():
        wanted = AUTHORITY_V1[subject].replace("{L}", asserted(example))
        assert sentence(authority_v1, place, example) == wanted
        assert wanted.count(".") == 1
    assert sentence(authority_v1, place, OPEN) == FALLBACK.replace("{L}", "Bob")


def test_the_grid_has_a_sentence_per_subject_role_and_certainty() -> None:
    found = {
        graded(subject, "C", a, c) for subject, a, c in product(FIELDS, range(len(ROLES)), range(len(CERTAINTIES)))
    }
    nobody = 3  # "Someone said ..." names no subject
    fields = len({field.name for field in FIELDS.values()})
    assert len(found) == nobody + 3 * fields + 3 * 13 * 2
    assert all(letters(text) == ["C"] for text in found)


def test_the_severity_is_the_sum_of_role_and_certainty(place: Place) -> None:
    example = ITEMS["anatomy"]
    for level in range(1, 7):
        seen = Counter(sentence_at(place, example, level / 6, seed) for seed in range(40))
        pairs = {graded("anatomy", asserted(example), a, level - 1 - a) for a in range(4) if 0 <= level - 1 - a < 3}
        assert set(seen) == pairs
    assert sentence(authority, place, example, 1.0).startswith("As one of the leading anatomists")
    assert sentence(authority, place, example, 1 / 6).startswith("Someone said")
    assert "a surgical nurse" in sentence(authority, place, example, 0.5, role="practitioner")
    missing = authority.apply(Framing(), place(1.0, example=example), role="nobody", certainty="any")
    assert missing.status == "not_applicable"


def sentence_at(place: Place, example: Example, severity: float, seed: int) -> str:
    edit: Edit[Framing] = authority.apply(
        Framing(), place(severity, seed=seed, example=example), role="any", certainty="any"
    )
    return edit.value.after


def test_the_hint_asserts_the_right_answer_and_the_neutral_sentence_none(place: Place) -> None:
    for example in ITEMS.values():
        assert example.choice is not None
        assert letters(sentence(correct_hint, place, example)) == [example.choice.gold]
        plain, pressed = sentence(neutral_sentence, place, example), sentence(authority_v1, place, example)
        assert letters(plain) == []
        assert abs(len(plain) - len(pressed)) <= 12
    assert "Ann" in sentence(correct_hint, place, OPEN)
    assert "Bob" not in sentence(neutral_sentence, place, OPEN)


@pytest.mark.parametrize("operator", [*CLAIMING, repeat_pressure, wrong_turn], ids=lambda operator: operator.short)
def test_an_open_question_needs_a_wrong_answer_that_is_wrong(operator: Operator, place: Place) -> None:
    value: Any = Framing() if operator.inject == "framing" else Talk()
    options = {option.name: option.default for option in operator.options.values()}

    def status(example: Example) -> str:
        edit: Edit[Any] = operator.apply(value, place(1.0, example=example), **options)
        return edit.status

    planted = operator.apply(value, place(1.0, example=OPEN), **options).planted
    assert planted == "Bob"
    assert status(Example(id="x", question="?", answers=("Ann",))) == "no_oracle"
    assert status(Example(id="x", question="?", answers=("Ann",), wrong_answers=("old Ann",))) == "invalid_case"
    assert status(Example(id="x", question="?", answerable=False, wrong_answers=("Bob",))) == "not_applicable"


def test_insisting_takes_one_to_three_turns_each_with_the_claim(place: Place) -> None:
    example = ITEMS["philosophy"]
    for turns in (1, 2, 3):
        edit = repeat_pressure.apply(Talk(), place(turns / 3, example=example), expert=False)
        assert len(edit.value.after) == turns
        assert all(letters(turn) == [asserted(example)] for turn in edit.value.after)
        assert edit.value.after[0].startswith("Are you sure?")
    hard = repeat_pressure.apply(Talk(), place(1 / 3, example=example), expert=True)
    assert hard.value.after == (f"Are you sure? {sentence(authority_v1, place, example)}",)


def test_a_wrong_turn_shows_the_question_and_a_reply_that_claims_the_wrong_answer(place: Place) -> None:
    example = ITEMS["philosophy"]
    assert example.choice is not None
    ((user, asked), (assistant, said)) = wrong_turn.apply(Talk(), place(example=example)).value.before
    assert (user, assistant) == ("user", "assistant")
    assert asked == f"{example.question}\n{example.choice.lines}"
    assert letters(said) == [asserted(example)]


def test_a_claim_in_a_document_stands_beside_the_evidence(
    place: Place, passages: Callable[..., tuple[Passage, ...]]
) -> None:
    given = passages("ferry", "port")
    at = place()
    edit = authority_claim.apply(given, at, place="last", quotes_question=True)
    assert edit.value[:2] == given
    assert "81 guests" in edit.value[2].text
    assert at.example.question.rstrip("?") in edit.value[2].text
    assert edit.value[2].text.count("?") == 0  # one sentence, so that question and claim are read together
    assert edit.planted == "81 guests"
    bare = authority_claim.apply(given, at, place="first", quotes_question=False)
    assert bare.value[0].text == FALLBACK.replace("{L}", "81 guests")
    assert bare.value[1:] == given


def test_a_claim_in_a_document_of_a_closed_question_is_the_text_of_its_option(place: Place) -> None:
    choice = Choice(options=(("A", "the ulna"), ("B", "a rib")), gold="A", asserted="B")
    example = Example(id="c", question="Which bone?", answers=("the ulna",), wrong_answers=("a rib",), choice=choice)
    (added,) = authority_claim.apply((), place(example=example), place="first", quotes_question=True).value
    assert added.text.endswith("certainly a rib.")


def test_a_letter_stands_before_the_case_in_a_block_and_general_questions_have_one_too(place: Place) -> None:
    case = bundled_dataset("emotion").examples[0]
    mild, strong = (
        emotion.apply(Framing(), place(severity, example=case), narrative="fear", who="other").value
        for severity in (0.5, 1.0)
    )
    plain = neutral_text.apply(Framing(), place(example=case)).value
    own = emotion.apply(Framing(), place(example=OPEN), narrative="fear", who="other").value
    assert len({mild.before, strong.before, plain.before, own.before}) == 4
    for framing in (mild, strong, plain, own):
        assert framing.before.startswith(f"{HEADING}\n")
        assert framing.after == ""
    assert strong.around(case.question).endswith(f"\n\n{case.question}")


@pytest.mark.parametrize(
    "operator",
    [*CLAIMING, correct_hint, neutral_sentence, emotion, neutral_text, repeat_pressure, wrong_turn, authority_claim],
    ids=lambda operator: operator.short,
)
def test_the_laws_of_operators_hold(operator: Operator) -> None:
    for example in (ITEMS["anatomy"], OPEN, Example(id="n", question="?", answerable=False)):
        check_operator(operator, "What was said before.", "Something else.", example=example)
