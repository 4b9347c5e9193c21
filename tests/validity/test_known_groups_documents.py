"""Known groups of the document side: bad scans, and a context that is missing; each weakness fails its own gate alone.

The sound system is the real default over the answerable questions of two bundled corpora. Perturbations are drawn with
seeds that no shipped run uses. Of a weakness at its weakest the gate need not be sure; from the middle on it fails.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from recorder import Recorder
from validity.planted import AnswersFromMemory, Planted, ScanBrittle, known_words
from validity.world import World, tokenizer_words

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.corpus.bundled import bundled_dataset, bundled_names
from robustcore.corpus.load import merge
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import load_scenarios

CORPORA = ("encyclopedia", "handbook")  # two of three: encoding is what this test costs
STRENGTHS = (0.4, 0.7, 1.0)

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    from robustcore.systems.embedded import EmbeddedSystem

    whole = merge([bundled_dataset(name) for name in CORPORA])
    dataset = replace(whole, examples=tuple(example for example in whole.examples if example.answerable))
    file = Path(__file__).with_name("documents.robust.yaml")
    scenarios = load_scenarios(file, operator_registry(), parse_measure, bundled=bundled_names())
    sound = EmbeddedSystem.build(dataset, k=3, cache=tmp_path_factory.mktemp("index"))
    engine = Engine(Ledger(None), Run("validity"))
    known = known_words(dataset.corpus, tokenizer_words())
    return World(dataset, engine, tuple(scenarios), sound, sound, known)


def test_the_sound_system_passes_every_gate(world: World, record: Recorder) -> None:
    verdicts = world.verdicts(world.sound)
    record.verdicts("documents", "sound", verdicts)
    assert {gate: status for gate, (status, _) in verdicts.items() if status != "passed"} == {}


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize(("weakness", "own"), [("scans", "ocr"), ("memory", "missing-context")])
def test_a_planted_weakness_fails_its_own_gate_and_no_other(
    world: World, weakness: str, own: str, strength: float, record: Recorder
) -> None:
    system: Planted
    if weakness == "scans":
        system = ScanBrittle(name="scan-brittle", inner=world.sound, strength=strength, known=world.known)
    else:
        system = AnswersFromMemory(name="from-memory", inner=world.sound, strength=strength)
    verdicts = world.verdicts(system)
    record.verdicts("documents", system.name, verdicts, own=(own,), strength=strength)
    fallen = {gate.rpartition(" ")[0]: status for gate, (status, _) in verdicts.items() if status != "passed"}
    assert set(fallen) == {own}
    assert strength < STRENGTHS[1] or fallen[own] == "failed"
