"""Known groups: the packs rare and failsafe pass a sound reader, and fail each planted weakness at its own gates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from recorder import Recorder
from validity.planted_packs import Bold, Hears, PackReader, Shy, expert, spelt_right

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import Case, Condition
from robustcore.corpus.bundled import bundled_dataset, bundled_names, shipped_folder
from robustcore.corpus.records import Dataset
from robustcore.gates.judge import judge
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.types import Scenario
from robustcore.scenario.unit import Unit
from robustcore.systems.aides import aides

FRESH = 11  # replicate number: seeds that no shipped run draws

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


@dataclass
class World:
    """One engine for all systems: what the operators and the validity filter ask is answered once."""

    engine: Engine = field(default_factory=lambda: Engine(Ledger(None), Run("validity")))
    made: dict[str, tuple[Scenario, Dataset]] = field(default_factory=dict)

    def pack(self, name: str) -> tuple[Scenario, Dataset]:
        if name not in self.made:
            file = shipped_folder("scenarios") / name / f"{name}.robust.yaml"
            (scenario,) = load_scenarios(file, operator_registry(), parse_measure, bundled=bundled_names())
            self.made[name] = scenario, bundled_dataset(name)
        return self.made[name]

    def verdicts(self, name: str, system: PackReader) -> dict[str, tuple[str, float | None]]:
        """Return status and estimate of each gate of a pack."""
        scenario, dataset = self.pack(name)
        unit = Unit(scenario, dataset, lambda: system, slim=True, aides=aides)
        self.engine.add_endpoints(unit.endpoints)
        cases = [case for condition in scenario.conditions for case in fresh(unit, condition)]
        for case, result in self.engine.run((case, unit.flow(case)) for case in unit.with_twins(cases)):
            unit.results[case.id] = result
        self.engine.forget()
        found: dict[str, tuple[str, float | None]] = {}
        for gate in scenario.gates:
            names = [measure.name for measure in unit.measures]
            rows = [row for name in names for row in unit.rows(name, scenario.conditions)]
            (verdict,) = judge(gate, rows, conditions=scenario.conditions)
            print(f"{system.name} {verdict.sentence}")
            found[gate.measure.partition("(")[0]] = verdict.status, verdict.estimate.value
        return found


def fresh(unit: Unit, condition: Condition) -> Iterator[Case]:
    for case in unit.cases(condition):
        yield Case(case.id, case.example, case.condition, FRESH)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


R, G, LLMC = "failsafe.robustness", "failsafe.grounding", "failsafe.llmc"
QUERY, DOCUMENT = "rare_met.query", "rare_met.document"


def planted(weakness: str, data: Dataset) -> PackReader:
    match weakness:
        case "bold":
            return Bold(name=weakness, data=data)
        case "shy":
            return Shy(name=weakness, data=data)
        case "spelling":
            return Hears(name=weakness, data=data, hears=spelt_right)
        case "jargon":
            return Hears(name=weakness, data=data, hears=expert)
        case _:
            return PackReader(data=data)


@pytest.mark.parametrize(
    ("pack", "weakness", "gates"),
    [
        ("rare", "none", set()),
        ("rare", "bold", {DOCUMENT}),
        ("rare", "shy", {QUERY, DOCUMENT}),
        ("rare", "spelling", {QUERY}),
        ("rare", "jargon", set()),
        ("failsafe", "none", set()),
        ("failsafe", "bold", {G, LLMC}),
        ("failsafe", "shy", {R, LLMC}),
        ("failsafe", "spelling", {R, LLMC}),
        ("failsafe", "jargon", {R, LLMC}),
    ],
)
def test_each_weakness_fails_its_own_gates_and_no_other(
    world: World, pack: str, weakness: str, gates: set[str], record: Recorder
) -> None:
    verdicts = world.verdicts(pack, planted(weakness, world.pack(pack)[1]))
    strength = None if weakness == "none" else 1.0
    record.verdicts(pack, weakness if strength else "sound", verdicts, own=gates, strength=strength)
    assert {gate for gate, (status, _) in verdicts.items() if status != "passed"} == gates
