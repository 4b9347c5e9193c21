"""Misspellings: which words are edited, and how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robustcore.perturb.base import Operator
from robustcore.perturb.edit import At
from robustcore.perturb.language.keyboards import LAYOUTS, neighbours
from robustcore.perturb.language.wordlists import STOP_WORDS
from robustcore.perturb.question import typos

QUESTION = "Which northern counties signed contracts with several ferry companies before early winter?"
KINDS = pytest.mark.parametrize("operator", typos.OPERATORS, ids=lambda operator: operator.short)


def changed(before: str, after: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in zip(before.split(), after.split(), strict=True) if a != b]


@KINDS
@pytest.mark.parametrize(("severity", "edits"), [(0.25, 1), (0.5, 1), (1.0, 3)])
def test_three_tenths_of_the_eligible_words_are_edited_at_severity_one(
    operator: Operator, severity: float, edits: int, place: Callable[..., At]
) -> None:
    for seed in range(40):  # nine eligible words: 9 * .3 * severity, rounded, at least one
        edit = operator.apply(QUESTION, place(severity, seed=seed))
        assert edit.edits == edits == len(changed(QUESTION, edit.value))


@KINDS
def test_no_stop_word_and_no_short_word_is_misspelt(operator: Operator, place: Callable[..., At]) -> None:
    for seed in range(40):
        for before, after in changed(QUESTION, operator.apply(QUESTION, place(seed=seed), share=1.0).value):
            assert before.lower() not in STOP_WORDS
            assert len(before.rstrip("?")) >= 4
            assert after.lower().rstrip("?") not in STOP_WORDS


@KINDS
def test_a_share_of_one_edits_every_eligible_word_once(operator: Operator, place: Callable[..., At]) -> None:
    edit = operator.apply(QUESTION, place(), share=1.0)
    assert edit.edits == len(changed(QUESTION, edit.value)) == 9


def test_a_swap_moves_two_neighbours_inside_the_word_and_skips_equal_letters(place: Callable[..., At]) -> None:
    for seed in range(20):
        assert typos.neighbour_swap.apply("noon abba bookkeeper", place(seed=seed), share=1.0).value.split()[:2] == [
            "noon",
            "abba",
        ]
        swapped = typos.neighbour_swap.apply("harbour", place(seed=seed)).value
        assert sorted(swapped) == sorted("harbour")
        assert (swapped[0], swapped[-1]) == ("h", "r")


def test_a_word_of_equal_inner_letters_leaves_nothing_to_swap(place: Callable[..., At]) -> None:
    edit = typos.neighbour_swap.apply("noon", place())
    assert (edit.status, edit.value, edit.edits) == ("noop", "noon", 0)
    assert edit.note


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_key_slip_hits_a_neighbouring_key_of_the_layout(layout: str, place: Callable[..., At]) -> None:
    near = neighbours(layout)
    for seed in range(30):
        slipped = typos.qwerty_swap.apply("Mazurka", place(seed=seed), layout=layout).value
        [(before, after)] = [(a, b) for a, b in zip("Mazurka", slipped, strict=True) if a != b]
        assert after.lower() in near[before.lower()]
        assert before.isupper() == after.isupper()


def test_layouts_differ_where_their_keys_do() -> None:
    assert "y" in neighbours("qwerty")["t"]
    assert "z" in neighbours("qwertz")["t"]
    assert "a" in neighbours("azerty")["z"]
    assert all(a in neighbours(name)[b] for name in LAYOUTS for a, keys in neighbours(name).items() for b in keys)


def test_deletion_and_insertion_change_the_length_by_one_and_keep_the_first_letter(place: Callable[..., At]) -> None:
    for seed in range(30):
        shorter = typos.char_delete.apply("Sallowby", place(seed=seed)).value
        longer = typos.char_insert.apply("Sallowby", place(seed=seed)).value
        assert (len(shorter), shorter[0]) == (7, "S")
        assert (len(longer), longer[0]) == (9, "S")


def test_the_composite_uses_all_four_slips(place: Callable[..., At]) -> None:
    lengths = {len(typos.typos.apply("archipelago", place(seed=seed)).value) for seed in range(40)}
    assert lengths == {10, 11, 12}


@pytest.mark.parametrize("text", ["", "   ", "a of the", "72 km", "never without nobody", '"Yellow Fleet"', "北京?"])
@KINDS
def test_without_an_eligible_word_the_case_is_a_noop(operator: Operator, text: str, place: Callable[..., At]) -> None:
    edit = operator.apply(text, place())
    assert (edit.status, edit.value, edit.edits) == ("noop", text, 0)


def test_protection_can_be_switched_off(place: Callable[..., At]) -> None:
    assert typos.char_delete.apply('"Fleet"', place(), protect=False).status == "applied"


@KINDS
def test_no_slip_makes_a_negation_of_another_word(operator: Operator, place: Callable[..., At]) -> None:
    for seed in range(60):
        edited = operator.apply("note ever none-like cannon heave", place(seed=seed), share=1.0).value.split()
        assert not {"not", "never", "cannot", "have", "ever"} & set(edited[:1] + edited[3:])


def test_letters_keep_their_marks_and_other_scripts_work(place: Callable[..., At]) -> None:
    devanagari = "हिन्दुस्तान"
    for operator in (typos.neighbour_swap, typos.char_delete, typos.char_insert):
        edit = operator.apply(devanagari, place())
        assert edit.status == "applied"
        assert edit.value[0] not in "\u093f\u094d"
    assert typos.qwerty_swap.apply("Архангельск", place()).status == "noop"
    assert typos.char_insert.apply("Архангельск", place()).value.isalpha()
