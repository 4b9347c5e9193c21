"""Worlds whose truth is known: questions drawn at random, on which limits, gates and early stopping are tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from stat_rows import grid, pairs, row, rows

from robustcore.gates.sequential import decision
from robustcore.gates.types import Gate
from robustcore.stats.rows import Estimate, Row

World = Callable[[np.random.Generator, int], list[Row]]
"""Returns the rows of so many questions."""


def binary(p: float) -> World:
    """Return questions that are right or wrong, one value each."""
    return lambda rng, n: rows((rng.random(n) < p).astype(float).tolist())


def clustered(p: float, alike: float = 0.5, each: int = 3) -> World:
    """Return questions with ``each`` values, whose chances vary: ``alike`` is the correlation within a question."""
    a, b = p * (1 - alike) / alike, (1 - p) * (1 - alike) / alike

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        hits = rng.random((n, each)) < rng.beta(a, b, n)[:, None]
        return grid(hits.astype(float).tolist())

    return draw


def hardly_varying(fails: float, sizes: str, each: int = 3) -> tuple[World, float]:
    """Return questions all of whose values are right, but for a share that ``fails`` as a whole, and the true mean.

    ``sizes`` of the clusters are ``each`` ("equal"), 1 to ``each`` ("unequal"), or 2 where a question is right and
    ``each`` where it fails ("failing ones larger": what is hard is asked more often).
    """
    right = 2 if sizes == "failing ones larger" else each

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        wrong = rng.random(n) < fails
        many = rng.integers(1, each + 1, n) if sizes == "unequal" else np.where(wrong, each, right)
        found = [row(i, float(not wrong[i]), condition=f"c{j}") for i in range(n) for j in range(int(many[i]))]
        unasked = [row("none", None, condition=f"c{j}", reason="noop") for j in range(each)]
        return [*found, *unasked]  # so many places a cluster has, whether or not one of those drawn fills them

    return draw, right * (1 - fails) / (right * (1 - fails) + each * fails)


def mirrored(world: World) -> World:
    """Return ``world`` with right and wrong exchanged."""

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        return [replace(one, value=None if one.value is None else 1 - one.value) for one in world(rng, n)]

    return draw


def alike_pairs(loss: float, each: int = 3) -> World:
    """Return questions that are right when clean and lost under all of ``each`` conditions, with this chance."""

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        kept = rng.random(n) >= loss
        return [row(i, float(kept[i]), clean=1.0, condition=f"c{j}") for i in range(n) for j in range(each)]

    return draw


def graded(a: float, b: float, most: int = 1) -> World:
    """Return questions with Beta(``a``, ``b``) values; each is repeated 1 to ``most`` times, as hard ones stay hard."""

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        values, sizes = rng.beta(a, b, n), rng.integers(1, most + 1, n)
        return [row(i, float(values[i]), condition=f"c{j}") for i in range(n) for j in range(sizes[i])]

    return draw


def paired(clean: float, loss: float, gain: float, each: int = 1) -> World:
    """Return pairs: a right answer is lost and a wrong one gained with these chances, in ``each`` conditions.

    With several, half of the questions have twice the chance and half have none: chances of at most 0.5.
    """

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        right = rng.random(n) < clean
        scale = rng.integers(0, 2, n) * 2.0 if each > 1 else np.ones(n)
        found = []
        for j in range(each):
            chance = rng.random(n)
            after = np.where(right, chance >= loss * scale, chance < gain * scale)
            made = pairs([(float(c), float(p)) for c, p in zip(right, after, strict=True)], condition=f"c{j}")
            found += made
        return found

    return draw


def graded_pairs(kept: float) -> World:
    """Return pairs of a uniform clean value, which is kept with this chance and else lost as a whole."""

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        clean = rng.random(n)
        return pairs([(float(c), float(p)) for c, p in zip(clean, clean * (rng.random(n) < kept), strict=True)])

    return draw


def families(p: float, count: int = 2) -> World:
    """Return questions that are right when clean and pass each of ``count`` families with chance ``p``."""

    def draw(rng: np.random.Generator, n: int) -> list[Row]:
        hits = rng.random((n, count)) < p
        return [row(i, float(hits[i, j]), clean=1.0, condition=f"c{j}") for i in range(n) for j in range(count)]

    return draw


def misses(simulate: Callable[[np.random.Generator], Estimate], truth: float, times: int) -> tuple[float, float]:
    """Return how often the lower limit lies above ``truth`` and the upper one below it; no interval is no miss."""
    rng = np.random.default_rng(7)
    low = high = 0
    for _ in range(times):
        found = simulate(rng)
        low += found.low is not None and found.low > truth + 1e-12
        high += found.high is not None and found.high < truth - 1e-12
    return low / times, high / times


def looks(limit: int) -> list[int]:
    """Return the numbers of questions asked at each look: 16, then a quarter more each time, at least 8."""
    found = [16]
    while found[-1] < limit:
        found.append(min(limit, found[-1] + max(8, int(found[-1] * 0.25))))
    return found


def stopped(given: Gate, drawn: Sequence[Row], limit: int) -> tuple[str, int]:
    """Return how ``given`` was decided on ``drawn`` ("open": not at all), and after how many of ``limit`` questions."""
    by_item: dict[str, list[Row]] = {}
    for one in drawn:
        by_item.setdefault(one.item, []).append(one)
    items = list(by_item)
    for asked in looks(limit):
        found = decision(given, [r for item in items[:asked] for r in by_item[item]])
        if found != "open":
            return found, asked
    return "open", limit
