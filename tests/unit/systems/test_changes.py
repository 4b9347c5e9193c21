"""The realised change of a question and of passages."""

from __future__ import annotations

import pytest

from robustcore.corpus.records import Passage
from robustcore.systems.changes import changed_passages, edit_share

ONE, TWO, THREE = (
    Passage(doc_id=name, text=text) for name, text in (("a", "x" * 10), ("b", "y" * 10), ("c", "z" * 10))
)


@pytest.mark.parametrize(
    ("before", "after", "share"), [("abcd", "abcd", 0), ("abcd", "abxd", 0.25), ("abcd", "abc", 0.25), ("", "ab", 1)]
)
def test_edit_share_is_the_distance_over_the_longer_length(before: str, after: str, share: float) -> None:
    assert edit_share(before, after) == share


def test_an_added_passage_counts_whole_and_those_behind_it_not_at_all() -> None:
    assert changed_passages((ONE, TWO), (THREE, ONE, TWO)) == pytest.approx(1 / 3)


def test_a_lost_passage_counts_whole() -> None:
    assert changed_passages((ONE, TWO), (TWO,)) == pytest.approx(1 / 2)
    assert changed_passages((ONE, TWO), ()) == 1


def test_another_order_of_the_same_passages_is_a_change() -> None:
    assert changed_passages((ONE, TWO, THREE), (TWO, ONE, THREE)) == pytest.approx(2 / 3)


def test_edits_inside_of_a_passage_count_by_character() -> None:
    edited = Passage(doc_id="a", text="x" * 5 + "q" * 5)
    assert changed_passages((ONE, TWO), (edited, TWO)) == pytest.approx(5 / 20)


def test_passages_of_one_document_are_told_apart() -> None:
    second = Passage(doc_id="a", text="w" * 10)
    assert changed_passages((ONE, second), (ONE, second, THREE)) == pytest.approx(1 / 3)


def test_nothing_is_no_change() -> None:
    assert changed_passages((), ()) == 0
