"""Known groups: the quickstart pack passes a sound system, and fails each planted weakness at just its own gate.

The sound system is the real default over all three bundled corpora. Perturbations are drawn with seeds that no shipped
run uses (a replicate number of their own).
"""

from __future__ import annotations

import pytest
from recorder import Recorder
from validity.planted import DrawnToTheTop, NeverRefuses, TypoBrittle, known_words
from validity.world import World, tokenizer_words

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.corpus.bundled import bundled_dataset, bundled_names, corpus_names, shipped_folder
from robustcore.corpus.load import merge
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import load_scenarios
from robustcore.systems.base import TransparentSystem

STRENGTHS = (0.4, 0.7, 1.0)

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


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


def test_the_sound_system_passes_every_gate(world: World, record: Recorder) -> None:
    verdicts = world.verdicts(world.sound)
    record.verdicts("quickstart", "sound", verdicts)
    assert {gate: status for gate, (status, _) in verdicts.items() if status != "passed"} == {}


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize(
    ("weakness", "own"), [("typo", "typos"), ("refusal", "evidence-removed"), ("drawn", "distractors")]
)
def test_a_planted_weakness_fails_its_own_gate_and_no_other(
    world: World, weakness: str, own: str, strength: float, record: Recorder
) -> None:
    system: TransparentSystem
    if weakness == "typo":
        system = TypoBrittle(name="typo-brittle", inner=world.sound, strength=strength, known=world.known)
    elif weakness == "refusal":
        system = NeverRefuses(name="never-refuses", inner=world.sound, bold=world.bold, strength=strength)
    else:
        system = DrawnToTheTop(name="drawn", inner=world.sound, strength=strength)
    verdicts = world.verdicts(system)
    record.verdicts("quickstart", system.name, verdicts, own=(own,), strength=strength)
    failed = {gate.rpartition(" ")[0] for gate, (status, _) in verdicts.items() if status != "passed"}
    assert failed == {own}
