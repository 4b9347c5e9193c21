"""Headroom: when a stress could not have shown a weakness."""

from __future__ import annotations

import pytest
from stat_rows import pairs, row
from trials import passages, trial

from robustcore.gates.headroom import Headroom, at_floor, changed_from, headroom


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


def test_each_reason_is_said_with_its_number() -> None:
    told = [str(Headroom(reason=reason, changed=0.004, room=0.032)) for reason in ("no_effect", "at_floor", "empty")]
    assert told == [
        "no headroom: the stress changed 0.4% of the replies and rankings",
        "no headroom: the clean value is within 0.03 of the worst value",
        "no headroom: no case is scored clean and perturbed",
    ]
    assert "changed 0.0% of" in str(Headroom(reason="no_effect", changed=None, room=None))
    assert "within 0.00 of" in str(Headroom(reason="at_floor", changed=None, room=None))
    assert str(Headroom(reason="", changed=1.0, room=1.0)) == ""


def test_a_share_or_a_room_exactly_on_its_limit_is_headroom() -> None:
    assert headroom(pairs([(1.0, 1.0)] * 100), [True] + [False] * 99).reason == ""
    assert headroom(pairs([(0.25, 0.25)]), [True], min_room=0.25).reason == ""
    assert headroom(pairs([(0.25, 0.25)]), [True], min_room=0.26).reason == "at_floor"
    assert headroom(pairs([(1.0, 1.0)] * 4), [True] + [False] * 3, min_changed=0.26).reason == "no_effect"


def test_room_and_change_are_means_over_what_is_scored_on_both_sides() -> None:
    given = [
        *pairs([(1.0, 0.0), (0.5, 0.0)]),
        row("lost", None, clean=0.0, reason="noop"),
        row("no twin", 1.0, clean_reason="noop"),
    ]
    found = headroom(given, [True, False, True, True])
    assert (found.reason, found.changed, found.room) == ("", 0.75, 0.75)
    assert headroom(given, [True], higher_is_better=False).room == pytest.approx(0.25)
    nothing = headroom(given[2:], [True, False])
    assert (nothing.reason, nothing.changed, nothing.room) == ("empty", 0.5, None)
    assert headroom(given, []) == Headroom(reason="empty", changed=None, room=None)


@pytest.mark.parametrize("clean", [-3.0, 7.0])
def test_a_value_without_a_worst_end_is_never_at_its_floor(clean: float) -> None:
    found = headroom(pairs([(clean, 1.0), (0.0, 0.0)]), [True, True], higher_is_better=clean < 0)
    assert (found.reason, (found.room or 0) < 0.05) == ("", True)


def test_a_reply_that_fails_another_way_and_a_reply_that_cites_otherwise_have_changed() -> None:
    assert changed_from(trial(None, skip="noop"), trial(None, skip="invalid_case"))
    assert not changed_from(trial(None, skip="noop"), trial(None, skip="noop"))
    assert changed_from(trial(None, skip="noop", ranking=passages("a")), trial(None, skip="noop"))
    assert not changed_from(trial("Paris  in\nFrance"), trial("Paris in France"))
    assert changed_from(trial("Parisin France"), trial("Paris in France"))
    two = passages("a", "b")
    assert not changed_from(trial("Paris", ranking=(*two, two[0])), trial("Paris", ranking=two))
    assert changed_from(trial("Paris", ranking=two[::-1]), trial("Paris", ranking=two))
    assert changed_from(trial("Paris", cites=[("d0", "")]), trial("Paris", cites=[("d1", "")]))


def test_pairs_are_at_the_floor_by_their_clean_values_alone() -> None:
    low, high = pairs([(0.0, 0.0)] * 50), pairs([(1.0, 1.0)] * 50)
    assert at_floor(low)
    assert not at_floor(high)
    assert (at_floor(low, higher_is_better=False), at_floor(high, higher_is_better=False)) == (False, True)
    half = [row(f"lost {n}", None, clean=1.0) for n in range(50)] + [row(f"alone {n}", 1.0) for n in range(50)]
    assert at_floor([*low, *half])
    assert not at_floor(half)
