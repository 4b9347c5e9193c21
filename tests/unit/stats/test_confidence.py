"""Letters read from tokens, pooled, scaled and held against what was right: every number by hand."""

from __future__ import annotations

import math

import pytest

from robustcore.stats.confidence import (
    anchored,
    brier,
    ece,
    fitted_tau,
    letter_masses,
    letter_of,
    neg_log_likelihood,
    place_of,
    probabilities,
)

AB = ("A", "B")


@pytest.mark.parametrize(
    ("token", "letter"),
    [
        ("A", "A"),
        (" b", "B"),
        ("(A", "A"),
        ("A)", "A"),
        ("(A)", "A"),
        (" [b]: ", ""),
        ("[b]", "B"),
        ("A.", "A"),
        ("'A'", "A"),
        ('"A"', "A"),
        ("((A", ""),
        ("C", ""),
        ("AB", ""),
        ("", ""),
        ("(", ""),
        ("()", ""),
        ("A B", ""),
    ],
)
def test_a_token_is_a_letter_in_at_most_one_mark_on_each_side(token: str, letter: str) -> None:
    assert letter_of(token, AB) == letter
    assert letter_of("AB", ("AB",)) == ""


def test_the_letter_is_looked_for_in_twelve_tokens_after_final() -> None:
    far = ["so", " Final", *["x"] * 11, "A"]
    assert anchored(far, AB) == 13
    assert anchored([*far[:2], "x", *far[2:]], AB) is None
    assert anchored(["A", "final"], AB) is None
    assert anchored(["A", "B"], AB) is None
    assert anchored(["final", "B", "A"], AB) == 1
    assert anchored(["final", "x", "final", "B"], AB) == 3


def test_without_an_anchor_the_place_has_the_most_mass_on_letters() -> None:
    tops = [[("A", -3.0), ("x", 0.0)], [("A", -2.0), ("B", -2.0)], [("B", -1.5)]]
    assert place_of(["a", "b", "c"], tops, AB) == 1
    assert place_of(["final", "x", "B"], tops, AB) == 2
    assert place_of(["x"], [[("x", 0.0)]], AB) is None
    assert place_of([], [], AB) is None


def test_masses_pool_by_letter_and_a_letter_unseen_lies_five_nats_below() -> None:
    top = [("A", -1.0), (" A", -1.0), ("A", -4.0), ("B", -3.0), ("x", 0.0)]
    masses, seen = letter_masses(top, ("A", "B", "C"))
    assert seen
    assert masses == pytest.approx({"A": -1 + math.log(2), "B": -3.0, "C": -8.0})
    assert letter_masses(top, ("A", "B", "C"), "max")[0] == {"A": -1.0, "B": -3.0, "C": -8.0}
    assert letter_masses([("x", 0.0)], AB) == ({"A": -25.0, "B": -25.0}, False)
    assert letter_masses([("A", -4.0), ("A", -1.0)], ("A",))[0] == {"A": -1.0}


def test_probabilities_are_a_softmax_with_a_temperature() -> None:
    found = probabilities({"A": 3 * math.log(3), "B": 0.0})
    assert found == pytest.approx({"A": 0.75, "B": 0.25})
    assert probabilities({"A": math.log(3), "B": 0.0}, 1.0) == pytest.approx({"A": 0.75, "B": 0.25})
    assert probabilities({"A": 1000.0, "B": 1000.0}, 0.01) == pytest.approx({"A": 0.5, "B": 0.5})


def test_brier_is_a_mean_of_squares() -> None:
    assert brier([0.5, 1.0, 0.0], [1.0, 1.0, 1.0]) == pytest.approx(1.25 / 3)
    with pytest.raises(ValueError, match="zip"):
        brier([0.5], [1.0, 0.0])


def test_a_calibration_bin_holds_its_upper_edge_and_zero_is_in_the_first() -> None:
    assert ece([0.0, 0.1], [0.0, 1.0]) == pytest.approx(0.9 / 2)
    assert ece([0.1, 0.11], [1.0, 0.0]) == pytest.approx((0.9 + 0.11) / 2)
    assert ece([0.3, 0.1 + 0.2], [1.0, 0.0]) == pytest.approx(0.4 / 2)
    assert ece([0.2, 0.6], [1.0, 0.0], 2) == pytest.approx((0.8 + 0.6) / 2)
    assert ece([0.2, 0.6], [1.0, 0.0], 1) == pytest.approx(0.2 / 2)
    with pytest.raises(ValueError, match="zip"):
        ece([0.5], [1.0, 0.0])


def test_the_fitted_temperature_is_where_the_likelihood_is_flat() -> None:
    sure = {"A": 4.0, "B": 0.0}
    items = [(sure, "A")] * 3 + [(sure, "B")]  # right three times in four: softmax(4 / tau) = 3 / 4
    assert neg_log_likelihood(items, 4 / math.log(3)) == pytest.approx(-(3 * math.log(0.75) + math.log(0.25)) / 4)
    assert fitted_tau(items) == pytest.approx(4 / math.log(3), rel=1e-3)
    assert fitted_tau(items, low=5.0) == pytest.approx(5.0, rel=1e-3)
    assert fitted_tau(items, high=2.0) == pytest.approx(2.0, rel=1e-3)
    assert neg_log_likelihood([({"A": 0.0, "B": 1e6}, "A")], 1.0) == pytest.approx(300 * math.log(10))
