"""Flaky systems: the split is recovered, and the chance of another verdict is what re-runs show."""

from __future__ import annotations

import numpy as np
import pytest
from stat_rows import row

from robustcore.gates.judge import judge
from robustcore.gates.types import Gate
from robustcore.stats.rows import Row
from robustcore.stats.variance import components, replicates_decide

GATE = Gate(name="m", measure="answer_correct", at_least=0.8)


def flaky(rng: np.random.Generator, abilities: np.ndarray, replicates: int) -> list[Row]:
    drawn = rng.random((len(abilities), replicates)) < abilities[:, None]
    return [
        row(i, float(drawn[i, r]), clean=1.0, replicate=r) for i in range(len(abilities)) for r in range(replicates)
    ]


def test_the_split_is_recovered() -> None:
    rng = np.random.default_rng(1)
    abilities = rng.beta(4, 2, 3000)
    found = components(flaky(rng, abilities, 5))
    assert found is not None
    assert found.between == pytest.approx(float(abilities.var()), abs=0.004)
    assert found.within == pytest.approx(float((abilities * (1 - abilities)).mean()), abs=0.004)


def test_a_steady_system_has_all_its_spread_between_questions() -> None:
    rows = [row(i, float(i % 2), replicate=r) for i in range(20) for r in range(3)]
    found = components(rows)
    assert found is not None
    assert (found.within, found.unstable, found.reliability) == (0.0, 0.0, 1.0)


def test_conditions_of_different_difficulty_are_no_spread() -> None:
    rows = [row(i, float(c), condition=f"c{c}", replicate=r) for i in range(20) for c in (0, 1) for r in range(2)]
    found = components(rows)
    assert found is not None
    assert (found.between, found.within) == (0.0, 0.0)


def test_without_replicates_nothing_is_said() -> None:
    assert components([row(i, 1.0) for i in range(9)]) is None
    (verdict,) = judge(GATE, [row(i, 1.0) for i in range(30)])
    assert (verdict.flips, verdict.replicates) == (None, None)


def test_a_steady_verdict_does_not_flip() -> None:
    (verdict,) = judge(GATE, [row(i, float(i % 10 > 0), replicate=r) for i in range(300) for r in range(2)])
    assert (verdict.status, verdict.flips) == ("passed", 0.0)


def test_the_chance_of_another_verdict_is_what_reruns_show() -> None:
    rng = np.random.default_rng(9)
    told, seen = [], []
    for _ in range(60):
        abilities = np.clip(rng.beta(9, 1.2, 60), 0, 1)
        verdicts = [judge(GATE, flaky(rng, abilities, 3))[0] for _ in range(2)]
        told.append(verdicts[0].flips or 0.0)
        seen.append(verdicts[0].status != verdicts[1].status)
    assert np.mean(told) == pytest.approx(np.mean(seen), abs=0.17)  # two standard errors of 60 coins, and a little


def test_an_open_gate_says_how_many_replicates_would_decide() -> None:
    rng = np.random.default_rng(4)
    rows = flaky(rng, np.full(80, 0.86), 3)  # all noise is the system's own
    (verdict,) = judge(GATE, rows)
    assert verdict.status == "inconclusive"
    assert verdict.replicates is not None
    assert f"about {verdict.replicates} replicates of each case would decide" in verdict.sentence
    (decided,) = judge(GATE, flaky(rng, np.full(80, 0.86), 4 * verdict.replicates))
    assert decided.status == "passed"


def test_no_number_of_replicates_makes_up_for_questions() -> None:
    rng = np.random.default_rng(4)
    parts = components(flaky(rng, np.array([0.02, 0.98] * 30), 3))
    assert parts is not None
    assert replicates_decide(parts, 0.5, 0.4, 0.49) is None
