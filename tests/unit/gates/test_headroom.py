"""Headroom: when a stress could not have shown a weakness."""

from __future__ import annotations

from stat_rows import pairs, row
from trials import passages, trial

from robustcore.gates.headroom import changed_from, headroom


def test_a_stress_that_changed_next_to_nothing_has_no_headroom() -> None:
    found = headroom(pairs([(1.0, 1.0)] * 200), [True] + [False] * 199)
    assert (found.reason, found.changed) == ("no_effect", 1 / 200)
    assert "0.5% of the replies" in str(found)


def test_a_clean_value_at_the_floor_has_no_headroom() -> None:
    found = headroom(pairs([(0.0, 0.0)] * 98 + [(1.0, 1.0)] * 2), [True] * 100)
    assert (found.reason, found.room) == ("at_floor", 0.02)


def test_the_floor_of_a_lower_is_better_measure_is_one() -> None:
    assert headroom(pairs([(1.0, 1.0)] * 50), [True] * 50, higher_is_better=False).reason == "at_floor"
    assert headroom(pairs([(0.0, 0.0)] * 50), [True] * 50, higher_is_better=False).reason == ""


def test_a_stress_that_moves_replies_of_a_good_system_has_headroom() -> None:
    found = headroom(pairs([(1.0, 1.0)] * 100), [True] * 30 + [False] * 70)
    assert (found.reason, str(found)) == ("", "")


def test_a_condition_without_a_scored_pair_has_no_headroom() -> None:
    assert headroom([row(0, None, reason="noop", clean=1.0)], [False]).reason == "empty"
    assert headroom([], []).reason == "empty"


def test_a_trial_has_changed_if_its_words_abstention_or_ranking_differ() -> None:
    clean = trial("Paris", ranking=passages("a", "b"))
    assert not changed_from(trial(" Paris ", ranking=passages("a", "b")), clean)
    assert not changed_from(trial("Paris", ranking=passages("other text", "b")), clean)
    assert changed_from(trial("Lyon", ranking=passages("a", "b")), clean)
    assert changed_from(trial("Paris", abstained=True, ranking=passages("a", "b")), clean)
    assert changed_from(trial("Paris", ranking=passages("a")), clean)
    assert changed_from(trial(None, skip="noop"), clean)
