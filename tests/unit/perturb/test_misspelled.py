"""FailSafeQA's misspellings: the mixture is met and checked, and the lists hold what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.records import Corpus
from robustcore.keys import rng_of, seed_of
from robustcore.perturb.edit import At
from robustcore.perturb.language.confusables import CONFUSABLES
from robustcore.perturb.language.kinds import is_fixed
from robustcore.perturb.language.misspellings import MISSPELLINGS
from robustcore.perturb.question.misspelled import MIXTURE, kinds_of, misspelled, mixture_problem

QUESTION = "Which northern counties signed contracts with several ferry companies before early winter?"


@pytest.mark.parametrize("severity", [0.5, 1.0])
def test_the_mixture_is_met_within_five_points_on_the_bundled_questions(severity: float) -> None:
    edits = []
    for name in ("handbook", "encyclopedia", "annual-reports"):
        for example in bundled_dataset(name).examples:
            rng = rng_of(seed_of(example.id, severity))
            at = At(severity=severity, rng=rng, example=example, corpus=Corpus())
            edits.append(misspelled.apply(example.question, at))
    counts = kinds_of(edits)
    assert counts.total() == sum(edit.edits for edit in edits) > 400
    assert mixture_problem(counts) == ""


def test_a_mixture_that_is_off_is_named_and_too_few_edits_are_not_judged() -> None:
    skewed = Counter(split=70, joined=50, confused=40, misspelt=40)
    assert mixture_problem(skewed) == ""
    off = mixture_problem(Counter(split=150, joined=50, confused=0, misspelt=0))
    assert "split 75.0%, not 31.7%" in off
    assert "joined" not in off
    assert "confused 0.0%, not 23.2%" in off
    assert mixture_problem(Counter(split=10, joined=0)) == ""
    assert sum(MIXTURE.values()) == pytest.approx(1)


def test_each_kind_does_what_it_says_and_the_note_counts_it(place: Callable[..., At]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(120):
        edit = misspelled.apply(QUESTION, place(0.25, seed=seed))
        before, after = QUESTION.rstrip("?").split(), edit.value.rstrip("?").split()
        kind, count = edit.note.split()
        assert (count, edit.edits) == ("1", 1)
        seen[kind] += 1
        if kind == "split":
            assert len(after) == len(before) + 1
        elif kind == "joined":
            assert len(after) == len(before) - 1
        else:
            [(old, new)] = [(a.lower(), b.lower()) for a, b in zip(before, after, strict=True) if a != b]
            assert new in (CONFUSABLES if kind == "confused" else MISSPELLINGS)[old]
        if kind in ("split", "joined"):
            assert edit.value.replace(" ", "") == QUESTION.replace(" ", "")
    assert set(seen) == set(MIXTURE)


def test_no_word_is_edited_twice_and_capitals_are_kept(place: Callable[..., At]) -> None:
    for seed in range(40):
        edit = misspelled.apply("THEIR Principal Received Business", place(seed=seed), share=1.0)
        assert edit.edits <= 4
        for word in edit.value.split():
            assert word[0].isupper() or "split" in edit.note


def test_nothing_joins_or_splits_into_a_negation_unit_or_number(place: Callable[..., At]) -> None:
    for seed in range(100):
        edit = misspelled.apply("another notable tension cannibal", place(seed=seed), share=1.0)
        assert not any(is_fixed(word) for word in edit.value.split())


def test_numbers_units_negations_and_quotes_are_never_joined(place: Callable[..., At]) -> None:
    text = 'Who never carried "granite blocks" over 72 miles without permission?'
    for seed in range(60):
        words = misspelled.apply(text, place(seed=seed), share=1.0).value
        for kept in (" never ", ' "granite blocks" ', " 72 miles without "):
            assert kept in words


@pytest.mark.parametrize("text", ["", "who?", "72 km", "of the"])
def test_without_an_eligible_word_the_case_is_a_noop(text: str, place: Callable[..., At]) -> None:
    assert misspelled.apply(text, place()).status == "noop"


def test_the_lists_hold_no_protected_word_and_no_word_as_its_own_mistake() -> None:
    for table in (CONFUSABLES, MISSPELLINGS):
        for word, others in table.items():
            assert not any(is_fixed(text) for text in (word, *others)), word
            assert word not in others
            assert word == word.lower()
    assert not {word for others in MISSPELLINGS.values() for word in others} & set(MISSPELLINGS)
    assert len(MISSPELLINGS) > 1500
    assert len(CONFUSABLES) > 600
