"""Rows become samples and folds: what is counted, what is lost, and under which name."""

from __future__ import annotations

import pytest
from stat_rows import row

from robustcore.stats.rows import Row
from robustcore.stats.samples import (
    RepeatRule,
    clean_values_of,
    count_raises,
    every_part,
    pairs_of,
    repeats,
    values_of,
)

MIXED = [
    row("a", 1.0, cluster="one", clean=0.0),
    row("b", 0.5, cluster="one", clean_reason="judge_error"),
    row("c", None, cluster="one", reason="noop", clean=1.0),
    row("d", None, cluster="two", clean_reason="noop"),
    row("e", 0.25, cluster="two", clean=0.25),
]


def test_values_are_grouped_by_cluster_and_the_lost_counted_by_reason() -> None:
    found = values_of(MIXED)
    assert found.clusters == {"one": [1.0, 0.5], "two": [0.25]}
    assert found.unscored == {"noop": 1, "unknown": 1}
    assert (found.planned, found.n, found.missing, found.single) == (3, 3, 2, False)
    assert found.kinds == {1.0, 0.5, 0.25}


def test_clean_values_have_reasons_of_their_own() -> None:
    found = clean_values_of(MIXED)
    assert found.clusters == {"one": [0.0, 1.0], "two": [0.25]}
    assert found.unscored == {"judge_error": 1, "noop": 1}


def test_a_pair_needs_both_sides() -> None:
    found = pairs_of([*MIXED, row("f", 0.5, cluster="one", clean=0.75), row("g", None, clean=1.0)])
    assert found.clusters == {"one": [(0.0, 1.0), (0.75, 0.5)], "two": [(0.25, 0.25)]}
    assert found.unscored == {"judge_error": 1, "noop": 1, "unknown": 2}
    assert (found.planned, found.n, found.missing, found.single) == (4, 3, 4, False)


def test_one_value_a_cluster_is_single_and_no_rows_are_nothing() -> None:
    assert values_of([row(i, 1.0) for i in range(3)]).single
    for nothing in (values_of([]), pairs_of([])):
        assert (nothing.planned, nothing.n, nothing.missing, dict(nothing.clusters)) == (0, 0, 0, {})


def replicates(*values: float | None) -> list[Row]:
    return [row("a", v, replicate=i, reason="" if v is not None else f"lost {i}") for i, v in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "under_all", "under_any", "under_majority"),
    [
        ((1, 1, 1), 1.0, 1.0, 1.0),
        ((1, 1, 0), 0.0, 1.0, 1.0),
        ((1, 0, 0), 0.0, 1.0, 0.0),
        ((0, 0, 0), 0.0, 0.0, 0.0),
        ((1, 0), 0.0, 1.0, 0.0),
        ((1, 1, None), "lost 2", 1.0, 1.0),
        ((1, 0, None), 0.0, 1.0, "lost 2"),
        ((0, None, 0), 0.0, "lost 1", 0.0),
        ((None, None, 1), "lost 0", 1.0, "lost 0"),
        ((None, None), "lost 0", "lost 0", "lost 0"),
        ((1, 1, 0, 0), 0.0, 1.0, 0.0),
        ((1, 1, 1, 0), 0.0, 1.0, 1.0),
    ],
)
def test_replicates_fold_under_each_rule(
    values: tuple[float | None, ...], under_all: float | str, under_any: float | str, under_majority: float | str
) -> None:
    rules: dict[RepeatRule, float | str] = {"all": under_all, "any": under_any, "majority": under_majority}
    for rule, expected in rules.items():
        (found,) = repeats(replicates(*values), rule)
        assert (found.value, found.reason) == ((None, expected) if isinstance(expected, str) else (expected, ""))


def test_clean_twins_fold_as_their_rows_do_and_other_cases_stay_apart() -> None:
    given = [
        row("a", 1.0, clean=1.0),
        row("a", 1.0, clean=0.0, replicate=1),
        row("a", 0.0, severity=0.5),
        row("a", 0.0, condition="ocr"),
        row("b", None, reason="noop"),
    ]
    found = repeats(given, "all")
    assert [(one.item, one.condition, one.severity, one.value, one.clean) for one in found] == [
        ("a", "typos", 1.0, 1.0, 0.0),
        ("a", "typos", 0.5, 0.0, None),
        ("a", "ocr", 1.0, 0.0, None),
        ("b", "typos", 1.0, None, None),
    ]
    assert found[0].clean_reason == ""
    assert found[3].reason == "noop"


@pytest.mark.parametrize(
    ("given", "value", "reason"),
    [
        ([row("a", 1.0, condition="x"), row("a", 0.5, condition="y")], 0.5, ""),
        ([row("a", 1.0, condition="x")], None, "not_run"),
        ([row("a", 1.0, condition="x"), row("a", None, condition="y")], None, "unknown"),
        ([row("a", None, condition="x", reason="noop"), row("a", 1.0, condition="y")], None, "noop"),
        (
            [row("a", None, condition="x", reason="noop"), row("a", None, condition="y", reason="infra_error")],
            None,
            "infra_error",
        ),
        ([row("a", 1.0, condition="x"), row("a", 1.0, condition="x", severity=0.5)], None, "not_run"),
    ],
)
def test_an_item_has_the_least_of_its_parts_or_the_reason_of_the_missing_one(
    given: list[Row], value: float | None, reason: str
) -> None:
    (found,) = every_part(given, ("x", "y"))
    assert (found.condition, found.value, found.reason) == ("x+y", value, reason)


def test_items_of_one_name_in_two_clusters_are_two() -> None:
    given = [row("a", 1.0, condition="x", cluster="p"), row("a", 0.0, condition="x", cluster="q")]
    assert [one.value for one in every_part(given, ("x",))] == [1.0, 0.0]


def test_a_crash_counts_only_where_the_clean_twin_has_a_value() -> None:
    given = [
        row("a", None, reason="system_error", clean=1.0),
        row("b", None, reason="system_error", clean_reason="noop"),
        row("c", None, reason="noop", clean=1.0),
        row("d", 1.0, reason="system_error", clean=1.0),
    ]
    found = count_raises(given, 0.25)
    assert [(one.value, one.reason) for one in found] == [
        (0.25, ""),
        (None, "system_error"),
        (None, "noop"),
        (1.0, "system_error"),
    ]
