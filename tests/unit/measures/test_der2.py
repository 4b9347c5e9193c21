"""DeR2 by case and as suites: the graders of items, the verdict of a judge, names, options, thresholds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from stat_rows import row
from trials import lost, score, trial

from robustcore.calls.types import CallError
from robustcore.endpoints.generation import Generation
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.errors import InputError
from robustcore.gates.plan import unreachable
from robustcore.gates.types import Gate
from robustcore.measures.der2 import Concepts, Error, Grade, OfJudge, Rating
from robustcore.measures.der2_rubric import Judged, judged_of, messages, prompt_hash
from robustcore.measures.judging import NEEDS_JUDGE, Judge
from robustcore.measures.registry import parse_measure
from robustcore.measures.suite import parse_suite
from robustcore.systems.trial import Trial

CONCEPTS = ("The levy is 3 a crate.", "Half of it is waived in spring.")


def item(reply: str, *golds: str, grader: dict[str, Any] | None = None, concepts: tuple[str, ...] = CONCEPTS) -> Trial:
    seen = trial(reply, *(golds or ("12",)), question="What is due for 8 crates in spring?")
    example = replace(seen.case.example, concepts=concepts, grader=grader or {}, steps=("24 are due.", "12 are left."))
    return replace(seen, case=replace(seen.case, example=example))


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("24, of which half is waived.\nAnswer: 12", 1),
        ("12 for half of it.\nAnswer: 24", 0),
        ("It is 24 and then\n12", 1),
        ("12 first.\n24 in the end", 0),
        ("", 0),
    ],
)
def test_without_a_grader_the_final_answer_counts(reply: str, value: float) -> None:
    assert score(Grade(), item(reply)).value == value


def test_an_items_own_grader_decides_where_it_has_one() -> None:
    said = "12 is the answer.\nThank you for asking."
    assert score(Grade(), item(said)).value == 0
    assert score(Grade(), item(said, grader={"kind": "answer_correct"})).value == 1
    rules = {"kind": "rules", "rules": [{"rule": "excludes", "texts": ["thank you"]}]}
    assert score(Grade(), item(said, grader=rules)).value == 0


def test_what_cannot_be_graded_says_why() -> None:
    assert score(Grade(), item("12", concepts=())).reason == "not_applicable"
    assert score(Grade(), item("12", "...")).reason == "no_oracle"
    assert score(Grade(), lost()).reason == "infra_error"


def line(**changes: Any) -> str:
    return json.dumps({"score": 0.5, "used": [1], "other": 1, "errors": ["MC", "R"], **changes})


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (line(), Judged(score=0.5, used=(1,), other=1, errors=("MC", "R"))),
        (
            f"<think>{line(score=1)}</think> I think\n{line(score=0)}",
            Judged(score=0, used=(1,), other=1, errors=("MC", "R")),
        ),
        (f"{line(score=0)} no, {line(used=[2, 1], errors=[])}", Judged(score=0.5, used=(2, 1), other=1, errors=())),
        (line(score=1, errors=["NF"]), Judged(score=1, used=(1,), other=1, errors=())),
        (line(score=0.6), None),
        (line(score=True), None),
        (line(score="0.5"), None),
        (line(used=[3]), None),
        (line(used=[1, 1]), None),
        (line(used=[True]), None),
        (line(other=-1), None),
        (line(errors=["MC", "R", "NF"]), None),
        (line(errors=["XX"]), None),
        (line(more=1), None),
        ('{"score": 0.5}', None),
        ("0.5", None),
        ("", None),
    ],
)
def test_a_verdict_is_read_or_refused_and_never_guessed(said: str, found: Judged | None) -> None:
    assert judged_of(said, 2) == found


def judged(measure: OfJudge, *said: str | CallError, reply: str = "Answer: 12") -> tuple[Any, ScriptedEndpoint]:
    endpoint = ScriptedEndpoint([one if isinstance(one, CallError) else Generation(text=one).to_json() for one in said])
    return score(measure.judged_by(Judge(name="j", endpoint=endpoint)), item(reply)), endpoint


def test_all_measures_of_a_judge_read_one_verdict() -> None:
    found = [
        judged(measure, line())[0].value
        for measure in (
            Rating(),
            *(Concepts(count=c) for c in ("used", "missed", "other")),
            *map(label, ["MC", "UC", "R", "NF"]),
        )
    ]
    assert found == [0.5, 1, 1, 1, 1, 0, 1, 0]


def label(name: str) -> Error:
    return Error(label=name)


def test_an_unreadable_verdict_is_asked_for_once_more_and_is_then_an_error() -> None:
    again, endpoint = judged(Rating(), "good", line(score=0.75))
    assert again.value == 0.75
    assert endpoint.sent[1].payload["messages"][-1]["content"].startswith("I could not read that")
    never, endpoint = judged(Rating(), "good", "very good")
    assert (never.value, never.reason, len(endpoint.sent)) == (None, "judge_error", 2)
    broken, _ = judged(Rating(), CallError(kind="infra_error", message="down"))
    assert broken.reason == "judge_error"


def test_without_a_judge_nothing_is_imitated() -> None:
    found = score(Rating(), item("12"))
    assert (found.value, found.reason, found.note) == (None, "not_applicable", NEEDS_JUDGE)


def test_the_judge_sees_task_reference_steps_and_concepts_and_no_regime() -> None:
    seen = item("I say 12")
    assert seen.answer is not None
    asked = messages(seen.case.example, seen.answer)
    assert [message["role"] for message in asked] == ["system", "user"]
    text = "\n".join(message["content"] for message in asked)
    for part in ("8 crates", "1. 24 are due.", "2. Half of it is waived", "<reply>\nI say 12\n</reply>"):
        assert part in text
    assert "regime" not in text


def test_names_read_back_and_options_are_stored() -> None:
    for name in ("der2.grade", "der2.rating", "der2.concepts(count=other)", "der2.error(label=NF)"):
        assert parse_measure(name).name == name
    assert Rating().options["prompt"] == prompt_hash()
    with pytest.raises(InputError, match="label cannot be 'XX'"):
        Error(label="XX")


@pytest.mark.parametrize(
    "name",
    [
        "der2.score[full_set]",
        "der2.rloss(scored_by=grader)",
        "der2.load_loss[0.5]",
        "der2.noise_loss(scale=100)",
        "der2.mode_switch_share",
        "der2.concept_recall[related_only]",
        "der2.error_rate[MC,full_set]",
    ],
)
def test_suites_read_back(name: str) -> None:
    assert parse_suite(name).name == name
    assert parse_suite(name).parts()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("der2.score", "1 name belong"),
        ("der2.score[full]", "did you mean 'full_set'"),
        ("der2.rloss[full_set]", "0 name"),
        ("der2.load_loss[1]", "no share of the noise"),
        ("der2.load_loss[half]", "no share of the noise"),
        ("der2.error_rate[full_set,MC]", "cannot stand in brackets"),
        ("der2.rloss(scale=10)", "scale must be 1 or 100"),
        ("der2.rloss(scored_by=hand)", "scored_by cannot be"),
    ],
)
def test_a_suite_that_cannot_be_says_why(name: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong.replace("(", r"\(")):
        parse_suite(name)


def test_error_rates_and_precision_are_of_one_regime() -> None:
    def counted(measure: str, value: float, family: str) -> list[Any]:
        return [row(i, value, measure=measure, family=family, condition=family) for i in range(30)]

    rows = [
        *counted("der2.error", 1, "full_set"),
        *counted("der2.error", 0, "related_only"),
        *counted("der2.concepts", 1, "full_set"),
        *counted("der2.concepts(count=other)", 3, "full_set"),
        *counted("der2.concepts(count=missed)", 1, "full_set"),
    ]
    values = {
        name: parse_suite(name).estimate(rows).value
        for name in (
            *("der2.error_rate[MC,full_set]", "der2.error_rate[MC,related_only]", "der2.error_rate[MC,concepts_only]"),
            *("der2.concept_precision[full_set]", "der2.concept_recall[full_set]"),
        )
    }
    assert list(values.values()) == [1, 0, None, 0.25, 0.5]
    assert parse_suite("der2.concept_recall[full_set]").complete(rows)
    assert not parse_suite("der2.error_rate[MC,concepts_only]").complete(rows)


def test_a_gate_on_a_gap_is_planned_as_a_drop_and_one_on_the_mode_switch_not_at_all() -> None:
    def needs(measure: str, *, at_least: float | None = None, at_most: float | None = None) -> float | None:
        return unreachable(Gate(name=measure, measure=measure, at_least=at_least, at_most=at_most), 5)

    share, drop = needs("der2.noise_loss", at_most=0.1), needs("drop_abs(answer_correct)", at_most=0.1)
    assert share == drop is not None
    assert needs("der2.noise_loss(scale=100)", at_most=10) == share
    assert needs("der2.knowledge_loss", at_least=0.001) == 6
    assert needs("der2.mode_switch_fragile", at_most=0) is None
