from __future__ import annotations

from itertools import pairwise

import pytest

from robustcore.corpus.records import Corpus, Doc
from robustcore.systems.embedded.chunks import chunk, chunk_corpus, windows
from robustcore.systems.embedded.text import Stems, fold, sentences, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Veld met Mr. Ode. They left.", ["Dr. Veld met Mr. Ode.", "They left."]),
        ("The U.S. Army and J. K. Rowling agree. Yes.", ["The U.S. Army and J. K. Rowling agree.", "Yes."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Prices rose by 3.5 percent, e.g. Bread.", ["Prices rose by 3.5 percent, e.g. Bread."]),
        ("- one item\n- another item", ["- one item", "- another item"]),
        ("Title\n\nbody text", ["Title", "body text"]),
        ("   ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the bridge's length", ["the", "bridge", "length"]),
        ("$2.4 million or 35%", ["$2.4", "million", "or", "35%"]),
        ("Franco-Prussian, 1870–71", ["Franco", "-", "Prussian", ",", "1870", "–", "71"]),
        ("the 21st of O'Brien’s", ["the", "21st", "of", "O'Brien"]),
    ],
)
def test_words_keep_numbers_whole_and_drop_possessives(text: str, expected: list[str]) -> None:
    found = words(text)
    assert [word.text for word in found] == expected
    assert [text[word.start : word.end] for word in found] == expected


def test_folding_removes_case_and_accents() -> None:
    assert fold("Élysée ÜBER") == "elysee uber"


def test_content_stems_leave_out_stop_words_and_punctuation() -> None:
    pytest.importorskip("Stemmer", reason="needs the extra 'local'")
    assert Stems().content(words("The pumps were running, and ran dry.")) == ["pump", "run", "ran", "dri"]


def test_a_short_document_stays_whole_and_an_empty_one_has_no_passage() -> None:
    docs = [Doc(id="a", text="One. Two."), Doc(id="b", text=" \n")]
    assert [(c.doc_id, c.text) for c in chunk_corpus(Corpus.of(docs))] == [("a", "One. Two.")]


def test_a_long_document_is_cut_at_sentences_and_repeats_one_at_each_cut() -> None:
    parts = [f"Sentence number {n} has exactly seven words." for n in range(60)]
    pieces = chunk(Doc(id="a", text=" ".join(parts)), words=100)
    inside = [sentences(piece) for piece in pieces]
    assert len(pieces) == 5
    assert all(after[0] == before[-1] for before, after in pairwise(inside))
    assert list(dict.fromkeys(sentence for own in inside for sentence in own)) == parts
    assert max(len(piece.split()) for piece in pieces) <= 100


def test_one_endless_sentence_is_not_cut() -> None:
    text = "word " * 500
    assert chunk(Doc(id="a", text=text), words=100) == [text.strip()]


def test_windows_are_every_sentence_and_every_pair() -> None:
    assert windows("One. Two. Three.") == ["One.", "Two.", "Three.", "One. Two.", "Two. Three."]
