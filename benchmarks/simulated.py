"""(k) Simulations at full length: do intervals cover, do gates hold their level, is a budget unbiased, does it stop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.timing import print_table, verdict

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the worlds of the fast tests
import numpy as np
from budgets import hunt, population, world
from simulations import (
    alike_pairs,
    binary,
    clustered,
    families,
    graded,
    graded_pairs,
    hardly_varying,
    misses,
    paired,
    stopped,
)

from robustcore.gates.judge import judge_cell
from robustcore.gates.types import Gate
from robustcore.stats.budget import weighted_loss
from robustcore.stats.drops import drop_abs, drop_rel
from robustcore.stats.means import mean_estimate
from robustcore.stats.slices import draw_slice
from robustcore.stats.suites import union, worst_case

if TYPE_CHECKING:
    from simulations import World

    from robustcore.stats.rows import Estimate, Row

DELTA = 0.05
TIMES = 1000
STOPS = 300  # simulations of a run that may stop early: each looks a dozen times
PLANNED = 300  # questions of such a run
LEAST_SAVED = 0.3
NONE = 0.045  # the chance that no cluster varies, where that would just mislead
Fold: TypeAlias = "Callable[[list[Row]], Estimate]"


def run(folder: Path, repeats: int) -> None:
    """Simulate and print; ``repeats`` multiplies the number of simulations."""
    _coverage(TIMES * repeats)
    _levels(TIMES * repeats)
    _budget(TIMES * repeats)
    _stops(STOPS * repeats)


def _folded(fold: Fold, draw: World, n: int, rng: np.random.Generator) -> Estimate:
    return fold(draw(rng, n))


def _shown(rows: list[Row]) -> Estimate:
    return mean_estimate(rows, display=True)


def _covers() -> Iterator[tuple[str, Fold, World, float, int]]:
    """Yield an interval with a world, the truth there and the number of questions."""
    for n, p in ((20, 0.95), (59, 0.95), (120, 0.9)):
        yield f"Clopper-Pearson, rate {p}", mean_estimate, binary(p), p, n
    for n, p, alike in ((20, 0.8, 0.3), (20, 0.95, 0.9), (40, 0.5, 0.9), (60, 0.9, 0.5), (200, 0.9, 0.5)):
        yield f"cluster bootstrap-t, rate {p}, {alike} alike", mean_estimate, clustered(p, alike), p, n
    for n, sizes in ((20, "equal"), (60, "equal"), (20, "failing ones larger"), (60, "failing ones larger")):
        world, truth = hardly_varying(1 - NONE ** (1 / n), sizes)
        yield f"clusters that hardly vary, {sizes}", mean_estimate, world, truth, n
    for n in (20, 60):
        yield "KL and Bentkus, graded, unequal clusters", mean_estimate, graded(0.3, 0.3, 3), 0.5, n
        yield "bootstrap-t in tables, graded, unequal", _shown, graded(0.3, 0.3, 3), 0.5, n
        yield "bootstrap-t in tables, graded, skewed", _shown, graded(5, 1, 3), 5 / 6, n
    for n in (20, 60):
        yield "drop_abs, one pair", drop_abs, paired(0.8, 0.1, 0.05), 0.07, n
        yield "drop_rel, one pair", drop_rel, paired(0.8, 0.1, 0.05), 0.07 / 0.8, n
        yield "drop_abs, three pairs", drop_abs, paired(0.8, 0.2, 0.05, 3), 0.15, n
        yield "drop_rel, three pairs", drop_rel, paired(0.8, 0.2, 0.05, 3), 0.15 / 0.8, n
    loss = 1 - (NONE / 2) ** (1 / 60)
    yield "drop_abs, three pairs lost together", drop_abs, alike_pairs(loss), loss, 60
    yield "drop_abs, graded", drop_abs, graded_pairs(0.9), 0.05, 40
    yield "drop_rel, graded", drop_rel, graded_pairs(0.9), 0.1, 40
    yield "union of two families", union, families(0.9), 0.81, 40
    yield "worst of three, clustered", worst_case, clustered(0.8, 0.5), _all_right(0.8, 0.5, 3), 40


def _all_right(p: float, alike: float, each: int) -> float:
    """Return the chance that all of ``each`` values of a question are right in `clustered`."""
    a, whole = p * (1 - alike) / alike, (1 - alike) / alike
    chance = 1.0
    for place in range(each):
        chance *= (a + place) / (whole + place)
    return chance


def _coverage(times: int) -> None:
    rows = []
    for name, fold, draw, truth, n in _covers():
        low, high = misses(partial(_folded, fold, draw, n), truth, times)
        rows.append([name, f"{n}", f"{low:.3f}", f"{high:.3f}", _held(max(low, high), times)])
    title = f"(k) how often a limit misses the truth, {times} simulations; nominal {DELTA}, error {_error(times):.3f}"
    print_table(title, ["interval", "questions", "lower", "upper", f"at most {DELTA}"], rows)


def _levels(times: int) -> None:
    """Print how often a system exactly at its threshold passes, by kind of gate."""
    cases: Sequence[tuple[str, Gate, World, int]] = (
        ("rate, one value", _gate(at_least=0.9), binary(0.9), 60),
        ("rate, three values, 20 questions", _gate(at_least=0.9), clustered(0.9, 0.5), 20),
        ("rate, three values, 60 questions", _gate(at_least=0.9), clustered(0.9, 0.5), 60),
        ("graded", _gate(at_least=0.5), graded(0.3, 0.3, 3), 60),
        ("drop_abs", _gate("drop_abs(answer_correct)", at_most=0.1), paired(1, 0.1, 0), 60),
        ("drop_abs, three pairs", _gate("drop_abs(answer_correct)", at_most=0.15), paired(0.8, 0.2, 0.05, 3), 60),
        ("drop_rel", _gate("drop_rel(answer_correct)", at_most=0.1), paired(0.8, 0.1, 0), 60),
        ("union", _gate("union(answer_correct)", at_least=0.81), families(0.9), 60),
    )
    rows = []
    for name, gate, draw, n in cases:
        rng = np.random.default_rng(8)
        passed = sum(judge_cell(gate, (), draw(rng, n)).status == "passed" for _ in range(times)) / times
        rows.append([name, f"{passed:.3f}", f"{DELTA}", _held(passed, times)])
    title = f"(k) gates on a system exactly at its threshold, {times} simulations, error {_error(times):.3f}"
    print_table(title, ["gate", "passed", "stated", "held"], rows)


def _budget(times: int) -> None:
    """Print the mean error of what a random slice estimates, and of the weighted loss of hunted draws."""
    questions = population(50)
    values = {name: float(i % 4 == 0 or i % 7 == 0) for i, name in enumerate(questions)}
    slices = [np.mean([values[name] for name in draw_slice(questions, 8, seed)]) for seed in range(times)]
    pool, broken, twin = world(np.random.default_rng(1), questions=30)
    hunts = []
    for seed in range(times // 4):
        drawn, chances = hunt(pool, broken, twin, 45, seed)
        hunts.append(weighted_loss(broken[drawn].tolist(), chances, len(pool)) or 0.0)
    rows = []
    for name, found, truth in (("random slice", slices, sum(values.values()) / 50), ("hunted", hunts, broken.mean())):
        error = float(np.std(found)) / len(found) ** 0.5
        bias = float(np.mean(found)) - float(truth)
        met = verdict(abs(bias) / error, at_most=3)
        rows.append([name, f"{len(found)}", f"{truth:.4f}", f"{np.mean(found):.4f}", f"{error:.4f}", met])
    header = ["estimate", "simulations", "truth", "mean", "error", "off by errors"]
    print_table("(k) estimates under a budget are unbiased", header, rows)


def _stops(times: int) -> None:
    """Print error rate and questions saved of gates that are looked at while the run goes on."""
    drop, share = "drop_abs(answer_correct)", "drop_rel(answer_correct)"
    at: Sequence[tuple[str, Gate, World, str]] = (
        ("rate at its threshold", _gate(at_least=0.9), binary(0.9), "above"),
        ("three values at the threshold", _gate(at_least=0.7), clustered(0.7), "above"),
        ("drop_abs at its threshold", _gate(drop, at_most=0.1), paired(1, 0.1, 0), "below"),
        ("drop_rel at its threshold", _gate(share, at_most=0.1), paired(1, 0.1, 0), "below"),
        ("clearly good, 0.99 for 0.9", _gate(at_least=0.9), binary(0.99), ""),
        ("clearly bad, 0.7 for 0.9", _gate(at_least=0.9), binary(0.7), ""),
    )
    rows = []
    for name, gate, draw, wrong in at:
        rng = np.random.default_rng(20)
        found = [stopped(gate, draw(rng, PLANNED), PLANNED) for _ in range(times)]
        saved = 1 - sum(asked for _, asked in found) / (len(found) * PLANNED)
        passed = sum(how == wrong for how, _ in found) / times
        met = _held(passed, times) if wrong else verdict(saved, at_least=LEAST_SAVED)
        rows.append([name, f"{passed:.3f}" if wrong else "", f"{saved:.0%}", met])
    title = f"(k) stopping early, {PLANNED} questions, {times} simulations, error {_error(times):.3f}"
    print_table(title, ["gate", "wrongly passed", "questions saved", f"at most {DELTA}, or saved"], rows)


def _gate(measure: str = "answer_correct", **settings: float) -> Gate:
    return Gate(name=measure, measure=measure, **settings)  # type: ignore[arg-type]  # fields of the gate


def _error(times: int) -> float:
    """Return the Monte Carlo error of a rate that is exactly nominal."""
    return float((DELTA * (1 - DELTA) / times) ** 0.5)


def _held(seen: float, times: int) -> str:
    """Say whether a rate is at most nominal but for three Monte Carlo errors."""
    return "held" if seen <= DELTA + 3 * _error(times) else f"MISSED by {(seen - DELTA) / _error(times):.1f} errors"
