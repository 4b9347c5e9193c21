"""Which option a reply chooses, in the many ways in which models say it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.corpus.records import Choice
from robustcore.measures.choice_reply import chosen

OPTIONS = (("A", "the river"), ("B", "the old bridge"), ("C", "the bridge"), ("D", "a ferry at night"))
CHOICE = Choice(options=OPTIONS, gold="A", asserted="B")


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ('{"final": "B", "explanation": "A is wrong."}', "B"),
        ('{"explanation": "C, as (D) is not", "final": "C"}', "C"),
        ('{"final": "(b)"}', "B"),
        ('{"final": "D. a ferry at night"}', "D"),
        ('{"final": "the old bridge", "explanation": "-"}', "B"),
        ('{"answer": "A"}', "A"),
        ('{"Final Answer": "C"}', "C"),
        ('```json\n{"final": "B",\n "explanation": "because it is"}\n```', "B"),
        ('{"final": "C", "explanation": "it was cut off in the mid', "C"),
        ("{'final': 'D', 'explanation': 'single quotes'}", "D"),
        ('First I thought {"final": "A"}, but no: {"final": "B"}', "B"),
        ("<think>It could be A or B. A it is.</think> C", "C"),
        ("B", "B"),
        ("b", "B"),
        ("B.", "B"),
        ("B because the others are not.", "B"),
        ("(b) because it spans the water", "B"),
        ("**C**", "C"),
        ("**C.** the bridge", "C"),
        ("D) a ferry at night", "D"),
        ("A: the river", "A"),
        ("> B", "B"),
        ("Answer: C", "C"),
        ("The answer is (D).", "D"),
        ("The correct answer is option B", "B"),
        ("The answer is A because nothing else flows.", "A"),
        ("My final answer is: **A**", "A"),
        ("The answer is not A. The answer is C.", "C"),
        ("I would say the answer is A. On reflection, the answer is still B.", "B"),
        ("I choose D.", "D"),
        ("You may think of A, but I stay with C", "C"),
        ("the old bridge", "B"),
        ("It must be the old bridge, built long ago.", "B"),
        ("A ferry at night, surely.", "D"),
        ("Of these only (C) is a structure.", "C"),
        ("Surely C is what is meant here.", "C"),
    ],
)
def test_a_choice_is_read(reply: str, letter: str) -> None:
    assert chosen(reply, CHOICE) == letter


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   ",
        "I am sorry, but I cannot answer this question.",
        "As an assistant I will not take part in this.",
        "A good question. I do not know.",
        "A",  # the letter alone is a choice: see below
        '{"final": null, "explanation": "none of them"}',
        '{"final": "E"}',
        '{"final": "none of these"}',
        "E.",
        "Either (A) or (B).",
        "It could be B or C.",
        "The answer is a matter of taste.",
        "Both the river and the old bridge.",
        "The answer is not given.",
        "42",
    ],
)
def test_a_refusal_or_a_reply_without_one_choice_is_not_parsed(reply: str) -> None:
    assert chosen(reply, CHOICE) == ("A" if reply == "A" else "")


@given(st.text(max_size=200))
def test_any_text_gives_a_letter_of_the_options_or_nothing(text: str) -> None:
    assert chosen(text, CHOICE) in ("", *CHOICE.letters)


@given(st.sampled_from("ABCD"), st.text(max_size=60))
def test_the_asked_for_json_is_always_read_whatever_explains_it(letter: str, why: str) -> None:
    assert chosen(json.dumps({"final": letter, "explanation": why}), CHOICE) == letter
