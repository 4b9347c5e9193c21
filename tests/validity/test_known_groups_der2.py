"""Known groups: der2 passes a sound solver, fails each weakness at its own gates, and recovers gaps that are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest
from recorder import Recorder
from validity.planted_der2 import Literal, Lost, Remembers, Solver

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Endpoint, Flow
from robustcore.case import Case
from robustcore.corpus.bundled import bundled_dataset, bundled_names, shipped_folder
from robustcore.corpus.records import Corpus, Dataset, Doc, Example, Passage
from robustcore.gates.judge import judge
from robustcore.keys import rng_of, seed_of
from robustcore.measures.registry import parse_measure
from robustcore.measures.suite import parse_suite
from robustcore.perturb.edit import CorpusEdit
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import load_scenarios
from robustcore.scenario.unit import Unit
from robustcore.stats.der2 import CONCEPTS, FULL, GAPS, INSTRUCTION, RELATED
from robustcore.stats.rows import Row
from robustcore.systems.base import Answer

FRESH: Final = 11  # replicate numbers from here on: seeds that no shipped run draws
NOISE, RLOSS, SWITCH, LEAK = "noise_loss", "rloss", "mode_switch_fragile", "knowledge_loss"


def rows_of(system: object, dataset: Dataset) -> tuple[list[Row], Unit]:
    """Return the rows of the pack's regimes on ``dataset``, under fresh seeds."""
    file = shipped_folder("scenarios") / "der2" / "der2.robust.yaml"
    (scenario,) = load_scenarios(file, operator_registry(), parse_measure, bundled=bundled_names())
    unit = Unit(scenario, dataset, lambda: system, slim=True)  # type: ignore[arg-type,return-value]
    engine = Engine(Ledger(None), Run("validity"))
    engine.add_endpoints(unit.endpoints)
    cases = [
        Case(case.id, case.example, case.condition, case.replicate + FRESH)
        for condition in scenario.conditions
        for case in unit.cases(condition)
    ]
    for case, result in engine.run((case, unit.flow(case)) for case in unit.with_twins(cases)):
        unit.results[case.id] = result
    return [row for measure in unit.measures for row in unit.rows(measure.name)], unit


def verdicts(rows: list[Row], unit: Unit) -> dict[str, tuple[str, float | None]]:
    """Return status and estimate of each gate of the pack."""
    found: dict[str, tuple[str, float | None]] = {}
    for gate in unit.scenario.gates:
        (verdict,) = judge(gate, rows, conditions=unit.scenario.conditions)
        print(f"{unit.system.name}: {verdict.sentence}")
        found[gate.measure.partition("(")[0].removeprefix("der2.")] = verdict.status, verdict.estimate.value
    return found


def fallen(found: dict[str, tuple[str, float | None]]) -> set[str]:
    """Return the gates that are not passed."""
    return {gate for gate, (status, _) in found.items() if status != "passed"}


@pytest.mark.parametrize(
    ("system", "gates"),
    [
        (Solver(), set()),
        (Remembers(name="remembers"), {LEAK}),
        (Literal(name="literal"), {RLOSS}),
        (Lost(name="lost"), {RLOSS, SWITCH, LEAK}),
    ],
    ids=lambda value: value.name if isinstance(value, Solver) else "",
)
def test_each_weakness_fails_its_own_gates_of_the_pack_and_no_other(
    system: Solver, gates: set[str], record: Recorder
) -> None:
    found = verdicts(*rows_of(system, bundled_dataset("der2")))
    record.verdicts("der2", system.name if gates else "sound", found, own=gates, strength=1.0 if gates else None)
    assert fallen(found) == gates


@dataclass(kw_only=True)
class Draws:
    """A scripted model: right with a known chance for what it is shown, drawn anew for every question and run.

    What it is shown it tells by itself: nothing, statements, documents, or documents of which some are beside it.
    """

    seed: int
    chances: Mapping[str, float]
    name: str = "draws"
    points: frozenset[str] = frozenset({"question", "context"})
    hint: str = ""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        return ()
        yield []

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        text = " ".join(passage.text for passage in passages)
        shown = FULL if "beside" in text else RELATED if "prose" in text else CONCEPTS if passages else INSTRUCTION
        drawn = rng_of(seed_of(self.seed, question, len(passages), replicate)).random()
        return Answer(text=f"Answer: {7 if drawn < self.chances[shown] else 8}", passages=passages)
        yield []


def library(items: int) -> Dataset:
    docs = [
        Doc(id="r", text="The rule in prose: seven."),
        *(Doc(id=f"n{i}", text="A thing beside it.") for i in range(4)),
    ]
    examples = tuple(
        Example(
            id=f"i{number}",
            question=f"What is due for case {number}?",
            answers=("7",),
            concepts=("Seven is due.",),
            gold_doc_ids=("r",),
            noise_doc_ids=tuple(f"n{i}" for i in range(4)),
        )
        for number in range(items)
    )
    return Dataset(name="known", corpus=Corpus.of(docs), examples=examples)


@pytest.mark.parametrize(("strength", "gates"), [(0.02, set()), (0.15, {NOISE}), (0.4, {NOISE, RLOSS})])
def test_noise_is_detected_as_far_as_it_hurts(strength: float, gates: set[str], record: Recorder) -> None:
    chances = {INSTRUCTION: 0.0, CONCEPTS: 1.0, RELATED: 1.0, FULL: 1 - strength}
    found = verdicts(*rows_of(Draws(seed=31, chances=chances), library(400)))
    record.verdicts("der2", "distracted", found, own=(NOISE,) if strength < 0.2 else (NOISE, RLOSS), strength=strength)
    assert fallen(found) == gates


@pytest.mark.parametrize("seed", range(20, 23))
def test_known_gaps_lie_in_their_intervals(seed: int, record: Recorder) -> None:
    chances = {INSTRUCTION: 0.65, CONCEPTS: 0.9, RELATED: 0.7, FULL: 0.4}
    rows, _ = rows_of(Draws(seed=seed, chances=chances), library(150))
    for gap, (first, second) in GAPS.items():
        found = parse_suite(f"der2.{gap}(scored_by=grader)").estimate(rows)
        record.parameter("der2", f"draws, seed {seed}", f"der2.{gap}", chances[first] - chances[second], found)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= chances[first] - chances[second] <= found.high
        assert found.high - found.low < 0.45
    fragile = parse_suite("der2.mode_switch_fragile(scored_by=grader)").estimate(rows)
    share = parse_suite("der2.mode_switch_share(scored_by=grader)").estimate(rows).value
    assert fragile.value == 1
    assert share is not None
    assert share > 0.9
    assert parse_suite("der2.identity(scored_by=grader)").estimate(rows).value == 0
