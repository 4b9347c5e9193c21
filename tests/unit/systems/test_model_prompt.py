from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.corpus.records import Passage
from robustcore.systems.base import Citation
from robustcore.systems.model_prompt import CUT, NO_PASSAGES, REFUSAL, SYSTEM, fitted, messages, read_reply

PASSAGES = (
    Passage(doc_id="d1", text="The bridge opened in 1902.", title="Bridge"),
    Passage(doc_id="d2", text="The ferry costs 3 crowns."),
    Passage(doc_id="d1", text="It is 80 metres long."),
)


def test_passages_are_numbered_in_the_order_they_came_in() -> None:
    system, user = messages("When did it open?", PASSAGES, budget=10_000)
    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"] == SYSTEM
    assert REFUSAL in SYSTEM
    assert user["content"] == (
        "Passages:\n\n[1] Bridge\nThe bridge opened in 1902.\n\n[2] The ferry costs 3 crowns.\n\n"
        "[3] It is 80 metres long.\n\nQuestion: When did it open?"
    )


def test_no_passage_is_said() -> None:
    assert NO_PASSAGES in messages("Why?", (), budget=100)[1]["content"]


def test_framing_stands_first_and_history_between_instructions_and_question() -> None:
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello!"}]
    made = messages("Why?", PASSAGES, budget=1000, framing="You speak for the city.", history=history)
    assert made[0]["content"] == f"You speak for the city.\n\n{SYSTEM}"
    assert made[1:3] == history
    assert made[3]["content"].endswith("Question: Why?")


def test_short_passages_leave_their_share_to_long_ones() -> None:
    long, short = "word " * 100, "short"
    texts = fitted([Passage(doc_id="a", text=short), Passage(doc_id="b", text=long)], 205)
    assert texts[0] == short
    assert texts[1].endswith(CUT)
    assert len(texts[1]) in range(190, 201)
    assert texts[1].removesuffix(CUT).split() == ["word"] * len(texts[1].removesuffix(CUT).split())


@given(st.lists(st.text(max_size=60), max_size=6), st.integers(0, 200))
def test_what_is_shown_never_exceeds_the_budget_and_is_whole_where_it_fits(texts: list[str], budget: int) -> None:
    passages = [Passage(doc_id=str(number), text=text) for number, text in enumerate(texts)]
    shown = fitted(passages, budget)
    assert sum(map(len, shown)) <= max(budget, 0)
    if sum(map(len, texts)) <= budget:
        assert shown == texts


@pytest.mark.parametrize(
    ("reply", "text", "cited"),
    [
        ("1902 [1]", "1902", ["d1"]),
        ("It opened in 1902 [1][3].", "It opened in 1902.", ["d1", "d1"]),
        ("1902 [1, 2]. And 3 crowns [2].", "1902. And 3 crowns.", ["d1", "d2"]),
        ("1902", "1902", []),
        ("See [4] and [x] and [0].", "See [4] and [x] and [0].", []),
        ("<think>Maybe [2]?</think>\n\n1902 [1]", "1902", ["d1"]),
        ("  \n", "", []),
    ],
)
def test_numbers_in_brackets_become_citations_and_leave_the_text(reply: str, text: str, cited: list[str]) -> None:
    answer = read_reply(reply, PASSAGES)
    assert (answer.text, [citation.doc_id for citation in answer.citations]) == (text, cited)
    assert answer.passages == PASSAGES
    assert answer.abstained is None


def test_a_citation_holds_the_whole_passage() -> None:
    assert read_reply("x [2]", PASSAGES).citations == (Citation(doc_id="d2", text=PASSAGES[1].text),)


@pytest.mark.parametrize("reply", [REFUSAL, REFUSAL.lower().rstrip("."), f"Sorry. {REFUSAL} [1]"])
def test_the_refusal_sentence_is_an_abstention(reply: str) -> None:
    assert read_reply(reply, PASSAGES).abstained is True
