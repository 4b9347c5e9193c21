"""White space and code points: what changes, and what a cleaner undoes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest

from robustcore.perturb.edit import At
from robustcore.perturb.question.encoding import unicode_noise, whitespace

QUESTION = "Which northern counties signed contracts with several ferry companies before early winter?"


@pytest.mark.parametrize(("severity", "edits"), [(0.25, 1), (0.5, 2), (1.0, 3)])
def test_three_tenths_of_the_gaps_are_edited_at_severity_one(
    severity: float, edits: int, place: Callable[..., At]
) -> None:
    for seed in range(20):
        edit = whitespace.apply(QUESTION, place(severity, seed=seed))
        assert edit.edits == edits
        assert "".join(edit.value.split()) == QUESTION.replace(" ", "")


def test_each_mode_does_what_it_says(place: Callable[..., At]) -> None:
    text = "who sailed north"
    assert whitespace.apply(text, place(), mode="double", share=1.0).value == "who  sailed  north"
    assert whitespace.apply(text, place(), mode="missing", share=1.0).value == "whosailednorth"
    exotic = whitespace.apply(text, place(), mode="exotic", share=1.0).value
    assert exotic.split() == text.split()
    assert " " not in exotic


def test_a_protected_word_is_never_joined_and_a_quotation_never_touched(place: Callable[..., At]) -> None:
    text = 'Who never saw "the Yellow Fleet" sail 72 km north?'
    for seed in range(40):
        edited = whitespace.apply(text, place(seed=seed), share=1.0).value
        assert '"the Yellow Fleet"' in edited
        assert {"never", "72", "km"} <= set(edited.split())
    joined = whitespace.apply(text, place(), mode="missing", share=1.0)
    assert joined.value == 'Who never saw "the Yellow Fleet" sail 72 km north?'.replace("saw ", "saw ")
    assert joined.status == "noop"


def test_without_two_words_there_is_no_gap(place: Callable[..., At]) -> None:
    assert whitespace.apply("harbour?", place()).status == "noop"


@pytest.mark.parametrize("mode", ["nfd", "full_width"])
def test_a_cleaner_undoes_decomposed_and_full_width_letters(mode: str, place: Callable[..., At]) -> None:
    text = "Où étaient les élèves, and where were their teachers?"
    edit = unicode_noise.apply(text, place(), mode=mode, share=1.0)
    assert edit.value != text
    assert unicodedata.normalize("NFKC", edit.value) == text


def test_a_zero_width_character_stands_inside_the_word_and_outlives_a_cleaner(place: Callable[..., At]) -> None:
    for seed in range(20):
        edited = unicode_noise.apply("harbour", place(seed=seed), mode="zero_width").value
        [added] = [index for index, char in enumerate(edited) if char not in "harbour"]
        assert 0 < added < 7
        assert unicodedata.category(edited[added]) == "Cf"
        assert unicodedata.normalize("NFKC", edited) == edited


def test_words_that_a_mode_does_not_change_are_not_counted(place: Callable[..., At]) -> None:
    assert unicode_noise.apply("plain letters only", place(), mode="nfd").status == "noop"
    assert unicode_noise.apply("столица", place(), mode="full_width").status == "noop"
    assert unicode_noise.apply("plain été letters", place(), mode="nfd", share=0.1).status == "noop"  # three letters
    assert unicode_noise.apply("plain élève letters", place(), mode="nfd", share=0.1).edits == 1
