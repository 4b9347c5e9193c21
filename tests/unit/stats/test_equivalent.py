"""Paired differences of two systems: intervals, verdicts, p values, and where an added document does its damage."""

from __future__ import annotations

import math

import pytest
from stat_rows import row

from robustcore.stats.equivalent import Equivalence, equivalence, paired_interval
from robustcore.stats.paired import holm, paired_permutation
from robustcore.stats.placement import blame, pairs, placed_at, share_rows
from robustcore.stats.rows import Row


def test_the_interval_of_paired_counts_is_that_of_agresti_and_min() -> None:
    low, high = paired_interval(12, 4, 98, 0.95)
    middle = 8 / 100
    reach = 1.959963985 * math.sqrt((13 / 100 + 5 / 100 - middle**2) / 100)
    assert (low, high) == pytest.approx((middle - reach, middle + reach))


@pytest.mark.parametrize(
    ("inner", "outer", "verdict"),
    [
        ((-0.02, 0.02), (-0.025, 0.025), "equivalent"),
        ((0.01, 0.02), (0.005, 0.025), "equivalent_but_detectable"),
        ((-0.02, -0.01), (-0.025, -0.005), "equivalent_but_detectable"),
        ((0.01, 0.02), (0.0, 0.025), "equivalent"),
        ((-0.02, -0.01), (-0.025, 0.0), "equivalent"),
        ((0.04, 0.06), (0.035, 0.07), "beyond_margin"),
        ((-0.06, -0.04), (-0.07, -0.035), "beyond_margin"),
        ((0.03, 0.06), (0.01, 0.07), "shifted"),
        ((-0.06, -0.03), (-0.07, -0.01), "shifted"),
        ((-0.02, 0.03), (-0.03, 0.04), "inconclusive"),
        ((-0.03, 0.02), (-0.04, 0.03), "inconclusive"),
    ],
)
def test_a_verdict_needs_its_interval_strictly_inside_or_outside(
    inner: tuple[float, float], outer: tuple[float, float], verdict: Equivalence
) -> None:
    assert equivalence(inner, outer) == verdict


def test_the_margin_is_given_or_three_points() -> None:
    assert equivalence((-0.04, 0.04), (-0.05, 0.05)) == "inconclusive"
    assert equivalence((-0.04, 0.04), (-0.05, 0.05), 0.05) == "equivalent"


def test_few_pairs_have_an_exact_p_value() -> None:
    assert paired_permutation([0.0] * 5, [1.0] * 5) == pytest.approx(2 / 32)
    assert paired_permutation([1.0, 0.0], [0.0, 1.0]) == pytest.approx(1.0)
    assert paired_permutation([0.5, 1.0], [0.5, 1.0]) == 1.0
    assert paired_permutation([], []) is None
    with pytest.raises(ValueError, match="zip"):
        paired_permutation([1.0], [1.0, 2.0])


def test_many_pairs_have_a_drawn_p_value_that_the_seed_fixes() -> None:
    first, second = [0.0] * 40, [0.1 * (i % 5) - 0.15 for i in range(40)]
    found = paired_permutation(first, second)
    assert found is not None
    assert 0.01 < found < 0.1
    assert found == paired_permutation(first, second)
    assert (found * 10_000) % 1 == pytest.approx(0, abs=1e-6)


def test_holm_keeps_the_order_and_never_falls_or_exceeds_one() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("family", "place"),
    [
        ("indexed_poison", ("indexed_", "poison")),
        ("planted_poison", ("planted_", "poison")),
        ("poison", None),
        ("indexed_poison+typos", None),
        ("typos+indexed_poison", None),
    ],
)
def test_where_a_document_was_added_is_in_the_name(family: str, place: tuple[str, str] | None) -> None:
    assert placed_at(family) == place


@pytest.mark.parametrize(
    ("index_right", "context_right", "gold_kept", "who"),
    [
        (True, True, True, ""),
        (True, True, False, ""),
        (False, True, True, "reader_misled"),
        (True, False, True, "reader_misled"),
        (False, False, True, "reader_misled"),
        (False, True, False, "retriever_displaced"),
        (True, False, False, "both"),
        (False, False, False, "both"),
    ],
)
def test_the_blame_of_a_fall(index_right: bool, context_right: bool, gold_kept: bool, who: str) -> None:
    assert blame(index_right=index_right, context_right=context_right, gold_kept=gold_kept) == who


def half(where: str, item: str, value: float | None, **more: object) -> Row:
    family = f"{where}_poison"
    return row(item, value, condition=family, clean=more.pop("clean", 1.0), **more)  # type: ignore[arg-type]


def test_a_pair_is_blamed_or_has_a_reason() -> None:
    answers = [
        half("indexed", "moved", 0.0),
        half("planted", "moved", 1.0),
        half("indexed", "stood", 1.0),
        half("planted", "stood", 1.0),
        half("indexed", "wrong before", 0.0, clean=0.0),
        half("planted", "wrong before", 0.0, clean=0.0),
        half("planted", "alone", 0.0),
        half("indexed", "no gold", 0.0),
        half("planted", "no gold", 0.0),
        half("indexed", "lost", 0.0),
        half("planted", "lost", None, reason="infra_error"),
        half("indexed", "nameless", None),
        half("planted", "nameless", 0.0),
        row("other", 0.0, condition="typos", clean=1.0),
    ]
    names = ("moved", "stood", "wrong before", "lost", "nameless")
    retrieved = [half("indexed", name, float(name != "moved")) for name in names]
    found = pairs(answers, retrieved, "")
    assert [(one.item, told, reason) for one, told, reason in found] == [
        ("moved", "retriever_displaced", ""),
        ("stood", "", ""),
        ("alone", "", "not_run"),
        ("no gold", "", "not_run"),
        ("lost", "", "infra_error"),
        ("nameless", "", "unknown"),
    ]
    assert pairs(answers, retrieved, "poison") == found
    assert pairs(answers, retrieved, "injection") == []
    told = {part: [(r.item, r.value, r.reason) for r in share_rows(found, part)] for part in ("fell", "both")}
    lost = [("alone", None, "not_run"), ("no gold", None, "not_run"), ("lost", None, "infra_error")]
    unknown = ("nameless", None, "unknown")
    assert told["fell"] == [("moved", 1.0, ""), ("stood", 0.0, ""), *lost, unknown]
    assert told["both"] == [("moved", 0.0, ""), *lost, unknown]
    assert share_rows(found, "retriever_displaced")[0].value == 1.0
    assert {one.condition for one in share_rows(found, "fell")} == {"fell"}


def test_replicates_and_severities_are_pairs_of_their_own() -> None:
    answers = [
        half(where, "q", float(where == "planted" and replicate == 0), replicate=replicate, severity=severity)
        for where in ("indexed", "planted")
        for replicate in (0, 1)
        for severity in (0.5, 1.0)
    ]
    retrieved = [
        half("indexed", "q", 0.0, replicate=replicate, severity=severity)
        for replicate in (0, 1)
        for severity in (0.5, 1.0)
    ]
    told = [(one.replicate, one.severity, who) for one, who, _ in pairs(answers, retrieved, "")]
    assert told == [
        (0, 0.5, "retriever_displaced"),
        (0, 1.0, "retriever_displaced"),
        (1, 0.5, "both"),
        (1, 1.0, "both"),
    ]
