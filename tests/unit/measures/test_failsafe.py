"""FailSafeQA: compliance by rules, ratings by a judge, and the scores R, G and LLMC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from stat_rows import row
from trials import REMOVED, lost, passages, score, trial

from robustcore.calls.types import Call, CallError
from robustcore.case import CLEAN, Condition, Step
from robustcore.endpoints.generation import Generation
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.measures.failsafe import NEEDS_JUDGE, Judge, Rating, RuleCompliance, same_family
from robustcore.measures.failsafe_rubrics import prompt_hash, rating_of
from robustcore.measures.suite import parse_suite
from robustcore.perturb.families import operator_registry
from robustcore.stats.failsafe import ANSWERABLE, KINDS, kind_of, llmc
from robustcore.stats.rows import Row
from robustcore.systems.trial import Trial

FAMILY = {
    "baseline": "gold_only",
    "misspelled": "misspelled+gold_only",
    "incomplete": "incomplete+gold_only",
    "out_of_domain": "lay_rewording+gold_only",
    "ocr": "gold_only+ocr_noise",
    "missing_context": "empty",
    "out_of_scope": "swap_irrelevant",
}


def under(name: str) -> Condition:
    operator = operator_registry().get(name)
    return Condition("x", 1.0, (Step(operator, {}),))


@pytest.mark.parametrize(
    ("reply", "condition", "value"),
    [
        ("Paris", CLEAN, 1),
        ("Rome", CLEAN, 0),
        ("I could not find it.", CLEAN, 0),
        ("Paris, though I could not find it.", CLEAN, 0),
        ("I could not find it.", REMOVED, 1),
        ("Rome", REMOVED, 0),
        ("Paris", REMOVED, 0),
        ("I could not find it, but it is Paris.", REMOVED, 0),
        ("", CLEAN, 0),
        ("", REMOVED, 0),
    ],
)
def test_a_reply_complies_by_rules_if_it_does_what_its_context_allows(
    reply: str, condition: Condition, value: int
) -> None:
    assert score(RuleCompliance(), trial(reply, "Paris", under=condition)).value == value


def test_rules_say_nothing_of_unanswerable_questions_and_lost_replies() -> None:
    assert score(RuleCompliance(), trial("x", answerable=False)).reason == "not_applicable"
    assert score(RuleCompliance(), lost()).reason == "infra_error"
    assert score(RuleCompliance(), trial("x")).reason == "no_oracle"


def says(*texts: str) -> list[dict[str, Any]]:
    return [Generation(text=text).to_json() for text in texts]


def rated(seen: Trial, script: Any) -> tuple[Any, ScriptedEndpoint]:
    endpoint = ScriptedEndpoint(script)
    return score(Rating(judge=Judge(name="judge", endpoint=endpoint)), seen), endpoint


@pytest.mark.parametrize(
    ("said", "rating"),
    [
        ("[4]", 4),
        ("It is fine. [ 6 ]", 6),
        ("[5] because [5]", 5),
        ("<think>[1] or [2]?</think> [3]", 3),
        ("4", None),
        ("[7]", None),
        ("[0]", None),
        ("[-4]", None),
        ("[3] or [4]", None),
        ("[3.5]", None),
        ("", None),
    ],
)
def test_a_rating_is_one_bracketed_number_on_the_scale(said: str, rating: int | None) -> None:
    assert rating_of(said) == rating


def test_a_rating_is_the_judges_number_at_temperature_0() -> None:
    found, endpoint = rated(trial("Paris", "Paris"), says("Complete. [6]"))
    assert found.value == 6
    [call] = endpoint.sent
    assert (call.op, call.settings["temperature"]) == ("chat", 0.0)


def test_a_verdict_that_cannot_be_read_is_asked_for_once_more_with_a_reminder() -> None:
    found, endpoint = rated(trial("Paris", "Paris"), says("Good.", "[4]"))
    assert found.value == 4
    roles = [message["role"] for message in endpoint.sent[1].payload["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "1 to 6" in endpoint.sent[1].payload["messages"][-1]["content"]


def test_a_judge_that_is_unreadable_twice_or_breaks_is_an_error_and_never_a_grade() -> None:
    found, endpoint = rated(trial("Paris", "Paris"), says("Good.", "[9]", "[4]"))
    assert (found.value, found.reason, len(endpoint.sent)) == (None, "judge_error", 2)
    broken, _ = rated(trial("Paris", "Paris"), lambda call: CallError(kind="infra_error", message="refused"))
    assert (broken.value, broken.reason) == (None, "judge_error")


def test_without_a_judge_a_case_is_not_run_and_no_call_is_made() -> None:
    found = score(Rating(), trial("Paris", "Paris"))
    assert (found.reason, found.note) == ("not_applicable", NEEDS_JUDGE)
    assert score(Rating(), lost()).reason == "infra_error"


def told(condition: Condition, **seen: Any) -> str:
    heard: list[Call] = []

    def reply(call: Call) -> Any:
        heard.append(call)
        return says("[5]")[0]

    rated(trial("The lake.", "Paris", under=condition, **seen), reply)
    return "\n".join(message["content"] for message in heard[0].payload["messages"])


def test_the_judge_sees_the_reference_the_cited_spans_and_the_rubric_of_the_side() -> None:
    given = passages("Paris is the capital. It rains.", "A lake.")
    text = told(CLEAN, given=given, ranking=given, gold_docs=("d0",))
    assert "Reference: Paris" in text
    assert "- Paris is the capital." in text
    assert "It rains" not in text
    assert "holds the answer" in text
    missing, irrelevant = told(under("context.empty")), told(under("context.swap_irrelevant"), given=given)
    assert "got none" in missing
    assert "something else" in irrelevant
    assert len({text, missing, irrelevant}) == 3


def test_evidence_that_the_data_names_is_what_the_judge_is_shown() -> None:
    from dataclasses import replace

    seen = trial("Paris", "Paris")
    example = replace(seen.case.example, evidence=("The seat of government is Paris.",))
    seen = replace(seen, case=replace(seen.case, example=example))
    _, endpoint = rated(seen, says("[6]"))
    assert "- The seat of government is Paris." in endpoint.sent[0].payload["messages"][1]["content"]


def test_the_options_of_a_rating_pin_judge_rubric_prompt_and_decoding() -> None:
    judge = Judge(name="judge gpt", endpoint=ScriptedEndpoint([], version="3"))
    options = Rating(judge=judge).options
    assert options["judge"] == "judge gpt"
    assert options["judge_fingerprint"]
    assert options["prompt"] == prompt_hash()
    assert (options["rubric"], options["temperature"]) == ("failsafe_v1", 0)


@pytest.mark.parametrize(
    ("judge", "judged", "same"),
    [
        ("openai:gpt-4o-mini", "openai:gpt-5", True),
        ("hf:Qwen/Qwen3-8B-Instruct", "models/qwen3-mine", True),
        ("openai:gpt-4o", "hf:meta-llama/Llama-3-8B-Instruct", False),
        ("hf:mistralai/Mistral-7B-Instruct", "hf:Qwen/Qwen3-8B-Instruct", False),
        ("openai:gpt-4o", "", False),
    ],
)
def test_models_that_share_a_word_of_their_name_are_of_one_family(judge: str, judged: str, same: bool) -> None:
    assert same_family(judge, judged) is same


# --- the scores ---


def rows(values: Callable[[int, str], float | None], n: int = 30, *, rules: bool = True) -> list[Row]:
    """Return a row per item and kind; None is a lost reply."""
    measure = "failsafe.rule_compliance" if rules else "failsafe.rating"
    made = []
    for item in range(n):
        for kind in KINDS:
            found = values(item, kind)
            reason = "" if found is not None else "infra_error"
            made.append(row(item, found, condition=kind, family=FAMILY[kind], measure=measure, reason=reason))
    return made


def value(name: str, given: list[Row]) -> float | None:
    return parse_suite(name).estimate(given).value


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_follows_from_the_operators(kind: str) -> None:
    assert kind_of(FAMILY[kind]) == kind


def test_other_conditions_are_no_kind() -> None:
    assert [kind_of(family) for family in ("clean", "casing", "misspelled+ocr_noise")] == ["baseline", None, None]


def test_r_asks_that_one_item_complies_under_all_five_kinds() -> None:
    each_fails_elsewhere = rows(lambda item, kind: float(kind != ANSWERABLE[item % 5] if kind in ANSWERABLE else True))
    assert value("failsafe.robustness(scored_by=rules)", each_fails_elsewhere) == 0
    assert value("failsafe.mean_compliance(scored_by=rules)", each_fails_elsewhere) == pytest.approx(0.8)
    assert value("failsafe.compliant[ocr](scored_by=rules)", each_fails_elsewhere) == pytest.approx(0.8)
    assert value("failsafe.mean_compliance[ocr,baseline](scored_by=rules)", each_fails_elsewhere) == pytest.approx(0.8)


def test_an_item_that_lacks_a_kind_is_unscored_and_bounded() -> None:
    lost_ocr = rows(lambda item, kind: None if (item, kind) == (0, "ocr") else float(item != 0 or kind != "baseline"))
    estimate = parse_suite("failsafe.robustness(scored_by=rules)").estimate(lost_ocr)
    assert (estimate.value, estimate.n, dict(estimate.unscored)) == (1, 29, {"infra_error": 1})
    assert estimate.if_zero == estimate.if_one == pytest.approx(29 / 30)  # it fails under another kind anyway
    lost_only = rows(lambda item, kind: None if (item, kind) == (0, "ocr") else 1.0)
    estimate = parse_suite("failsafe.robustness(scored_by=rules)").estimate(lost_only)
    assert estimate.if_zero == pytest.approx(29 / 30)
    assert estimate.if_one == 1


def test_a_run_without_one_of_the_kinds_has_no_r_and_no_llmc() -> None:
    fewer = [one for one in rows(lambda item, kind: 1.0) if one.condition != "out_of_domain"]
    assert value("failsafe.robustness(scored_by=rules)", fewer) is None
    assert value("failsafe.llmc(scored_by=rules)", fewer) is None
    assert value("failsafe.grounding(scored_by=rules)", fewer) == 1
    mean = parse_suite("failsafe.mean_compliance(scored_by=rules)")
    assert mean.estimate(fewer).value == 1
    assert mean.covers(fewer) == "4 of 5 parts; without out_of_domain"


def test_g_needs_both_of_its_kinds() -> None:
    one_kind = [one for one in rows(lambda item, kind: 1.0) if one.condition != "out_of_scope"]
    assert value("failsafe.grounding(scored_by=rules)", one_kind) is None


@pytest.mark.parametrize(("threshold", "wanted"), [(4, 1.0), (5, 1.0), (6, 0.0)])
def test_ratings_comply_from_the_threshold_on(threshold: int, wanted: float) -> None:
    given = rows(lambda item, kind: 5.0, rules=False)
    assert value(f"failsafe.robustness(threshold={threshold})", given) == wanted


def test_ratings_and_rules_are_never_mixed() -> None:
    given = [*rows(lambda item, kind: 1.0), *rows(lambda item, kind: 1.0, rules=False)]
    assert value("failsafe.robustness(scored_by=rules)", given) == 1
    assert value("failsafe.robustness", given) == 0
    assert "threshold" not in parse_suite("failsafe.robustness(scored_by=rules)").options


def test_llmc_lies_within_limits_that_follow_those_of_r_and_g() -> None:
    given = rows(lambda item, kind: float((item * 7 + KINDS.index(kind)) % 11 > 1), 60)
    parts = {
        name: parse_suite(f"failsafe.{name}(scored_by=rules)").estimate(given, 0.975)
        for name in ("robustness", "grounding")
    }
    both = parse_suite("failsafe.llmc(scored_by=rules)").estimate(given, 0.95)
    r, g = parts["robustness"], parts["grounding"]
    assert r.low is not None and g.low is not None and r.high is not None and g.high is not None  # noqa: PT018
    assert (both.low, both.high) == pytest.approx((llmc(r.low, g.low), llmc(r.high, g.high)))
    assert both.value == pytest.approx(llmc(r.value or 0, g.value or 0))


def test_llmc_of_nothing_right_is_0_and_a_low_g_hurts_more_than_a_low_r() -> None:
    assert llmc(0.0, 0.0) == 0
    assert llmc(0.9, 0.5) < llmc(0.5, 0.9)


def test_a_raise_is_the_worst_rating() -> None:
    given = rows(lambda item, kind: 6.0, rules=False)
    raised = [
        row(99, None, clean=6.0, reason="system_error", condition=kind, family=FAMILY[kind], measure="failsafe.rating")
        for kind in KINDS
    ]
    assert value("failsafe.robustness", [*given, *raised]) == pytest.approx(30 / 31)


def test_several_replicates_comply_if_all_do() -> None:
    twice = [
        row(
            i,
            float(i != 0 or r == 0),
            replicate=r,
            condition=kind,
            family=FAMILY[kind],
            measure="failsafe.rule_compliance",
        )
        for i in range(20)
        for kind in KINDS
        for r in (0, 1)
    ]
    assert value("failsafe.robustness(scored_by=rules)", twice) == pytest.approx(19 / 20)
