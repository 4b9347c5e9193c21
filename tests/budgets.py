"""Budgets spent on made-up pools: which questions a slice draws, and which cases a hunter draws."""

from __future__ import annotations

import numpy as np

from robustcore.stats.hunt import Hunter, Pool, rounds
from robustcore.stats.slices import Question


def population(size: int) -> dict[str, Question]:
    """Return questions of two strata, a quarter of them in one."""
    return {f"q{i}": Question(stratum="ab"[i % 4 == 0], content=f"text {i}") for i in range(size)}


def world(rng: np.random.Generator, questions: int = 120) -> tuple[Pool, np.ndarray, np.ndarray]:
    """Return a pool of six families, what breaks of it, and which twins pass.

    A fifth of the questions break often, two families break things, half of the twins fail.
    """
    question, family = (grid.ravel() for grid in np.meshgrid(np.arange(questions), np.arange(6), indexing="ij"))
    twin = (rng.random(questions) < 0.5).astype(float)
    logits = -3.5 + 2.5 * (question % 5 == 0) + 2.0 * (family < 2)
    broken = (rng.random(len(question)) < 1 / (1 + np.exp(-logits))) * twin[question]
    unknown = np.full(len(question), np.nan)
    pool = Pool(question=question, family=family, severity=family, margin=unknown, memory=np.zeros(len(question)))
    return pool, broken.astype(float), twin


def hunt(pool: Pool, broken: np.ndarray, twin: np.ndarray, budget: int, seed: int) -> tuple[list[int], list[float]]:
    """Return the cases that a hunter draws with ``budget``, and the chance of each draw."""
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
