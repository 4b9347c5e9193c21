"""Budgets: the document's check values, a slice in which every question has the same chance, a hunter that learns."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from budgets import hunt, population, world

from robustcore.stats.budget import Difficulty, weighted_loss, weights
from robustcore.stats.hunt import codes_of, rounds
from robustcore.stats.slices import draw_slice

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "oracles" / "budget.json").read_text(encoding="utf-8")
)
ESTIMATOR = DOCUMENT["weighted_estimator"]


def chances_of(draw: list[int]) -> list[float]:
    left, found = list(ESTIMATOR["q"]), []
    for index in draw:
        found.append(left[index] / sum(left))
        left[index] = 0.0
    return found


@pytest.mark.parametrize("case", ESTIMATOR["single_draws"], ids=lambda case: str(case["draw"]))
def test_weights_agree_with_the_document(case: dict[str, Any]) -> None:
    chances = chances_of(case["draw"])
    assert weights(chances, ESTIMATOR["pool"]) == pytest.approx(case["weights"], abs=1e-6)
    losses = [ESTIMATOR["losses"][index] for index in case["draw"]]
    assert weighted_loss(losses, chances, ESTIMATOR["pool"]) == pytest.approx(case["estimate"], abs=1e-6)


@pytest.mark.parametrize("case", ESTIMATOR["expected"], ids=lambda case: str(case["runs"]))
def test_the_weighted_loss_is_unbiased_over_all_draws_and_the_raw_mean_is_not(case: dict[str, Any]) -> None:
    weighted = raw = 0.0
    for draw in itertools.permutations(range(ESTIMATOR["pool"]), case["runs"]):
        chances = chances_of(list(draw))
        losses = [ESTIMATOR["losses"][index] for index in draw]
        chance = float(np.prod(chances))
        weighted += chance * (weighted_loss(losses, chances, ESTIMATOR["pool"]) or 0.0)
        raw += chance * sum(losses) / len(losses)
    assert weighted == pytest.approx(case["expected_weighted"], abs=1e-9)
    assert raw == pytest.approx(case["expected_raw_mean"], abs=1e-6)


def test_an_unknown_chance_has_no_weighted_estimate() -> None:
    assert weighted_loss([1.0], [0.0], 4) is None
    assert weighted_loss([], [], 4) is None


@pytest.mark.parametrize("case", DOCUMENT["mopps"], ids=lambda case: str(case["lam"]))
def test_the_memory_of_difficulty_agrees_with_the_document(case: dict[str, Any]) -> None:
    prior = Difficulty(a=case["prior"][0], b=case["prior"][1])
    memory = prior
    for update in case["updates"]:
        memory = memory.seen(update["n"], update["success"], prior=prior, lam=case["lam"])
        assert (memory.a, memory.b) == (update["a"], update["b"])
        assert memory.mean == pytest.approx(update["mean"], abs=1e-6)


def test_every_question_has_the_same_chance_and_every_stratum_its_share() -> None:
    questions = population(40)
    counts: Counter[str] = Counter()
    times = 1500
    for seed in range(times):
        drawn = draw_slice(questions, 7, seed)
        assert len(drawn) == 7
        assert 1 <= sum(questions[name].stratum == "b" for name in drawn) <= 2  # a quarter of seven is 1.75
        counts.update(drawn)
    chance = 7 / 40
    error = 4.5 * (chance * (1 - chance) / times) ** 0.5
    assert all(abs(counts[name] / times - chance) < error for name in questions)


def test_the_estimate_of_a_budgeted_run_is_unbiased() -> None:
    questions = population(50)
    values = {name: float(i % 4 == 0 or i % 7 == 0) for i, name in enumerate(questions)}
    truth = sum(values.values()) / 50
    means = [np.mean([values[name] for name in draw_slice(questions, 8, seed)]) for seed in range(2000)]
    assert np.mean(means) == pytest.approx(truth, abs=4 * float(np.std(means)) / 2000**0.5)


def test_a_slice_knows_contents_and_seed_alone() -> None:
    questions = population(30)
    renamed = {f"other-{name}": one for name, one in reversed(questions.items())}
    assert {f"other-{name}" for name in draw_slice(questions, 9, 5)} == draw_slice(renamed, 9, 5)
    assert draw_slice(questions, 9, 5) != draw_slice(questions, 9, 6)
    assert draw_slice(questions, 99, 5) == set(questions)
    assert draw_slice(questions, 0, 5) == frozenset()


def test_the_hunter_learns_where_it_breaks() -> None:
    rng = np.random.default_rng(0)
    ratios = []
    for seed in range(6):
        pool, broken, twin = world(rng)
        drawn, _ = hunt(pool, broken, twin, len(pool) // 4, seed)
        ratios.append(broken[drawn].sum() / (0.25 * broken.sum()))
    assert np.mean(ratios) >= 1.8


def test_the_chances_of_a_hunt_make_its_weighted_loss_unbiased() -> None:
    pool, broken, twin = world(np.random.default_rng(1), questions=30)
    found = []
    for seed in range(300):
        drawn, chances = hunt(pool, broken, twin, 45, seed)
        assert len(set(drawn)) == 45
        found.append(weighted_loss(broken[drawn].tolist(), chances, len(pool)) or 0.0)
    assert np.mean(found) == pytest.approx(broken.mean(), abs=4 * float(np.std(found)) / 300**0.5)


def test_rounds_spend_the_budget_and_grow() -> None:
    for budget in (1, 7, 100, 5000):
        sizes = rounds(budget)
        assert sum(sizes) == budget
        assert sizes[:-1] == sorted(sizes[:-1])


def test_codes_are_given_in_order() -> None:
    assert codes_of(["b", "a", "b"]).tolist() == [0, 1, 0]
