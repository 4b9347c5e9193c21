"""Paired tests, Holm, equivalence and ratings: the document's check values, and errors at their level."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stat_rows import pairs, row

from robustcore.stats.compared import mcnemar, paired_test
from robustcore.stats.equivalent import equivalence, paired_interval
from robustcore.stats.paired import holm
from robustcore.stats.rating import absolute_grade, effect, rejections, relative_grades, wrs
from robustcore.stats.samples import pairs_of

ORACLES = Path(__file__).resolve().parents[2] / "oracles"
RATING: dict[str, Any] = json.loads((ORACLES / "rating.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", RATING["holm"], ids=lambda case: str(len(case["p"])))
def test_holm_agrees_with_the_document(case: dict[str, Any]) -> None:
    assert holm(case["p"]) == pytest.approx(case["adjusted"], abs=1e-9)


@pytest.mark.parametrize("case", RATING["wrs"], ids=lambda case: case["system"])
def test_the_rejection_score_agrees_with_the_document(case: dict[str, Any]) -> None:
    assert wrs(case["rejections_by_level"], case["weights"]) == pytest.approx(case["wrs"])


def test_rank_cut_grades_agree_with_the_document() -> None:
    scores = {case["system"]: case["wrs"] for case in RATING["wrs"]}
    assert relative_grades(scores, 3) == {case["system"]: case["grade_of_3"] for case in RATING["wrs"]}
    ties = RATING["ties"]
    assert relative_grades(ties["scores"], ties["levels"]) == ties["grades"]


def test_the_effect_agrees_with_the_document() -> None:
    case = RATING["ape"]
    found = effect(pairs([(float(c), float(p)) for c, p in zip(case["clean"], case["perturbed"], strict=True)]))
    assert found.signed.value == pytest.approx(case["signed_effect"], abs=1e-6)
    assert found.ape == pytest.approx(case["ape"], abs=1e-6)
    assert [found.test.up, found.test.down] == case["discordant"]
    assert found.test.p == mcnemar(0, 2) == case["mcnemar_exact_p"]


def test_uneven_survival_is_the_case_mix_gap() -> None:
    case, mix = RATING["ape"], RATING["case_mix"]
    given = [
        row(i, float(p) if i < 4 else None, clean=float(c), reason="" if i < 4 else "missing_reply")
        for i, (c, p) in enumerate(zip(case["clean"], case["perturbed"], strict=True))
    ]
    found = effect(given)
    assert found.signed.value == pytest.approx(mix["paired_effect"])
    assert found.case_mix_gap == pytest.approx(mix["case_mix_gap"], abs=1e-6)


def test_grades_are_thresholds_on_the_loss() -> None:
    assert [absolute_grade(loss) for loss in (None, -0.3, 0.02, 0.021, 0.2, 0.9)] == ["", "A", "A", "B", "D", "E"]
    assert absolute_grade(0.4, {"good": 0.5}) == "good"


def test_rejections_count_at_each_level() -> None:
    assert rejections([0.01, 0.2, 0.39, 0.9]) == (1, 2, 3)


@pytest.mark.parametrize(
    ("up", "down", "n", "verdict"),
    [
        (0, 0, 80, "equivalent"),
        (0, 0, 36, "inconclusive"),
        (2, 30, 100, "beyond_margin"),
        (60, 400, 30_000, "equivalent_but_detectable"),
        (10, 35, 500, "shifted"),
    ],
)
def test_equivalence_is_an_interval_inside_the_margin(up: int, down: int, n: int, verdict: str) -> None:
    assert equivalence(paired_interval(up, down, n, 0.9), paired_interval(up, down, n, 0.95)) == verdict


@pytest.mark.parametrize(("questions", "cases"), [(40, 1), (10, 4), (60, 3)])
def test_runs_that_do_not_differ_are_called_worse_at_most_at_the_level(questions: int, cases: int) -> None:
    rng = np.random.default_rng(11)

    def chance() -> float:
        ability = rng.beta(2, 1, questions)
        runs = rng.random((2, questions, cases)) < ability[None, :, None]
        drawn = [
            row(i, float(runs[1, i, j]), clean=float(runs[0, i, j]), condition=f"c{j}")
            for i in range(questions)
            for j in range(cases)
        ]
        found = paired_test(pairs_of(drawn), seed=3).p_down
        assert found is not None
        return found

    times = 150 if cases > 1 else 400
    rate = sum(chance() <= 0.05 for _ in range(times)) / times
    assert rate <= 0.05 + 3 * (0.05 * 0.95 / times) ** 0.5


def test_drawn_and_listed_sign_flips_agree() -> None:
    values = [(0.5, 0.5 - 0.1 * ((i % 3) - 0.7)) for i in range(12)]
    exact = paired_test(pairs_of(pairs(values)))
    more = paired_test(pairs_of(pairs([*values, (0.5, 0.5 + 1e-9)])))
    assert exact.test.startswith("exact")
    assert more.p_down == pytest.approx(exact.p_down, abs=0.02)
