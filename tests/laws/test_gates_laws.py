"""Laws of gates: a system at the threshold rarely passes, and better rows never turn a pass into a failure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stat_rows import grid, pairs, row, rows

from robustcore.gates.judge import judge
from robustcore.gates.plan import unreachable
from robustcore.gates.types import Gate
from robustcore.stats.rows import Row

RANK = {"failed": 0, "inconclusive": 1, "passed": 2}
TIMES, MOST = 400, 0.085  # a rate of 5% exceeds it about once in 500


def gate(measure: str, **settings: Any) -> Gate:
    return Gate(name=measure, measure=measure, **settings)


def pass_share(asked: Gate, make: Any) -> float:
    rng = np.random.default_rng(11)
    verdicts = [judge(asked, make(rng), higher_is_better=True)[0] for _ in range(TIMES)]
    return sum(verdict.status == "passed" for verdict in verdicts) / TIMES


@pytest.mark.parametrize(("n", "p"), [(20, 0.85), (60, 0.95), (120, 0.8)])
def test_a_system_exactly_at_its_gate_passes_at_most_at_the_stated_rate(n: int, p: float) -> None:
    make = lambda rng: rows((rng.random(n) < p).astype(float).tolist())  # noqa: E731
    assert pass_share(gate("answer_correct", at_least=p), make) <= MOST


@pytest.mark.parametrize("n", [20, 40])
def test_clustered_values_exactly_at_the_gate_pass_at_most_at_the_stated_rate(n: int) -> None:
    p, together = 0.95, 0.8
    a, b = p * (1 - together) / together, (1 - p) * (1 - together) / together

    def make(rng: np.random.Generator) -> list[Row]:
        return grid((rng.random((n, 3)) < rng.beta(a, b, n)[:, None]).astype(float).tolist())

    assert pass_share(gate("answer_correct", at_least=p), make) <= MOST


@pytest.mark.parametrize("measure", ["drop_abs(answer_correct)", "drop_rel(answer_correct)"])
def test_a_drop_exactly_at_the_gate_passes_at_most_at_the_stated_rate(measure: str) -> None:
    threshold = 0.1 if "rel" in measure else 0.08

    def make(rng: np.random.Generator) -> list[Row]:
        clean = rng.random(100) < 0.8
        return pairs([(float(c), float(c and p)) for c, p in zip(clean, rng.random(100) >= 0.1, strict=True)])

    assert pass_share(gate(measure, at_most=threshold), make) <= MOST


@given(
    values=st.lists(st.booleans(), min_size=1, max_size=80),
    better=st.integers(0, 79),
    threshold=st.floats(0.05, 0.95),
)
def test_one_more_pass_never_makes_a_verdict_worse(values: list[bool], better: int, threshold: float) -> None:
    asked = gate("answer_correct", at_least=threshold)
    before = judge(asked, rows(map(float, values)))[0]
    values[better % len(values)] = True
    after = judge(asked, rows(map(float, values)))[0]
    assert RANK[after.status] >= RANK[before.status]


@given(threshold=st.floats(0.01, 0.99), n=st.integers(1, 300), confidence=st.sampled_from([0.9, 0.95, 0.99]))
@example(threshold=0.1, n=1, confidence=0.9)  # on the limit but for rounding
@settings(deadline=None)
def test_a_gate_is_announced_as_out_of_reach_iff_a_perfect_run_cannot_pass(
    threshold: float, n: int, confidence: float
) -> None:
    asked = gate("answer_correct", at_least=threshold, confidence=confidence)
    passed = judge(asked, rows([1.0] * n))[0].status == "passed"
    assert passed == (unreachable(asked, n) is None)


@given(
    by=st.lists(st.sampled_from(["perturbation", "severity", "family"]), unique=True),
    labels=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.25, 0.5, 1.0])), min_size=1, max_size=40),
)
def test_cells_split_the_rows_without_losing_any(by: list[str], labels: list[tuple[str, float]]) -> None:
    given_rows = [row(i, 1.0, condition=label, severity=severity) for i, (label, severity) in enumerate(labels)]
    verdicts = judge(gate("answer_correct", at_least=0.5, by=tuple(by)), given_rows)
    assert sum(verdict.estimate.n for verdict in verdicts) == len(given_rows)
    assert len({verdict.cell for verdict in verdicts}) == len(verdicts)
