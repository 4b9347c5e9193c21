"""Sentences word for word: each says what was seen, on how much, and what was required."""

from __future__ import annotations

from typing import Any

import pytest
from stat_rows import passes

from robustcore.gates.judge import judge
from robustcore.gates.sentence import lost_sentence, not_run_sentence, sentence
from robustcore.gates.types import Gate, VerdictStatus
from robustcore.stats.rows import Estimate

CELL = (("perturbation", "typos"),)
SCOPE = "for questions like these and this generator"


def gate(**settings: Any) -> Gate:
    return Gate(name="g", measure="m", **settings)


def estimate(**settings: Any) -> Estimate:
    given: dict[str, Any] = {"value": 0.81234, "n": 50, "clusters": 50, "method": "the method"}
    return Estimate(**(given | settings))


def test_without_a_value_the_reasons_are_counted_by_name() -> None:
    none = estimate(value=None, unscored={"noop": 2, "invalid_case": 1})
    said = sentence(gate(at_least=0.5), CELL, "inconclusive", none, None)
    assert said == (
        "m under typos has no value: no scored case (invalid_case 1, noop 2); required at least 0.5: inconclusive"
    )
    assert sentence(gate(at_most=0.5), (), "inconclusive", estimate(value=None), None) == (
        "m over all conditions has no value: no scored case; required at most 0.5: inconclusive"
    )


def test_a_hand_written_list_is_told_by_its_value() -> None:
    said = sentence(gate(at_least=0.5, sampled=False), CELL, "passed", estimate(clusters=1, n=1), None)
    assert said == (
        "m under typos is 0.812 (1 question, conditional on these questions); required at least 0.5: passed"
    )


def test_without_an_interval_the_method_says_why() -> None:
    said = sentence(gate(at_least=0.5), CELL, "inconclusive", estimate(n=100), 20)
    assert said == (
        "m under typos is 0.812 on 50 questions, 100 cases; the method; required at least 0.5: inconclusive; "
        "about 20 questions would decide"
    )
    assert "questions would decide" in sentence(gate(at_least=0.5), (), "inconclusive", estimate(low=0.5), 20)
    assert "; the method; required" in sentence(gate(at_least=0.5), (), "inconclusive", estimate(high=0.5), None)
    still = estimate(method="no interval: the clusters do not vary")
    assert sentence(gate(at_least=0.5), (), "inconclusive", still, None) == (
        "m over all conditions is 0.812 on 50 questions; no interval: the clusters do not vary "
        "(split the gate by perturbation and severity, or gate worst_case); required at least 0.5: inconclusive"
    )


@pytest.mark.parametrize(
    ("threshold", "status", "says"),
    [
        ({"at_least": 0.5}, "passed", "is at least 0.700"),
        ({"at_least": 0.95}, "failed", "is at most 0.901"),
        ({"at_most": 0.95}, "passed", "is at most 0.901"),
        ({"at_most": 0.5}, "failed", "is at least 0.700"),
        ({"at_most": 0.8}, "inconclusive", "is 0.812, between 0.700 and 0.901"),
    ],
)
def test_a_limit_is_said_on_the_side_that_decided(
    threshold: dict[str, float], status: VerdictStatus, says: str
) -> None:
    asked = gate(confidence=0.975, **threshold)
    ((side, number),) = threshold.items()
    found = estimate(low=0.7009, high=0.9001)
    assert sentence(asked, CELL, status, found, None) == (
        f"m under typos {says} (97.5% one-sided, 50 questions, the method), {SCOPE}; "
        f"required {side.replace('_', ' ')} {number:g}: {status}"
    )


@pytest.mark.parametrize(
    ("needed", "replicates", "ending"),
    [
        (None, None, ": inconclusive"),
        (80, None, ": inconclusive; about 80 questions would decide"),
        (None, 7, ": inconclusive; about 7 replicates of each case would decide"),
        (80, 7, ": inconclusive; about 80 questions or about 7 replicates of each case would decide"),
    ],
)
def test_what_would_decide_is_said_last(needed: int | None, replicates: int | None, ending: str) -> None:
    found = estimate(low=0.7, high=0.9)
    said = sentence(gate(at_least=0.8), CELL, "inconclusive", found, needed, replicates=replicates)
    assert said.endswith(f"required at least 0.8{ending}")
    none = sentence(gate(at_least=0.8), CELL, "inconclusive", estimate(), needed, replicates=replicates)
    assert none.endswith(f"required at least 0.8{ending}")


def test_a_suite_is_said_over_what_it_rests_on() -> None:
    found = estimate(low=0.7, high=0.9)
    said = sentence(gate(at_least=0.5), CELL, "passed", found, None, covers="five kinds")
    assert said.startswith("m over five kinds is at least 0.700 (95% one-sided")


def test_a_limit_that_is_a_thousandth_is_not_moved_by_rounding() -> None:
    found = estimate(value=0.5, low=0.29, high=0.58)  # 0.29 * 1000 and 0.58 * 1000 are no whole numbers as floats
    assert "between 0.290 and 0.580" in sentence(gate(at_least=0.5), (), "inconclusive", found, None)


def test_lost_cases_are_told_with_the_share_allowed() -> None:
    said = lost_sentence(gate(at_least=0.5, max_unscored=0.05), CELL, {"missing_reply": 3, "infra_error": 4}, 80)
    assert said == (
        "m under typos cannot be judged: 7 of 80 cases lost (infra_error 4, missing_reply 3), "
        "more than the 5% allowed: error"
    )


def test_a_suite_that_is_judged_says_its_parts() -> None:
    name = "failsafe.compliant[baseline](scored_by=rules)"
    given = passes(40, 40, measure="failsafe.rule_compliance", family="gold_only")
    (verdict,) = judge(Gate(name="g", measure=name, at_least=0.5), given)
    assert verdict.sentence.startswith(f"{name} over baseline is at least 0.927 ")


def test_the_share_of_one_family_is_told_with_any() -> None:
    (verdict,) = judge(gate(at_least=0.5, by=("family",)), passes(40, 40, measure="m"))
    assert verdict.sentence.startswith("m under any typos is at least 0.927 ")


def test_a_gate_that_was_not_run_names_its_cell_if_it_has_one() -> None:
    gate = Gate(name="g", measure="answer_correct", at_least=0.5)
    assert not_run_sentence(gate, (), "needs a model") == "answer_correct needs a model"
    cell = (("perturbation", "typos"), ("severity", "0.5"))
    assert not_run_sentence(gate, cell, "needs a model") == "answer_correct under typos at severity 0.5 needs a model"
