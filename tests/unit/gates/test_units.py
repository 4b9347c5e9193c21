"""The rows an expression averages: their mean is the aggregate, and what is lost keeps its reason."""

from __future__ import annotations

import pytest
from stat_rows import pairs, row

from robustcore.gates.expression import parse_expression
from robustcore.gates.units import lower_is_worse, unit_rows
from robustcore.stats.rows import Row


def told(rows: list[Row]) -> list[tuple[str, float | None, str]]:
    return [(one.item, one.value, one.reason) for one in rows]


def test_a_mean_keeps_its_rows() -> None:
    given = [row("a", 1.0), row("b", None, reason="noop")]
    assert unit_rows(parse_expression("answer_correct"), given) == given


@pytest.mark.parametrize(("higher_is_better", "worst"), [(True, 0.0), (False, 1.0)])
def test_a_crash_beside_a_clean_value_is_the_worst_value_of_the_direction(higher_is_better: bool, worst: float) -> None:
    given = [row("a", None, reason="system_error", clean=1.0), row("b", None, reason="system_error")]
    found = unit_rows(parse_expression("m"), given, higher_is_better=higher_is_better)
    assert told(found) == [("a", worst, ""), ("b", None, "system_error")]
    assert told(unit_rows(parse_expression("m"), given))[0] == ("a", 0.0, "")


def test_a_pass_rate_folds_the_replicates_of_a_case() -> None:
    given = [row("a", 1.0), row("a", 0.0, replicate=1), row("b", 1.0), row("b", 1.0, replicate=1)]
    assert told(unit_rows(parse_expression("pass_rate"), given)) == [("a", 0.0, ""), ("b", 1.0, "")]


@pytest.mark.parametrize("text", ["drop_abs(m)", "drop_rel(m)"])
def test_a_drop_is_clean_minus_perturbed_and_a_lost_side_gives_its_reason(text: str) -> None:
    given = [
        *pairs([(1.0, 0.25), (0.5, 1.0)]),
        row("lost", None, clean=1.0, reason="noop", clean_reason="not read"),
        row("no twin", 1.0, reason="not read", clean_reason="infra_error"),
        row("nameless", 1.0),
    ]
    assert told(unit_rows(parse_expression(text), given)) == [
        ("0", 0.75, ""),
        ("1", -0.5, ""),
        ("lost", None, "noop"),
        ("no twin", None, "infra_error"),
        ("nameless", None, "unknown"),
    ]


def test_a_union_is_one_iff_clean_and_every_row_of_the_item_are_at_their_best() -> None:
    given = [
        row("good", 1.0, clean=1.0),
        row("good", 1.0, clean=1.0, condition="ocr"),
        row("half", 1.0, clean=1.0),
        row("half", 0.0, clean=1.0, condition="ocr"),
        row("bad twin", 1.0, clean=0.0),
    ]
    found = unit_rows(parse_expression("union(m)"), given)
    assert told(found) == [("good", 1.0, ""), ("half", 0.0, ""), ("bad twin", 0.0, "")]
    assert {(one.condition, one.severity, one.replicate) for one in found} == {("all", 0.0, 0)}
    assert [one.case_id for one in found] == ["good", "half", "bad twin"]


def test_the_best_of_a_measure_where_lower_is_better_is_zero() -> None:
    given = [row("good", 0.0, clean=0.0), row("bad", 1.0, clean=0.0)]
    found = unit_rows(parse_expression("union(m)"), given, higher_is_better=False)
    assert told(found) == [("good", 1.0, ""), ("bad", 0.0, "")]


def test_two_items_of_a_cluster_are_two_unions_and_one_worst_case() -> None:
    given = [row("a", 1.0, clean=1.0, cluster="page"), row("b", 0.0, clean=1.0, cluster="page")]
    assert told(unit_rows(parse_expression("union(m)"), given)) == [("a", 1.0, ""), ("b", 0.0, "")]
    assert told(unit_rows(parse_expression("worst_case(m)"), given)) == [("a", 0.0, "")]


def test_a_worst_case_is_the_worst_value_in_the_direction_of_the_measure() -> None:
    given = [row("a", 0.75), row("a", 0.25, condition="ocr")]
    assert told(unit_rows(parse_expression("worst_case(m)"), given)) == [("a", 0.25, "")]
    found = unit_rows(parse_expression("worst_case(m)"), given, higher_is_better=False)
    assert told(found) == [("a", 0.75, "")]


@pytest.mark.parametrize(
    ("given", "union", "worst_case"),
    [
        ([row("a", 1.0, clean=1.0), row("a", None, reason="infra_error", clean=1.0)], "infra_error", "infra_error"),
        ([row("a", 1.0, clean=1.0), row("a", None, clean=1.0)], "unknown", "unknown"),
        ([row("a", 1.0, clean=1.0), row("a", None, reason="noop", clean=1.0)], "noop", 1.0),
        ([row("a", 1.0, clean_reason="judge_error")], "judge_error", 1.0),
        ([row("a", None, reason="noop", clean=1.0)], "noop", "noop"),
        ([row("a", None, reason="invalid_case"), row("a", None, reason="noop")], "invalid_case", "invalid_case"),
        ([row("a", 1.0, family="clean")], 1.0, 1.0),
        ([row("a", 1.0, clean=0.0, family="clean")], 1.0, 1.0),
    ],
)
def test_what_is_lost_leaves_an_item_without_a_value(
    given: list[Row], union: str | float, worst_case: str | float
) -> None:
    for text, expected in (("union(m)", union), ("worst_case(m)", worst_case)):
        (found,) = unit_rows(parse_expression(text), given)
        assert (found.value, found.reason) == ((None, expected) if isinstance(expected, str) else (expected, ""))


@pytest.mark.parametrize(
    ("text", "for_higher", "for_lower"),
    [
        ("m", True, False),
        ("worst_case(m)", True, False),
        ("drop_abs(m)", False, True),
        ("drop_rel(m)", False, True),
        ("pass_rate", True, True),
        ("union(m)", True, True),
        ("failsafe.robustness", True, True),
    ],
)
def test_which_direction_is_worse(text: str, for_higher: bool, for_lower: bool) -> None:
    expression = parse_expression(text)
    assert lower_is_worse(expression) is for_higher
    assert lower_is_worse(expression, higher_is_better=True) is for_higher
    assert lower_is_worse(expression, higher_is_better=False) is for_lower


def test_a_suite_gives_what_it_folds() -> None:
    given = [
        row(f"q{n}", float(n < 3), measure="rank.top1_changed", condition=family, family=family)
        for n in range(6)
        for family in ("doc_attack", "casing")
    ]
    expression = parse_expression("rank.first_lost")
    assert told(unit_rows(expression, given)) == [(f"q{n}", float(n < 3), "") for n in range(6)]
