"""Short formulas of single documents, votes, worst cases, ladders and slices, each by hand."""

from __future__ import annotations

import math

import pytest

from robustcore.stats.curves import apd, nipd, stability
from robustcore.stats.influence import influence_depth, min_flip, predicted, without
from robustcore.stats.risk import cvar, entropic
from robustcore.stats.slices import Question, draw_slice
from robustcore.stats.votes import certified, winner


def test_effects_add_up_from_the_worst_on() -> None:
    assert predicted(1.0, [0.25, -0.5, 0.0]) == [0.5, 0.5, 0.75]
    assert predicted(1.0, []) == []


def test_the_smallest_deletion_that_flips_must_fall_below() -> None:
    effects = [-0.25, -0.25, -0.25]
    assert min_flip(1.0, effects, 0.5) == 3
    assert min_flip(1.0, effects, 0.51) == 2
    assert min_flip(1.0, effects, 1.0) == 1
    assert min_flip(1.0, effects, 0.25) is None


def test_influence_is_weighed_by_position_from_zero() -> None:
    assert influence_depth([0.5, 0.0, -0.5]) == 1.0
    assert influence_depth([1.0, 3.0]) == 0.75
    assert influence_depth([0.0, 0.0]) is None
    assert influence_depth([]) is None


def test_a_deleted_document_makes_room_for_the_next() -> None:
    assert without(["a", "b", "c", "d"], ["b", "z"], 2) == ["a", "c"]
    assert without(["a", "b"], ["a", "b"], 2) == []


def test_a_winner_needs_a_strict_plurality() -> None:
    assert winner(["x", "y", "x", None, None, None]) == "x"
    assert winner(["x", "y"]) is None
    assert winner([None, None]) is None
    assert winner([]) is None
    assert winner(["x"]) == "x"


@pytest.mark.parametrize(
    ("votes", "exact", "published"),
    [
        (["x"] * 3, 1, 1),  # without the last two, one vote stands against two injected
        (["x"] * 5, 2, 2),
        (["x", "x", "x", "y", "y"], 2, 0),
        (["x", "x", "x", "x", "y"], 2, 1),
        (["y", "x", "x", "x", "x"], 1, 1),
        (["x", "x", None, None, None], 1, 1),
        (["x", "y"], -1, -1),
        ([None], -1, -1),
    ],
)
def test_up_to_how_many_passages_a_winner_survives(votes: list[str | None], exact: int, published: int) -> None:
    assert [t for t in range(4) if certified(votes, t)] == list(range(exact + 1))
    found = [t for t in range(4) if certified(votes, t, "published")]
    assert found == list(range(published + 1))


def test_the_worst_share_is_rounded_down_to_at_least_one() -> None:
    assert cvar([1.0, 4.0, 2.0, 3.0], 0.5) == 3.5
    assert cvar([1.0, 4.0, 2.0], 0.5) == 4.0
    assert cvar([1.0, 4.0], 0.1) == 4.0
    assert cvar([1.0] * 9 + [0.0], 0.1 + 0.2) == 1.0
    assert cvar([float(i) for i in range(10)], 0.1 * 3) == 8.0
    assert cvar([], 0.5) is None


def test_entropic_risk_lies_between_mean_and_worst() -> None:
    assert entropic([0.0, math.log(3)], 1.0) == pytest.approx(math.log(2))
    assert entropic([0.0, 2 * math.log(3)], 2.0) == pytest.approx(2 * math.log(2))
    assert entropic([0.0, 1000.0], 0.1) == pytest.approx(1000 - 0.1 * math.log(2))
    assert entropic([], 1.0) is None


def test_a_ladder_is_a_mean_of_ratios_less_one() -> None:
    assert apd([[0.5, 0.25, 0.5]]) == -0.25
    assert apd([[0.5, 0.25], [1.0, 1.0]]) == -0.25
    for none in ([], [[0.5]], [[0.0, 0.5]], [[1.0, 1.0], [0.0, 1.0]], [[1.0, 1.0], [1.0]]):
        assert apd(none) is None
    assert apd([[-1.0, -2.0]]) == 1.0


def test_the_area_over_a_ladder_is_normalised_by_chance_and_width() -> None:
    assert nipd([0, 1], [1.0, 0.0]) == -0.5
    assert nipd([0, 2], [1.0, 0.0]) == -0.5
    assert nipd([1, 0], [0.5, 1.0], 0.5) == -0.5
    assert nipd([0, 1, 4], [0.75, 0.5, 0.25], 0.25) == pytest.approx((-0.25 - 0.75 * 3) / 4)
    for severities, scores in (([0], [1.0]), ([0.5, 1], [1.0, 1.0]), ([0, 1], [0.5, 0.5])):
        assert nipd(severities, scores, 0.5) is None
    with pytest.raises(ValueError, match="zip"):
        nipd([0, 1], [1.0])


def test_stability_takes_the_gap_off_each_variant() -> None:
    assert stability(1.0, [1.0, 0.5]) == 0.5
    assert stability(0.5, [1.0]) == 0.5
    assert stability(0.5, [0.0, 1.0]) == 0.0
    assert stability(0.5, []) is None


def questions(*strata: str) -> dict[str, Question]:
    return {f"q{i}": Question(stratum=stratum, content=f"content {i}") for i, stratum in enumerate(strata)}


def test_a_slice_has_as_many_as_asked_for_and_every_stratum_its_share() -> None:
    asked = questions(*["a"] * 20, *["b"] * 10)
    for seed in range(20):
        drawn = draw_slice(asked, 6, seed)
        assert len(drawn) == 6
        assert sum(asked[name].stratum == "a" for name in drawn) == 4
    assert draw_slice(asked, 30, 1) == frozenset(asked)
    assert draw_slice(asked, 31, 1) == frozenset(asked)
    assert draw_slice(asked, 0, 1) == frozenset()
    assert len(draw_slice(asked, 1, 1)) == 1
    assert len({draw_slice(asked, 6, seed) for seed in range(20)}) > 10
