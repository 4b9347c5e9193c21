"""Measures of one reply: what they say, and when they say nothing."""

from __future__ import annotations

from typing import Any

import pytest
from trials import REMOVED, lost, passages, score, trial

from robustcore.errors import InputError
from robustcore.measures.answers import Abstained, AnswerCorrect, AnswerF1, CitationCorrect, Misled, Passes
from robustcore.measures.matching import is_correct
from robustcore.measures.outcome import (
    Coverage,
    Outcome,
    OverRefusal,
    SelectiveAccuracy,
    UnsupportedAnswer,
    outcome,
)
from robustcore.measures.registry import measure_names, parse_measure


@pytest.mark.parametrize("name", [name for name in measure_names() if "@" not in name])
@pytest.mark.parametrize("kind", ["missing_reply", "infra_error", "system_error"])
def test_a_lost_reply_is_unscored_with_its_own_reason(name: str, kind: str) -> None:
    found = score(parse_measure(name), lost(kind))
    assert (found.value, found.reason, found.note) == (None, kind, "connection reset")


@pytest.mark.parametrize("name", measure_names())
def test_a_skipped_case_is_unscored_with_its_reason(name: str) -> None:
    found = score(parse_measure(name), trial(None, "Paris", skip="noop", note="nothing to change"))
    assert (found.value, found.reason, found.note) == (None, "noop", "nothing to change")


@pytest.mark.parametrize("measure", [AnswerCorrect(), AnswerF1(), CitationCorrect()])
@pytest.mark.parametrize("case", [{"answerable": False}, {"under": REMOVED}], ids=["unanswerable", "evidence removed"])
def test_where_abstention_is_right_correctness_is_not_asked(measure: Any, case: dict[str, Any]) -> None:
    found = score(measure, trial("Paris", "Paris", cites=[("d0", "Paris")], **case))
    assert (found.value, found.reason) == (None, "not_applicable")


def test_a_short_part_of_the_gold_counts_by_the_share_it_covers() -> None:
    assert score(AnswerCorrect(), trial("York", "New York City")).value == 0.0
    assert score(AnswerCorrect(min_pred_share=0.3), trial("York", "New York City")).value == 1.0


def test_any_of_several_golds_is_enough() -> None:
    assert score(AnswerCorrect(), trial("It was Brekke.", "Halvard Brekke", "Brekke")).value == 1.0


@pytest.mark.parametrize("reply", [".", "%", "-", "…"])
def test_a_reply_without_content_is_never_correct(reply: str) -> None:
    assert is_correct(reply, ["3.5 %"]) is False
    assert is_correct(reply, ["3.5 %"], matcher="rare_2025_06") is False


def test_a_gold_of_another_script_has_no_oracle_in_the_compatibility_mode() -> None:
    assert is_correct("3 apples", ["北京 3"], matcher="rare_2025_06") is None


def test_an_unknown_matcher_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="robust_v1"):
        AnswerCorrect(matcher="robust_v2")  # type: ignore[arg-type]


def test_f1_is_the_best_over_golds_and_counts_repeated_tokens_once_each() -> None:
    assert score(AnswerF1(), trial("the red barn", "red barn", "a green house")).value == pytest.approx(4 / 5)
    assert score(AnswerF1(), trial("red red red", "red barn")).value == pytest.approx(2 / 5)
    assert score(AnswerF1(), trial("", "red barn")).value == 0.0


def test_the_systems_own_field_decides_over_its_phrases() -> None:
    assert score(Abstained(), trial("I don't know.")).value == 1.0
    assert score(Abstained(), trial("I don't know.", abstained=False)).value == 0.0
    assert score(Abstained(), trial("Paris", abstained=True)).value == 1.0


def test_an_empty_reply_neither_abstains_nor_is_correct() -> None:
    assert score(Abstained(), trial("")).value == 0.0
    assert score(AnswerCorrect(), trial("", "Paris")).value == 0.0


def test_passes_asks_for_the_answer_or_for_abstention_as_the_case_does() -> None:
    assert score(Passes(), trial("Paris", "Paris")).value == 1.0
    assert score(Passes(), trial("I don't know", "Paris")).value == 0.0
    assert score(Passes(), trial("I don't know", "Paris", under=REMOVED)).value == 1.0
    assert score(Passes(), trial("Paris", answerable=False)).value == 0.0


def test_misled_means_the_planted_value_and_no_gold() -> None:
    assert score(Misled(), trial("It is Lyon.", "Paris", planted="Lyon")).value == 1.0
    assert score(Misled(), trial("Paris, though one source says Lyon.", "Paris", planted="Lyon")).value == 0.0
    assert score(Misled(), trial("Paris", "Paris", planted="Lyon")).value == 0.0
    assert score(Misled(), trial("Nice", "Paris", planted="Lyon")).value == 0.0
    assert score(Misled(), trial("Lyon", "Paris", planted="Lyon", abstained=True)).value == 0.0


def test_without_a_planted_value_nobody_can_be_misled() -> None:
    assert score(Misled(), trial("Lyon", "Paris")).reason == "not_applicable"


def test_a_citation_is_correct_if_the_cited_text_states_the_gold() -> None:
    assert score(CitationCorrect(), trial("Lyon", "Paris", cites=[("d0", "Paris is the capital.")])).value == 1.0
    assert score(CitationCorrect(), trial("Paris", "Paris", cites=[("d0", "Lyon is a city.")])).value == 0.0
    one_of_two = [("d0", "Lyon is a city."), ("d1", "The capital: Paris.")]
    assert score(CitationCorrect(), trial("Paris", "Paris", cites=one_of_two)).value == 1.0


def test_a_citation_by_id_is_looked_up_among_the_passages() -> None:
    given = passages("Lyon is a city.", "Paris is the capital.")
    assert score(CitationCorrect(), trial("x", "Paris", given=given, cites=[("d1", "")])).value == 1.0
    assert score(CitationCorrect(), trial("x", "Paris", given=given, cites=[("d0", "")])).value == 0.0
    assert score(CitationCorrect(), trial("x", "Paris", given=given, cites=[("d9", "")])).reason == "not_applicable"


def test_no_citation_is_not_applicable_and_an_abstention_counts_zero() -> None:
    assert score(CitationCorrect(), trial("Paris", "Paris")).reason == "not_applicable"
    assert score(CitationCorrect(), trial("I don't know", "Paris")).value == 0.0


def test_the_outcome_of_a_reply_has_one_name() -> None:
    assert outcome(trial("Paris", "Paris")) is Outcome.ANSWERED_CORRECT
    assert outcome(trial("Lyon", "Paris")) is Outcome.ANSWERED_WRONG
    assert outcome(trial("I don't know", "Paris")) is Outcome.ABSTAINED
    assert outcome(trial("Not specified, perhaps Paris", "Paris")) is Outcome.HEDGED
    assert outcome(trial("...", "Paris")) is Outcome.EMPTY
    assert outcome(trial("Paris", answerable=False)) is Outcome.ANSWERED_WRONG
    assert outcome(lost()) is None


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        (Coverage(), [1, 1, 0, None, 0, 1]),
        (SelectiveAccuracy(), [1, 0, None, None, None, 0]),
        (OverRefusal(), [0, 0, 1, None, None, None]),
        (UnsupportedAnswer(), [None, None, None, None, 0, 1]),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_rates_on_outcomes_divide_by_what_was_scored(measure: Any, values: list[float | None]) -> None:
    answerable = [trial("Paris", "Paris"), trial("Lyon", "Paris"), trial("I don't know", "Paris"), lost()]
    not_answerable = [trial("I don't know", answerable=False), trial("42", answerable=False)]
    assert [score(measure, one).value for one in (*answerable, *not_answerable)] == values
