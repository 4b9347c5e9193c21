"""DeR2's published table: every gap, the average row and the mode switch, by the code that reports them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from stat_rows import row

from robustcore.measures.suite import parse_suite
from robustcore.stats.der2 import GAPS, REGIMES, averaged, gaps_of, is_fragile
from robustcore.stats.rows import Row

with (Path(__file__).parent / "der2_table.csv").open(encoding="utf-8", newline="") as stream:
    TABLE = list(csv.DictReader(stream))
MODELS = [line for line in TABLE if line["model"] != "average"]
POINTS = pytest.mark.parametrize("line", MODELS, ids=lambda line: line["model"])
PRINTED = 0.05 + 1e-9  # the table has one decimal


def scores(line: dict[str, str]) -> dict[str, float]:
    return {regime: float(line[regime]) for regime in REGIMES}


def rows(line: dict[str, str]) -> list[Row]:
    """Return a model's line as 200 items that all score what the model does."""
    return [
        row(item, score / 100, measure="der2.rating", family=regime, condition=regime)
        for regime, score in scores(line).items()
        for item in range(200)
    ]


def test_there_are_fourteen_models() -> None:
    assert len(MODELS) == 14


@POINTS
def test_the_gaps_of_a_model_are_the_published_ones(line: dict[str, str]) -> None:
    assert gaps_of(scores(line)) == pytest.approx({gap: float(line[gap]) for gap in GAPS}, abs=1e-6)


@POINTS
def test_the_aggregates_of_reports_and_gates_say_the_same_in_points(line: dict[str, str]) -> None:
    for gap in GAPS:
        assert parse_suite(f"der2.{gap}(scale=100)").estimate(rows(line)).value == pytest.approx(float(line[gap]))
    for regime in REGIMES:
        found = parse_suite(f"der2.score[{regime}](scale=100)").estimate(rows(line)).value
        assert found == pytest.approx(float(line[regime]))
    assert parse_suite("der2.identity(scale=100)").estimate(rows(line)).value == 0
    fragile = parse_suite("der2.mode_switch_fragile").estimate(rows(line))
    assert fragile.value == float(line["mode_switch_fragile"] == "true")
    assert parse_suite("der2.mode_switch_share").estimate(rows(line)).value == 1


def test_the_average_row_is_the_mean_of_the_models() -> None:
    (printed,) = (line for line in TABLE if line["model"] == "average")
    found = averaged([scores(line) for line in MODELS])
    assert found == pytest.approx(scores(printed), abs=PRINTED)
    assert gaps_of(found) == pytest.approx({gap: float(printed[gap]) for gap in GAPS}, abs=PRINTED)
    assert is_fragile(found)


def test_twelve_of_fourteen_models_are_fragile_and_one_is_helped_by_noise() -> None:
    assert sum(is_fragile(scores(line)) for line in MODELS) == 12
    assert [line["model"] for line in MODELS if gaps_of(scores(line))["noise_loss"] < 0] == ["Gemini-3-Flash"]
