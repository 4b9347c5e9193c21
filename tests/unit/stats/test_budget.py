"""Budgets: the document's check values, a slice in which every question has the same chance, a hunter that learns."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from robustcore.stats.budget import Difficulty, weighted_loss, weights
from robustcore.stats.hunt import Hunter, Pool, codes_of, rounds
from robustcore.stats.slices import Question, draw_slice

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


def population(size: int) -> dict[str, Question]:
    return {f"q{i}": Question(stratum="ab"[i % 4 == 0], content=f"text {i}") for i in range(size)}


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


def world(rng: np.random.Generator, questions: int = 120) -> tuple[Pool, np.ndarray, np.ndarray]:
    """Six families; a fifth of the questions break often, two families break things, half of the twins fail."""
    question, family = (grid.ravel() for grid in np.meshgrid(np.arange(questions), np.arange(6), indexing="ij"))
    twin = (rng.random(questions) < 0.5).astype(float)
    logits = -3.5 + 2.5 * (question % 5 == 0) + 2.0 * (family < 2)
    broken = (rng.random(len(question)) < 1 / (1 + np.exp(-logits))) * twin[question]
    unknown = np.full(len(question), np.nan)
    pool = Pool(question=question, family=family, severity=family, margin=unknown, memory=np.zeros(len(question)))
    return pool, broken.astype(float), twin


def hunt(pool: Pool, broken: np.ndarray, twin: np.ndarray, budget: int, seed: int) -> tuple[list[int], list[float]]:
    hunter = Hunter(pool, np.full(len(pool), np.nan), np.full(len(twin), np.nan), np.random.default_rng(seed))
    left = np.ones(len(pool), dtype=bool)
    drawn: list[int] = []
    chances: list[float] = []
    for size in rounds(budget):
        indices, given = hunter.draw(left, size)
        left[indices] = False
        hunter.broken[indices] = broken[indices]
        hunter.twin[pool.question[indices]] = twin[pool.question[indices]]
        drawn, chances = [*drawn, *indices], [*chances, *given]
    return drawn, chances


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


def pool_of(**given: object) -> Pool:
    codes = np.array([0, 0, 1, 1])
    fields: dict[str, Any] = {
        "question": np.array([0, 1, 0, 1]),
        "family": codes,
        "severity": codes,
        "margin": np.full(4, np.nan),
        "memory": np.zeros(4),
    }
    return Pool(**(fields | given))


def hunter_of(pool: Pool, broken: list[float], twin: list[float], eps: float = 0.2, seed: int = 1) -> Hunter:
    return Hunter(pool, np.array(broken), np.array(twin), np.random.default_rng(seed), eps=eps)


def test_before_anything_was_seen_a_tenth_breaks_where_half_of_the_twins_pass() -> None:
    hunter = hunter_of(pool_of(), [np.nan] * 4, [np.nan] * 2)
    assert hunter.risk() == pytest.approx([0.05] * 4)
    known = hunter_of(pool_of(), [np.nan] * 4, [1.0, np.nan])
    assert known.risk() == pytest.approx([0.1, 0.1 * 2 / 3, 0.1, 0.1 * 2 / 3])
    failed = hunter_of(pool_of(), [np.nan] * 4, [0.0, np.nan])
    assert failed.risk() == pytest.approx([1e-6, 0.1 / 3, 1e-6, 0.1 / 3])


def test_what_is_remembered_of_a_question_moves_its_odds() -> None:
    remembered = pool_of(memory=np.array([np.log(9.0), 0.0, np.log(9.0), 0.0]))
    assert hunter_of(remembered, [np.nan] * 4, [1.0, 1.0]).risk() == pytest.approx([0.5, 0.1, 0.5, 0.1])


def test_the_effects_are_where_the_penalised_likelihood_is_flat() -> None:
    rng = np.random.default_rng(8)
    question, family = (grid.ravel() for grid in np.meshgrid(np.arange(30), np.arange(3), indexing="ij"))
    margin = rng.normal(2.0, 3.0, 90)
    severity = family * 2 + question % 2
    memory = rng.normal(0, 0.5, 30)[question]
    pool = Pool(question=question, family=family, severity=severity, margin=margin, memory=memory)
    broken = (rng.random(90) < 0.4).astype(float)
    twin = np.array([1.0] * 20 + [0.0] * 5 + [np.nan] * 5)
    hunter = hunter_of(pool, broken.tolist(), twin.tolist())
    hunter.risk()
    intercept, by_family, by_severity, by_question, slope = hunter.effects
    scaled = (margin - margin.mean()) / margin.std()
    seen = question < 20
    logits = intercept + by_family[family] + by_severity[severity] + by_question[question] + memory + slope * scaled
    error = (1 / (1 + np.exp(-logits)) - broken) * seen
    assert error.sum() + 1e-3 * intercept == pytest.approx(0, abs=0.02)
    for codes, effects, precision in (
        (family, by_family, 0.5),
        (severity, by_severity, 1.0),
        (question, by_question, 0.7),
    ):
        gradient = np.bincount(codes, weights=error, minlength=len(effects)) + precision * effects
        assert gradient == pytest.approx(np.zeros(len(effects)), abs=0.02)
    assert float(error @ scaled) + slope == pytest.approx(0, abs=0.02)
    assert by_question[20:] == pytest.approx(np.zeros(10), abs=1e-6)


def test_a_margin_that_is_unknown_or_does_not_vary_says_nothing() -> None:
    for margin in (np.full(4, np.nan), np.full(4, 3.0), np.array([3.0, np.nan, np.nan, np.nan])):
        hunter = hunter_of(pool_of(margin=margin), [1.0, 0.0, 1.0, 0.0], [1.0, 1.0])
        hunter.risk()
        assert hunter.effects[4] == pytest.approx(0.0, abs=1e-6)


def test_the_chance_of_a_draw_weighs_odds_cost_and_the_even_part() -> None:
    hunter = hunter_of(pool_of(), [np.nan] * 4, [1.0, np.nan])
    odds = np.array([1 / 9, (1 / 15) / (14 / 15)])
    share = odds**2 / np.array([1.0, 2.0])
    drawn, chances = hunter.draw(np.array([True, True, False, False]), 5)
    assert sorted(drawn) == [0, 1]
    assert chances[0] == pytest.approx(0.8 * share[drawn[0]] / share.sum() + 0.2 / 2)
    assert chances[1] == pytest.approx(1.0)
    only, chance = hunter.draw(np.array([False, False, False, True]), 1)
    assert only == [3]
    assert chance == pytest.approx([1.0])
    assert hunter.draw(np.ones(4, dtype=bool), 0) == ([], [])


def test_draws_follow_their_chances() -> None:
    memory = np.array([2.0, 0.0, 1.0, -1.0])
    counts: Counter[int] = Counter()
    chances: dict[int, float] = {}
    for seed in range(1500):
        ((first,), (chance,)) = hunter_of(pool_of(memory=memory), [np.nan] * 4, [1.0, 1.0], 0.5, seed).draw(
            np.ones(4, dtype=bool), 1
        )
        counts[first] += 1
        chances[first] = chance
    for case, chance in chances.items():
        assert counts[case] / 1500 == pytest.approx(chance, abs=4 * (chance * (1 - chance) / 1500) ** 0.5)


def test_rounds_are_of_at_least_eight_and_twelve_of_them_spend_it_all() -> None:
    assert rounds(0) == []
    assert rounds(7) == [7]
    assert rounds(20) == [8, 8, 4]
    assert rounds(780) == [10 * i for i in range(1, 13)]
    assert rounds(60, number=2) == [20, 40]


def test_weights_and_losses_by_hand() -> None:
    assert weights([0.5, 0.5], 2) == [1.0, 1.0]
    assert weights([0.5], 4) == pytest.approx([1 + 3 / 3 * (1 / (4 * 0.5) - 1)])
    assert weighted_loss([1.0, 0.0], [0.25, 1 / 3], 4) == pytest.approx(0.5)
    assert weighted_loss([], [], 4) is None
    assert weighted_loss([1.0], [0.0], 4) is None
    memory = Difficulty(a=3.0, b=1.0)
    assert memory.mean == 0.75
    assert memory.seen(4, 0.25) == Difficulty(a=0.5 * 3 + 0.5 + 1, b=0.5 + 0.5 + 3)
    assert memory.seen(0, 0.0, prior=Difficulty(a=5.0, b=7.0), lam=0.25) == Difficulty(a=0.75 + 3.75, b=0.25 + 5.25)
