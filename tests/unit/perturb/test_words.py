"""Words dropped, removed and swapped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robustcore.perturb.edit import At
from robustcore.perturb.question.words import stopword_removal, word_drop, word_order_swap


def test_stop_words_go_and_negations_wh_words_and_directions_stay(place: Callable[..., At]) -> None:
    text = "Which of the ships did not sail from the port before the storm?"
    assert stopword_removal.apply(text, place()).value == "Which ships not sail from port before storm?"


@pytest.mark.parametrize("text", ["Is it the?", "the of a", "ships sail"])
def test_nothing_but_stop_words_or_none_of_them_is_a_noop(text: str, place: Callable[..., At]) -> None:
    assert stopword_removal.apply(text, place()).status == "noop"


def test_stop_words_in_quotes_and_answers_stay(place: Callable[..., At]) -> None:
    text = 'Is "The Sea of the Sun" in the Isle of Man?'
    assert stopword_removal.apply(text, place(answers="Isle of Man")).value == '"The Sea of the Sun" Isle of Man?'


def test_dropped_words_are_content_words_and_names_go_last(place: Callable[..., At]) -> None:
    text = "Who repaired the broken lantern of Halvard Brekke during winter?"
    for seed in range(20):
        edit = word_drop.apply(text, place(0.5, seed=seed))
        assert edit.edits == 3
        assert {"Who", "the", "of", "during", "Halvard", "Brekke"} <= set(edit.value.rstrip("?").split())
    assert word_drop.apply(text, place()).edits == 5  # six content words; the last one is never dropped


def test_word_drop_is_a_risk_to_the_meaning() -> None:
    assert word_drop.gated


def test_the_only_content_word_is_never_dropped(place: Callable[..., At]) -> None:
    assert word_drop.apply("Who was the painter?", place()).status == "noop"
    assert word_drop.apply("Who was the painter in 1967?", place()).value == "Who was the in 1967?"


@pytest.mark.parametrize(("severity", "swaps"), [(0.25, 1), (0.5, 2), (1.0, 3)])
def test_up_to_three_disjoint_swaps_keep_every_word(severity: float, swaps: int, place: Callable[..., At]) -> None:
    text = "which old ships sailed north past quiet islands"
    edit = word_order_swap.apply(text, place(severity))
    assert edit.edits == swaps
    assert sorted(edit.value.split()) == sorted(text.split())
    assert sum(a != b for a, b in zip(text.split(), edit.value.split(), strict=True)) == 2 * swaps


def test_equal_words_are_not_swapped_with_each_other(place: Callable[..., At]) -> None:
    assert word_order_swap.apply("that That that", place()).status == "noop"


def test_white_space_goes_with_the_word_but_words_never_run_together(place: Callable[..., At]) -> None:
    assert stopword_removal.apply("ships, the\n ones (of the) sea", place()).value == "ships,\n ones () sea"
    assert stopword_removal.apply("sea the-green", place()).value == "sea -green"
