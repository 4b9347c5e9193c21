"""Look-alike letters: the table's flags are true, and what the two operators make of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from robustcore.perturb.base import At
from robustcore.perturb.lookalikes import STABLE, UNSTABLE, homoglyph, look_alikes, typo_composite
from robustcore.perturb.retries import candidates

QUESTION = "Which northern counties signed contracts with several ferry companies before early winter?"


def test_nfkc_keeps_every_stable_look_alike_and_undoes_every_other_one() -> None:
    for letter, others in STABLE.items():
        assert letter not in others
        assert all(unicodedata.normalize("NFKC", other) == other for other in others)
    for letter, others in UNSTABLE.items():
        assert [unicodedata.normalize("NFKC", other) for other in others] == [letter, letter]


def test_look_alikes_keep_the_case_and_are_letters_of_another_script() -> None:
    for letter, others in look_alikes(True).items():
        for other in others:
            assert letter.isupper() == other.isupper()
            scripts = {unicodedata.name(char).split()[0] for char in (letter, other)}
            assert len(scripts) == 2 or "ɡ" in (letter, other)  # the script g, of the same script and stable


def test_one_letter_of_each_edited_word_is_replaced_by_one_that_nfkc_keeps(place: Callable[..., At]) -> None:
    for seed in range(30):
        edited = homoglyph.apply(QUESTION, place(seed=seed)).value
        changed = [(a, b) for a, b in zip(QUESTION, edited, strict=True) if a != b]
        assert len(changed) == 3
        assert all(b in STABLE[a] for a, b in changed)
        assert unicodedata.normalize("NFKC", edited) == edited


def test_without_stable_some_letters_are_ones_that_a_cleaner_undoes(place: Callable[..., At]) -> None:
    texts = [homoglyph.apply(QUESTION, place(seed=seed), stable=False, share=1.0).value for seed in range(10)]
    assert any(unicodedata.normalize("NFKC", text) != text for text in texts)


def test_cyrillic_words_get_latin_letters_and_scripts_without_look_alikes_are_a_noop(place: Callable[..., At]) -> None:
    edited = homoglyph.apply("столица", place()).value
    assert sum(char.isascii() for char in edited) == 1
    assert homoglyph.apply("हिन्दुस्तान", place()).status == "noop"


def test_the_composite_edits_a_tenth_of_the_eligible_words_at_a_third_with_all_four_slips(
    place: Callable[..., At],
) -> None:
    words = "harbour lantern merchant granite festival museum compass library orchard village"
    kinds = set()
    for seed in range(80):
        edit = typo_composite.apply(words, place(0.33, seed=seed))
        [(before, after)] = [(a, b) for a, b in zip(words.split(), edit.value.split(), strict=True) if a != b]
        assert edit.edits == 1
        kinds.add(
            "deleted"
            if len(after) < len(before)
            else "look-alike"
            if not after.isascii()
            else "swapped"
            if sorted(before) == sorted(after)
            else "keyboard"
        )
    assert kinds == {"deleted", "look-alike", "swapped", "keyboard"}


def test_candidates_start_with_the_operators_own_text_and_repeat_with_the_seed(place: Callable[..., At]) -> None:
    tries = list(candidates(typo_composite, QUESTION, place(0.33, seed=3)))
    assert tries[0] == typo_composite.apply(QUESTION, place(0.33, seed=3))
    assert tries == list(candidates(typo_composite, QUESTION, place(0.33, seed=3)))
    assert len({edit.value for edit in tries}) == len(tries) == 5


def test_candidates_of_a_text_that_cannot_be_edited_are_the_one_noop(place: Callable[..., At]) -> None:
    assert [edit.status for edit in candidates(typo_composite, "72 km", place())] == ["noop"]


def test_candidates_are_all_different_where_few_edits_are_possible(place: Callable[..., At]) -> None:
    values = [edit.value for edit in candidates(homoglyph, "tmtm kmmk", place(0.1), {"share": 0.1}, tries=40)]
    assert len(values) == len(set(values)) < 40
