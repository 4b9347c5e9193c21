from __future__ import annotations

import numpy as np
import pytest

from robustcore.errors import RobustError
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.questions import KINDS, classify
from robustcore.systems.embedded.ranking import first_of_each, fuse, top
from robustcore.systems.embedded.span_ranker import FEATURES, SpanRanker, shipped_weights
from robustcore.systems.embedded.spans import LONGEST, STATIC, find_spans
from robustcore.systems.embedded.text import Stems, words
from robustcore.systems.embedded.word_features import WordFeatures, word_class


@pytest.mark.parametrize(
    ("question", "kind", "noun"),
    [
        ("When was it opened?", "date", ""),
        ("In what year was it opened?", "date", "year"),
        ("How many seats are there?", "number", ""),
        ("How much did it cost?", "money", ""),
        ("How much water is there?", "number", ""),
        ("What percentage of flour is Danish?", "percent", "percentage"),
        ("Who opened it?", "person", ""),
        ("Which French king opened it?", "person", "king"),
        ("Where is it?", "place", ""),
        ("Which river does it cross?", "thing", "river"),
        ("What is it made of?", "what", ""),
        ("Why is it closed?", "why", ""),
        ("How is it cleaned?", "how", ""),
        ("Name the river.", "what", ""),
        ("", "what", ""),
    ],
)
def test_questions_are_told_apart_by_what_they_ask_for(question: str, kind: str, noun: str) -> None:
    found = words(question)
    own, _, head = classify(found)
    assert own == (kind if kind != "thing" or noun != "river" else "place")
    assert (found[head].lower if head >= 0 else "") == noun
    assert own in KINDS


def spans_of(text: str) -> tuple[set[str], np.ndarray]:
    found = words(text)
    spans = find_spans(found, WordFeatures(lambda _: 1.0), np.zeros(len(found) + 1, np.float32))
    assert spans.static.shape == (len(spans), len(STATIC))
    texts = [text[found[i].start : found[j].end] for i, j in zip(spans.first, spans.last, strict=True)]
    assert len(set(zip(spans.first, spans.last, strict=True))) == len(texts)
    return set(texts), spans.static


def test_candidates_start_and_end_on_content_words() -> None:
    found, _ = spans_of("The bridge was opened by Lady Pell.")
    assert found == {
        *("bridge", "bridge was opened", "bridge was opened by Lady", "bridge was opened by Lady Pell"),
        *("opened", "opened by Lady", "opened by Lady Pell", "Lady", "Lady Pell", "Pell"),
    }


def test_no_candidate_crosses_a_bracket_or_is_too_long() -> None:
    found, _ = spans_of("The pump (a red one) runs; " + "water " * 30)
    assert not any(mark in text for text in found for mark in "(;")
    assert max(len(text.split()) for text in found) == LONGEST


def test_shape_features_say_what_a_candidate_looks_like() -> None:
    text = "Repairs in May 1954 cost $2.4 million."
    found = words(text)
    spans = find_spans(found, WordFeatures(lambda _: 1.0), np.zeros(len(found) + 1, np.float32))
    rows = {
        text[found[i].start : found[j].end]: dict(zip(STATIC, row, strict=True))
        for i, j, row in zip(spans.first, spans.last, spans.static, strict=True)
    }
    assert rows["May 1954"]["date"] == 1
    assert rows["May 1954"]["before:preposition"] == 1
    assert rows["$2.4 million"]["money"] == 1
    assert rows["$2.4"]["cuts number"] == 1
    assert rows["$2.4 million"]["after:punctuation"] == 1
    assert rows["Repairs"]["before:border"] == 1
    assert rows["Repairs"]["date"] == 0


def test_a_sentence_without_words_has_no_candidates() -> None:
    assert spans_of("")[0] == set()
    assert spans_of("...")[0] == set()


def test_a_capitalised_modal_inside_a_sentence_is_a_name() -> None:
    first, inside = words("May I ask Theresa May")[0], words("May I ask Theresa May")[-1]
    assert word_class(first) == "verb"
    assert word_class(inside) == "content"


def test_the_shipped_weights_fit_the_features_and_others_are_refused() -> None:
    assert set(shipped_weights()) == set(FEATURES)
    with pytest.raises(RobustError, match="missing"):
        SpanRanker({"cosine": 1.0})


def test_fusion_adds_reciprocal_ranks() -> None:
    ids, scores = fuse([np.array([7, 3]), np.array([3, 9])], k=10)
    assert ids.tolist() == [3, 7, 9]
    np.testing.assert_allclose(scores, [1 / 12 + 1 / 11, 1 / 11, 1 / 12])


def test_fusing_nothing_gives_nothing() -> None:
    ids, scores = fuse([])
    assert len(ids) == len(scores) == 0


def test_top_orders_by_score_then_position_and_drops_the_floor() -> None:
    scores = np.array([0, 2, 5, 2, 0, 5], np.float32)
    assert top(scores, 3).tolist() == [2, 5, 1]
    assert top(scores, 10, floor=0).tolist() == [2, 5, 1, 3]
    many = np.tile(scores, 100)
    assert top(many, 3).tolist() == [2, 5, 8]


def test_the_first_of_each_keeps_the_order() -> None:
    assert first_of_each(np.array([4, 1, 4, 2, 1])).tolist() == [4, 1, 2]


def test_bm25_prefers_the_passage_with_the_rare_word_and_knows_how_rare_it_is() -> None:
    pytest.importorskip("Stemmer", reason="needs the extra 'local'")
    lexical = Lexical(["the pump runs", "the pump stops", "the fossil rests"], Stems())
    scores = lexical.scores(lexical.stems.content(words("fossils and pumps")))
    assert int(np.argmax(scores)) == 2
    assert lexical.idf("fossil") > lexical.idf("pump") > 0
    assert lexical.highest_idf >= lexical.idf("fossil")
    assert not lexical.scores(["unheard"]).any()
    assert lexical.vocabulary["pump"] == 2


def test_a_lexical_index_of_nothing_answers_nothing() -> None:
    pytest.importorskip("Stemmer", reason="needs the extra 'local'")
    assert Lexical([], Stems()).scores(["pump"]).shape == (0,)
    assert Lexical(["the of", "..."], Stems()).scores(["pump"]).tolist() == [0, 0]
