"""Verbs guessed by rule, and what stands on the guess: grammar slips, key-word style, synonyms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robustcore.perturb.edit import At
from robustcore.perturb.language.grammar import verb_at
from robustcore.perturb.language.kinds import is_fixed
from robustcore.perturb.language.synonym_lexicon import SYNONYMS, VERB_SYNONYMS, starts_with_vowel
from robustcore.perturb.language.text import analyse
from robustcore.perturb.language.verbs import VERB_OF, VERBS
from robustcore.perturb.question.keywords import incomplete
from robustcore.perturb.question.slips_of_grammar import grammar_slip
from robustcore.perturb.question.synonym_swap import synonym_wordnet


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("Which line did the county sign with last year?", {"sign": "base"}),
        ("Who owns the ferry that reports the costs?", {"owns": "third", "reports": "third"}),
        ("What was built by the firm?", {"built": "passive"}),
        ("How often has the river flooded or frozen?", {"frozen": "perfect"}),
        ("Who founded it and what caused the report?", {"caused": "past"}),
        ("What is the cost of the report and its name?", {}),
        ("Did Mark name the ship?", {"name": "base"}),
        (
            "Where did the former head receive the letter that was given to him?",
            {"receive": "base", "given": "passive"},
        ),
        ("How much does a newly hired worker get?", {"hired": "past", "get": "base"}),
        ("Who was the man that sold the ferry?", {"sold": "past"}),
    ],
)
def test_verbs_and_their_roles(text: str, verbs: dict[str, str]) -> None:
    words = analyse(text, ()).words
    found = {word.text: verb_at(words, index) for index, word in enumerate(words)}
    assert {word: verb[1] for word, verb in found.items() if verb} == verbs


@pytest.mark.parametrize(
    ("base", "forms"),
    [
        ("carry", "carries carried carried carrying"),
        ("stop", "stops stopped stopped stopping"),
        ("agree", "agrees agreed agreed agreeing"),
        ("die", "dies died died dying"),
        ("go", "goes went gone going"),
        ("begin", "begins began begun beginning"),
        ("play", "plays played played playing"),
    ],
)
def test_forms_follow_the_spelling_rules(base: str, forms: str) -> None:
    assert " ".join(VERB_OF[base][1:]) == forms


def test_key_word_style_at_severity_one_keeps_names_and_nouns(place: Callable[..., At]) -> None:
    edit = incomplete.apply("Which of the northern counties signed a contract with the Skarvold Line, then?", place())
    assert edit.value == "northern counties contract Skarvold Line"
    assert incomplete.gated


def test_key_word_style_drops_the_stated_share_and_order_words_last(place: Callable[..., At]) -> None:
    text = "Who quickly bought the most ships before winter?"  # spare: who quickly bought the | most before
    for seed in range(20):
        assert incomplete.apply(text, place(0.25, seed=seed)).edits == 2
        assert {"most", "before"} <= set(incomplete.apply(text, place(0.67, seed=seed)).value.split())
    assert incomplete.apply(text, place()).value == "ships winter"


def test_key_word_style_keeps_negations_numbers_and_quotes(place: Callable[..., At]) -> None:
    text = 'Who never signed "The Line of the North" for 72 years?'
    assert incomplete.apply(text, place()).value == 'never "The Line of the North" 72 years'


@pytest.mark.parametrize("text", ["", "Who is it?", "Skarvold ferries"])
def test_key_word_style_without_words_to_spare_or_to_keep_is_a_noop(text: str, place: Callable[..., At]) -> None:
    assert incomplete.apply(text, place()).status == "noop"


def test_grammar_slips_break_agreement_articles_tense_and_prepositions(place: Callable[..., At]) -> None:
    text = "Which of the ferries was in an old harbour, and who owns it, and did they sign?"
    seen: set[str] = set()
    for seed in range(40):
        seen |= set(grammar_slip.apply(text, place(seed=seed), share=1.0).value.replace(",", "").split())
    assert {"were", "own", "on", "at", "a", "for"} <= seen
    assert {"signed?", "signs?"} & seen


def test_grammar_slips_are_a_share_of_all_words(place: Callable[..., At]) -> None:
    text = "Which of the old ferries was in a harbour at night?"  # 11 words
    for severity, edits in ((0.25, 1), (0.5, 2), (1.0, 3)):
        assert grammar_slip.apply(text, place(severity)).edits == edits


def test_no_slip_touches_negations_quotes_or_answers(place: Callable[..., At]) -> None:
    text = 'Who was not in "The House of the Sun" at the Isle of Man?'
    for seed in range(30):
        edited = grammar_slip.apply(text, place(seed=seed, answers="the Isle of Man"), share=1.0).value
        assert " not " in edited
        assert '"The House of the Sun"' in edited
        assert "the Isle of Man" in edited


def test_without_a_place_for_a_slip_the_case_is_a_noop(place: Callable[..., At]) -> None:
    assert grammar_slip.apply("Skarvold ferries?", place()).status == "noop"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Which firm purchased ferries?", {"Which company bought ferries?"}),
        ("Who made an error?", {"Who produced a mistake?"}),
        ("What did it purchase?", {"What did it buy?"}),
        ("Who was chosen?", {"Who was selected?"}),
    ],
)
def test_synonyms_follow_number_tense_and_article(text: str, expected: set[str], place: Callable[..., At]) -> None:
    edit = synonym_wordnet.apply(text, place(), share=1.0)
    assert edit.value in expected
    assert synonym_wordnet.gated


def test_names_quotes_and_answers_are_not_replaced(place: Callable[..., At]) -> None:
    text = 'Did Big Town sell the "old company" to a famous ally?'
    for seed in range(20):
        edited = synonym_wordnet.apply(text, place(seed=seed, answers="famous ally"), share=1.0)
        assert edited.status == "noop"


def test_every_synonym_of_a_verb_is_a_verb_and_no_word_is_its_own_synonym() -> None:
    assert len({verb.base for verb in VERBS}) == len(VERBS)
    for base, others in VERB_SYNONYMS.items():
        assert all(VERB_OF[word].base == word for word in (base, *others)), base
    for table in (SYNONYMS, VERB_SYNONYMS):
        for word, others in table.items():
            assert word not in others
            assert not is_fixed(word), word
    assert len(SYNONYMS) > 500


def test_articles_go_by_sound() -> None:
    assert all(starts_with_vowel(word) for word in ("error", "hour", "Island", "honest", "umbrella"))
    assert not any(starts_with_vowel(word) for word in ("union", "European", "once", "house", "used"))
