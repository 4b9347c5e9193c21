"""Laws of measures: values are bounded, a gold reply is right, and nothing raises on any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trials import passages, score, trial

from robustcore.corpus.normalise import tokens
from robustcore.measures.matching import MATCHERS, is_correct, token_f1
from robustcore.measures.registry import measure_names, parse_measure
from robustcore.measures.support_rules import broken, claims_of, coverage, windows_of

NAMES = [name for name in measure_names() if "supported" not in name]
texts = st.text(max_size=60) | st.sampled_from(["Paris", "I don't know", "27 days", "5 %", "O’Brien", "北京"])


@pytest.mark.parametrize("name", NAMES)
@given(reply=texts, gold=texts, planted=texts, docs=st.lists(st.sampled_from("abc"), max_size=4), expects=st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_value_lies_between_zero_and_one_and_binary_ones_at_the_ends(
    name: str, reply: str, gold: str, planted: str, docs: list[str], expects: bool
) -> None:
    if "@" in name or name == "AP":
        pytest.importorskip("ir_measures", reason="needs the extra 'ir'")
    measure = parse_measure(name)
    seen = trial(
        reply,
        gold,
        answerable=not expects,
        planted=planted,
        gold_docs=("d0",),
        ranking=passages(*docs),
        cites=[("d0", gold)],
    )
    found = score(measure, seen)
    assert found.value is None or 0 <= found.value <= 1
    assert (found.value is None) == bool(found.reason)
    if measure.binary:
        assert found.value in (None, 0, 1)


@given(gold=texts, before=texts, after=texts)
def test_a_reply_that_is_the_gold_is_correct_wherever_it_has_content(gold: str, before: str, after: str) -> None:
    found = is_correct(gold, [gold])
    assert found == (True if tokens(gold) else None)
    if found:
        assert token_f1(gold, [gold]) == 1
        assert is_correct(f"{before}\n{gold}\n{after}", [gold])


@given(reply=texts, golds=st.lists(texts, max_size=3), more=texts)
def test_one_more_gold_never_makes_a_reply_wrong(reply: str, golds: list[str], more: str) -> None:
    for matcher in MATCHERS:
        before = is_correct(reply, golds, matcher=matcher)
        if before is not None:
            assert is_correct(reply, [*golds, more], matcher=matcher) >= before  # type: ignore[operator]


SENTENCE = "the Danube froze in 1929 . Orlewick pays 27 days , not 30 % of €35 million ; nobody Yes No but and Maud's"
WORDS = st.sampled_from(SENTENCE.split())


@given(
    question=texts, reply=texts | st.lists(WORDS, max_size=15).map(" ".join), text=texts | st.lists(WORDS).map(" ".join)
)
@settings(deadline=None)
def test_a_claim_is_never_more_than_covered_and_no_text_breaks_the_rules(question: str, reply: str, text: str) -> None:
    for claim in claims_of(question, reply):
        for window in windows_of("", text):
            assert 0 <= coverage(claim, window) <= 1
            assert isinstance(broken(claim, window), str)


@given(words=st.lists(WORDS, min_size=8, max_size=30))
@settings(deadline=None)
def test_a_sentence_that_stands_in_the_passage_is_backed_by_it(words: list[str]) -> None:
    text = " ".join(words)
    for claim in claims_of("Anything?", text):
        if claim.question is None:
            assert any(not broken(claim, w) and coverage(claim, w) == 1 for w in windows_of("", text))
