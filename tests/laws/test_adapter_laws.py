"""Laws of the adapters: the wire loses nothing, every text can be stored, every form of a system answers alike."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.systems.driving import adapted, asked, said

from robustcore.corpus.records import Passage
from robustcore.keys import canonical_json
from robustcore.systems.base import Answer, Citation
from robustcore.systems.replies import clean
from robustcore.systems.wire import answer_from_json, answer_to_json

TEXT = st.text(max_size=20)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)
PASSAGES = st.lists(st.builds(Passage, doc_id=TEXT, text=TEXT, title=TEXT, score=NUMBER), max_size=3).map(tuple)
ANSWERS = st.builds(
    Answer,
    text=TEXT,
    abstained=st.none() | st.booleans(),
    citations=st.lists(st.builds(Citation, doc_id=TEXT, text=TEXT), max_size=3).map(tuple),
    confidence=NUMBER,
    level=NUMBER,
    passages=st.none() | PASSAGES,
)


@given(ANSWERS)
def test_an_answer_comes_back_from_json_as_it_went(answer: Answer) -> None:
    value = answer_to_json(answer)
    canonical_json(value)
    assert answer_from_json(value) == answer


@given(st.text(alphabet=st.characters(codec="utf-16", exclude_categories=()) | st.characters(categories=["Cs"])))
def test_any_text_can_be_stored_and_valid_text_is_left_alone(text: str) -> None:
    stored = clean(text)
    stored.encode("utf-8")
    assert clean(stored) == stored
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert stored == text


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=12, unique=True), st.integers(1, 5))
def test_one_by_one_in_threads_async_and_in_batches_say_the_same(questions: list[str], size: int) -> None:
    def answer(question: str) -> str:
        if len(question) % 4 == 3:
            raise ValueError(f"cannot take {len(question)}")
        return question[::-1]

    async def later(question: str) -> str:
        return answer(question)

    def batch(questions: list[str]) -> list[str]:
        return [answer(question) for question in questions]

    expected = said(asked(adapted(answer), questions))
    assert said(asked(adapted(answer, {"concurrency": size}), questions)) == expected
    assert said(asked(adapted(later, {"concurrency": size}), questions)) == expected
    assert said(asked(adapted(batch, {"batch": True, "batch_size": size}), questions)) == expected
