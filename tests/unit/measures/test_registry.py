"""Measures by name."""

from __future__ import annotations

import re

import pytest

from robustcore.errors import InputError, UnknownNameError
from robustcore.measures.answers import AnswerCorrect, AnswerF1
from robustcore.measures.other_names import OTHER_NAMES, called_here
from robustcore.measures.registry import measure_names, measure_registry, parse_measure

LOWER = {
    "canary_emitted",
    "deletion.leak",
    "deletion.retrieved",
    "distractor_citation_rate",
    *(
        "misled",
        "over_refusal",
        "unsupported_answer",
        "certificate_violation",
        "cert.displacement",
        "style.os",
        "style.crossed",
        "parrot.followed",
        "parrot.p_asserted",
    ),
    "answer_changed",
    "fabricated_result",
    "injection_followed",
    "over_trust",
    "step_limit_hit",
    "time_limit_hit",
    "tool_hung",
    "trajectory.distance",
    "trajectory.extra_steps",
    "trajectory.loop",
    "unsafe_action",
    *(f"rank.{name}" for name in ("top1_changed", "topk_changed", "kendall_distance", "rank_gain", "boosted")),
    *("rank.gold_rank", "rank.stale", "rank.doubled_fell", "der2.error"),
}


@pytest.mark.parametrize(
    "name",
    [
        *measure_names(),
        "answer_correct(matcher=rare_2025_06)",
        "answer_correct(min_pred_share=0.8)",
        "answer_correct(matcher=rare_2025_06, min_pred_share=0.8)",
        "abstained(phrases=rare_2025_06)",
        "supported(threshold=0.6)",
    ],
)
def test_a_canonical_name_reads_back_to_an_equal_measure(name: str) -> None:
    measure = parse_measure(name)
    assert measure.name == name
    assert parse_measure(measure.name) == measure


def test_options_at_their_defaults_leave_no_trace_in_the_name() -> None:
    assert parse_measure(" answer_correct( matcher = 'robust_v1' ) ") == AnswerCorrect()


def test_an_unknown_name_gets_the_closest_one_and_the_likely_choices() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'answer_correct'") as caught:
        parse_measure("answer_corect")
    assert "choices: answer_correct, answer_changed, answer_f1, " in str(caught.value)
    with pytest.raises(UnknownNameError, match="`pytest-robust measures` lists them all"):
        parse_measure("zzz")


@pytest.mark.parametrize(
    ("other", "ours"),
    [
        ("faithfulness", "supported"),
        ("Hallucination Rate", "supported"),
        ("accuracy", "answer_correct"),
        ("exact-match", "answer_correct"),
        ("refusal", "abstained"),
        ("ndcg@3", "nDCG@3"),
        ("recall@20", "R@20"),
        ("context_recall", "R@5"),
        ("hit_rate@1", "Success@1"),
        ("map@5", "AP"),
        ("kendall_distance", "rank.kendall_distance"),
    ],
)
def test_what_others_call_a_measure_is_refused_with_its_name_here(other: str, ours: str) -> None:
    """No name may mean a measure of one paper by chance, as ``accuracy`` meant certified accuracy."""
    with pytest.raises(UnknownNameError, match=re.escape(f"did you mean '{ours}'?")) as caught:
        parse_measure(other)
    assert f"choices: {ours}, " in str(caught.value)


def test_other_names_lead_to_measures_there_are_and_take_no_name_away() -> None:
    assert {parse_measure(ours).name for ours in OTHER_NAMES.values()} == {*OTHER_NAMES.values()}
    assert not {*OTHER_NAMES} & {*measure_names()}
    assert called_here("answer_correct") == called_here("zzz@5") == ""


def test_bad_options_are_all_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_measure("answer_correct(macher=x, min_pred_share=much, robust_v1)")
    assert len(caught.value.problems) == 3
    assert "did you mean 'matcher'" in str(caught.value)
    assert "min_pred_share must be a float" in str(caught.value)


def test_a_measure_without_options_refuses_any() -> None:
    with pytest.raises(InputError, match="answer_f1 has no option"):
        parse_measure("answer_f1(k=3)")


def test_an_application_can_add_a_measure() -> None:
    class Own(AnswerF1):
        base = "own"

    registry = measure_registry()
    registry.add("own", Own)
    assert parse_measure("own", registry).name == "own"


@pytest.mark.parametrize("name", measure_names())
def test_every_measure_states_its_options_as_json_its_status_and_direction(name: str) -> None:
    import json

    measure = parse_measure(name)
    assert json.loads(json.dumps(dict(measure.options))) == dict(measure.options)
    assert measure.status in ("PAPER", "REPORTED", "STANDARD", "OURS")
    assert measure.higher_is_better == (name not in LOWER)
    assert isinstance(measure.binary, bool)
