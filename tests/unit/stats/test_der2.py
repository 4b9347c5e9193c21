"""DeR2 over rows: runs averaged by item, gaps paired and unclamped, the mode switch, precision and recall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stat_rows import row

from robustcore.stats.der2 import (
    CONCEPTS,
    FULL,
    INSTRUCTION,
    LABELS,
    RELATED,
    averaged,
    gap,
    gap_rows,
    gaps_of,
    identity,
    is_fragile,
    item_rows,
    mode_switch,
    paired_rows,
    place_of,
    ratio,
    switch_share,
)
from robustcore.stats.rows import Row


def scored(regime: str, *values: float | None, severity: float = 1.0, runs: int = 1, reason: str = "") -> list[Row]:
    """Return a row per value, ``runs`` of them in a row an item each."""
    return [
        row(
            f"i{place // runs}",
            value,
            family=regime,
            condition=regime,
            severity=severity,
            replicate=place % runs,
            reason="" if value is not None else reason or "infra_error",
        )
        for place, value in enumerate(values)
    ]


def test_a_place_is_a_regime_or_the_full_set_with_a_share_of_its_noise() -> None:
    assert place_of(FULL, 1) == FULL
    assert place_of(FULL, 0.5) == "full_set@0.5"
    assert place_of(RELATED, 1) == RELATED
    assert place_of("gold_only", 1) is None
    assert place_of("full_set+ocr_noise", 1) is None


def test_runs_are_averaged_by_item_first() -> None:
    found = item_rows(scored(FULL, 1, 0.5, 0, 0, runs=2), (FULL,))
    assert [(one.item, one.value) for one in found] == [("i0", 0.75), ("i1", 0)]


def test_an_item_with_a_lost_run_is_unscored_and_counted_by_reason() -> None:
    found = gap(scored(RELATED, 1, 1, 1, None, runs=2) + scored(FULL, 1, 0, 0, 0, runs=2), RELATED, FULL)
    assert (found.value, found.n, found.unscored) == (0.5, 1, {"infra_error": 1})


def test_gaps_are_paired_by_item_and_never_clamped() -> None:
    rows = scored(RELATED, 0, 0.25, 1) + scored(FULL, 1, 0.5, 1)
    found = gap(rows, RELATED, FULL)
    assert found.value == pytest.approx(-1.25 / 3)
    assert found.low is not None
    assert found.low < -1.25 / 3
    assert [one.value for one in gap_rows(rows, RELATED, FULL)] == [-1, -0.25, 0]


def test_an_item_that_one_side_was_not_asked_is_not_run() -> None:
    rows = scored(RELATED, 1, 1) + scored(FULL, 1)
    assert gap(rows, RELATED, FULL).unscored == {"not_run": 1}
    assert [one.reason for one in gap_rows(rows, RELATED, FULL)] == ["", "not_run"]


def test_nothing_scored_is_null_and_never_zero() -> None:
    for found in (gap([], RELATED, FULL), mode_switch([]), switch_share([]), identity([]), ratio([], [])):
        assert found.value is None
        assert found.reason == "empty_denominator"


def test_lower_loads_of_noise_stay_out_of_the_full_set() -> None:
    rows = scored(RELATED, 1, 1) + scored(FULL, 0, 0, severity=0.5) + scored(FULL, 1, 0)
    assert gap(rows, RELATED, FULL).value == 0.5
    assert gap(rows, RELATED, "full_set@0.5").value == 1


def test_the_identity_holds_unless_items_are_missing_on_one_side() -> None:
    rows = scored(CONCEPTS, 1, 0.75, 0.25) + scored(RELATED, 0.5, 1, 0.25) + scored(FULL, 0, 0.25, 1)
    assert identity(rows).value == 0
    short = [one for one in rows if not (one.family == RELATED and one.item == "i0")]
    assert identity(short).value != 0


@pytest.mark.parametrize(
    ("instruction", "full", "value", "low", "high"),
    [
        ([1.0] * 30, [0.0] * 30, 1, 1, 1),
        ([0.0] * 30, [1.0] * 30, 0, 0, 0),
        ([1.0] * 30, [1.0] * 30, 0, 0, 0),  # as good is not worse
        ([1.0, 0.0] * 15, [0.0, 1.0] * 15, 0, 0, 1),
        ([1.0] * 16 + [0.0] * 14, [0.0] * 16 + [1.0] * 14, 1, 0, 1),
    ],
)
def test_the_mode_switch_is_strict_and_decided_by_the_draws(
    instruction: list[float], full: list[float], value: float, low: float, high: float
) -> None:
    found = mode_switch(scored(INSTRUCTION, *instruction) + scored(FULL, *full))
    assert (found.value, found.low, found.high) == (value, low, high)
    share = switch_share(scored(INSTRUCTION, *instruction) + scored(FULL, *full)).value
    assert share is not None
    assert (share >= 0.95) == (low == high)


def test_few_items_decide_no_mode_switch_and_a_list_by_hand_has_no_limits() -> None:
    rows = scored(INSTRUCTION, *[1.0] * 19) + scored(FULL, *[0.0] * 19)
    assert mode_switch(rows).reason == "too_few_clusters"
    assert mode_switch(rows).low is None
    assert mode_switch(rows, sampled=False).reason == "no_sampling_plan"


def test_precision_is_of_all_counts_and_not_of_the_means_by_reply() -> None:
    used = [row(i, v, measure="u") for i, v in enumerate([3, 0, 1])]
    other = [row(i, v, measure="o") for i, v in enumerate([1, 0, 5])]
    found = ratio(used, other)
    assert (found.value, found.n, found.reason) == (0.4, 3, "too_few_clusters")


def test_gap_limits_cover_at_their_confidence() -> None:
    """Two runs an item in quarter steps, a true gap of 0.2: the one-sided limits miss it in at most 5% of samples."""
    rng = np.random.default_rng(5)
    missed = [0, 0]
    for _ in range(150):
        values = {regime: rng.binomial(4, p, size=80) / 4 for regime, p in ((RELATED, 0.7), (FULL, 0.5))}
        found = gap([one for regime, x in values.items() for one in scored(regime, *x, runs=2)], RELATED, FULL)
        assert found.low is not None
        assert found.high is not None
        missed[0] += found.low > 0.2
        missed[1] += found.high < 0.2
    assert max(missed) <= 0.05 * 150 + 6


def test_the_parts_of_a_gap_keep_their_reasons() -> None:
    rows = [*scored(CONCEPTS, 1.0, None, 0.5, reason="noop"), *scored(FULL, 0.25, 1.0)]
    found = paired_rows(rows, CONCEPTS, FULL)
    assert [(one.condition, one.value, one.clean) for one in found] == [
        ("concepts_only-full_set", 0.25, 1.0),
        ("concepts_only-full_set", 1.0, None),
        ("concepts_only-full_set", None, 0.5),
    ]
    assert [(one.reason, one.clean_reason) for one in found] == [("", ""), ("", "noop"), ("not_run", "")]
    alone = paired_rows(scored(FULL, 1.0), CONCEPTS, FULL)
    assert (alone[0].clean, alone[0].clean_reason) == (None, "not_run")
    both = paired_rows([*scored(CONCEPTS, None), *scored(FULL, None, reason="noop")], CONCEPTS, FULL)
    (gone,) = gap_rows([*scored(CONCEPTS, None), *scored(FULL, None, reason="noop")], CONCEPTS, FULL)
    assert (both[0].reason, both[0].clean_reason, gone.reason) == ("noop", "infra_error", "infra_error")
    (kept,) = gap_rows([*scored(CONCEPTS, 1.0), *scored(FULL, 0.25)], CONCEPTS, FULL)
    assert (kept.value, kept.clean) == (0.75, None)


def test_a_crash_of_a_run_is_a_score_of_zero() -> None:
    rows = scored(FULL, 1.0, None, runs=2, reason="system_error")
    raised = [row if row.value is not None else replace(row, clean=1.0) for row in rows]
    assert [(one.value, one.clean, one.reason) for one in item_rows(raised, (FULL,))] == [(0.5, None, "")]
    assert [one.reason for one in item_rows(rows, (FULL,))] == ["system_error"]
    nameless = [replace(one, reason="") for one in scored(FULL, None)]
    assert item_rows(nameless, (FULL,))[0].reason == "unknown"


def test_tables_of_scores_by_hand() -> None:
    scores = {INSTRUCTION: 0.5, CONCEPTS: 0.9, RELATED: 0.7, FULL: 0.45}
    gaps = gaps_of(scores)
    assert {name: round(value, 9) for name, value in gaps.items()} == {
        "rloss": 0.45,
        "doc_to_concept_loss": 0.2,
        "noise_loss": 0.25,
        "knowledge_loss": 0.4,
    }
    assert is_fragile(scores)
    assert not is_fragile({**scores, FULL: 0.5})
    assert averaged([scores, dict.fromkeys(scores, 1.0)])[FULL] == pytest.approx(0.725)
    assert LABELS == ("MC", "UC", "R", "NF")


def test_what_an_identity_and_a_switch_rest_on() -> None:
    rows = [one for regime in (CONCEPTS, RELATED, FULL) for one in scored(regime, 1.0, 0.5, 0.0)]
    found = identity(rows, 0.9)
    assert (found.value, found.n, found.clusters, found.confidence) == (0.0, 3, 3, 0.9)
    assert found.method == "a check, which has no interval"
    missing = identity([*rows, *scored(CONCEPTS, 1.0, 1.0, 1.0, 1.0)[3:], *scored(FULL, 1.0, 1.0, 1.0, 0.0)[3:]])
    assert missing.value == pytest.approx(0.25)
    assert identity(scored(FULL, 1.0), 0.9).confidence == 0.9
    shares = [*scored(INSTRUCTION, *[1.0] * 15, *[0.0] * 9), *scored(FULL, *[0.0] * 15, *[1.0] * 9)]
    share, switched = switch_share(shares, 0.9), mode_switch(shares, 0.9)
    assert (share.n, share.clusters, share.confidence, switched.value) == (24, 24, 0.9, 1.0)
    assert share.value is not None
    assert 0.8 < share.value < 0.95
    assert (switched.low, switched.high) == (float(share.value >= 0.9), 1.0)
    assert switched.method == share.method == "cluster bootstrap (2000 draws, seed 20250607)"
    few = mode_switch([*scored(INSTRUCTION, *[1.0] * 19), *scored(FULL, *[0.0] * 19)], 0.9)
    assert (few.low, few.high, few.reason, few.method) == (
        *(None, None),
        *("too_few_clusters", "no interval: fewer than 20 clusters"),
    )
    none = mode_switch(scored(FULL, 1.0), 0.9)
    assert (none.value, none.confidence, none.unscored) == (None, 0.9, {"not_run": 1})
    assert switch_share(scored(FULL, 1.0), 0.9).confidence == 0.9
