from __future__ import annotations

from itertools import pairwise

import numpy as np
from embedded_world import DOCS, QUESTIONS, encoder, rag
from hypothesis import given, settings
from hypothesis import strategies as st

from robustcore.corpus.records import Corpus, Doc
from robustcore.systems.embedded.chunks import chunk
from robustcore.systems.embedded.index import build_index
from robustcore.systems.embedded.lexical import Lexical
from robustcore.systems.embedded.ranking import fuse
from robustcore.systems.embedded.search import Search
from robustcore.systems.embedded.spelling import Speller, one_error
from robustcore.systems.embedded.text import Stems, sentence_spans, words

IDS = [doc.id for doc in DOCS]
ASKED = [*QUESTIONS, "What is the capital of Mongolia?", "Whne was the brigde opend?", "pump", ""]
TEXT = st.text(alphabet=st.sampled_from("abc AB.?!,'\"()-\n$%1234é’🦉"), max_size=200)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(ASKED), min_size=1, max_size=12), st.data())
def test_a_batch_answers_like_one_question_at_a_time(questions: list[str], data: st.DataObject) -> None:
    hidden = [data.draw(st.lists(st.sampled_from(IDS), max_size=2, unique=True)) for _ in questions]
    together = rag().retrieve(questions, hidden)
    alone = [rag().retrieve([question], [absent])[0] for question, absent in zip(questions, hidden, strict=True)]
    assert together == alone
    items = list(zip(questions, together, strict=True))
    for one, (question, passages) in zip(rag().read(items), items, strict=True):
        single = rag().read([(question, passages)])[0]
        assert (one.text, one.citations, one.abstained) == (single.text, single.citations, single.abstained)
        np.testing.assert_allclose(one.level or 0, single.level or 0, atol=1e-5)
        np.testing.assert_allclose(one.confidence or 0, single.confidence or 0, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(IDS), max_size=4, unique=True), st.sampled_from(ASKED[:8]))
def test_hiding_documents_gives_what_an_index_without_them_gives(absent: list[str], question: str) -> None:
    """Except for word statistics, which stay the corpus's: so the lexical index of the rebuilt side is told them."""
    corpus = Corpus.of(DOCS)
    whole = build_index(corpus, encoder())
    lexical = Lexical([chunk.text for chunk in whole.chunks], Stems())
    vectors, stems = encoder().encode([question]), lexical.stems.content(words(question))
    (found,) = Search(whole, lexical).run(vectors, [stems], [frozenset(absent)], 5)
    rest = build_index(Corpus.of([doc for doc in DOCS if doc.id not in absent]), encoder())

    class Told(Lexical):
        def scores(self, question_stems: object) -> np.ndarray:
            kept = [i for i, chunk in enumerate(whole.chunks) if chunk.doc_id not in absent]
            return lexical.scores(stems)[kept]

    (rebuilt,) = Search(rest, Told([c.text for c in rest.chunks], Stems())).run(vectors, [stems], [frozenset()], 5)
    assert [whole.chunks[i].doc_id for i, _ in found] == [rest.chunks[i].doc_id for i, _ in rebuilt]
    np.testing.assert_allclose([score for _, score in found], [score for _, score in rebuilt])


@given(TEXT)
def test_sentences_are_ordered_disjoint_and_lose_only_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())


@given(TEXT)
def test_words_stand_in_the_text_in_order(text: str) -> None:
    found = words(text)
    assert all(text[word.start : word.end] == word.text for word in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@given(st.lists(st.sampled_from(["One is here. ", "Two words? ", "A rather longer sentence stands at this place. "])))
def test_pieces_of_a_document_hold_all_its_sentences(parts: list[str]) -> None:
    text = "".join(parts)
    pieces = chunk(Doc(id="d", text=text), words=12)
    kept = [text[start:end] for start, end in sentence_spans(text)]
    assert all(any(sentence in piece for piece in pieces) for sentence in kept)
    assert all(piece in text for piece in pieces)


@given(st.lists(st.lists(st.integers(0, 30), unique=True, max_size=12), max_size=4))
def test_fusion_ranks_every_id_once_by_falling_score(lists: list[list[int]]) -> None:
    ids, scores = fuse([np.array(one, np.int64) for one in lists])
    assert sorted(ids.tolist()) == sorted({i for one in lists for i in one})
    assert all(left >= right for left, right in pairwise(scores))


@given(st.lists(st.text(alphabet="abcdefgh", min_size=4, max_size=8), min_size=1, max_size=8, unique=True), st.data())
def test_repair_leaves_known_words_alone_and_ends_at_most_one_error_away(
    vocabulary: list[str], data: st.DataObject
) -> None:
    speller = Speller(dict.fromkeys(vocabulary, 1))
    assert speller.repair(" ".join(vocabulary)) == " ".join(vocabulary)
    word = data.draw(st.text(alphabet="abcdefgh", min_size=4, max_size=9))
    repaired = speller.repair(word)
    assert repaired == word or repaired.replace(" ", "") == word or one_error(word, repaired)
