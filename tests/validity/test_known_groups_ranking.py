"""Known groups: a sound retriever passes the tasks, and each planted weakness is found by its own task."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from recorder import Recorder
from validity.planted_retrievers import DropsRare, FavoursShort, Stale, Wrapped

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import Case
from robustcore.corpus.bundled import bundled_dataset, bundled_names, shipped_folder
from robustcore.corpus.records import Dataset, Example
from robustcore.corpus.select import merge
from robustcore.endpoints.local.encoder import Encoder
from robustcore.gates.judge import judge
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import scenarios_of
from robustcore.scenario.unit import Unit
from robustcore.stats.paired import paired_permutation
from robustcore.systems.retrieval.dense import Dense
from robustcore.systems.retrieval.nearest import FaissIndex
from robustcore.systems.retrieval.system import RetrieverSystem

pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")

FRESH = (11, 12, 13)  # replicate numbers: seeds that no shipped run draws
CORPORA = ("encyclopedia", "handbook", "annual-reports")
SCENARIO = """
robust: 1
name: known-groups
claim: Each task finds its weakness.
data: handbook
items: group
perturb: [clean, {perturb}]
measures: [nDCG@10]
expect:
  - group: {{measure: "{measure}", {bound}}}
"""
TASKS = {
    "typos": ("question.typos", "rank.query_attack_change@10", "at-least: -0.25"),
    "long": ("question.casing", "rank.ood_change@10(shifted=long, reference=short)", "at-least: -0.3"),
    "stale": ("corpus.delete_gold", "rank.stale", "at-most: 0.01"),
    "certificate": ("question.grammar_slip", "cert.violations", "at-most: 0"),
}
LEVEL = 0.05
GROUP, PAIRED = "retrievers", "paired test of nDCG@10 against the sound one, p"


@dataclass
class World:
    """One encoder for all retrievers, and questions tagged by the length of their gold document."""

    encoder: Encoder = field(default_factory=Encoder)
    found: dict[tuple[str, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = merge([bundled_dataset(name) for name in CORPORA])
        kept = [example for example in whole.examples if example.gold_doc_ids]
        lengths = {e.id: max(len(whole.corpus.docs[doc].text) for doc in e.gold_doc_ids) for e in kept}
        middle = float(np.median(list(lengths.values())))
        self.data: Dataset = replace(
            whole, examples=tuple(_tagged(e, "long" if lengths[e.id] > middle else "short") for e in kept)
        )

    def dense(self, **options: Any) -> Dense:
        return Dense(self.data.corpus, self.encoder, **options)

    def unit(self, task: str, retriever: Any, replicate: int = FRESH[0]) -> Unit:
        """Return the scenario of ``task`` run on fresh seeds."""
        perturb, measure, bound = TASKS[task]
        text = SCENARIO.format(perturb=perturb, measure=measure, bound=bound)
        file = shipped_folder("scenarios") / "ranking" / "known.robust.yaml"
        (scenario,) = scenarios_of(text, file, operator_registry(), parse_measure, bundled=bundled_names())
        unit = Unit(scenario, self.data, lambda: RetrieverSystem(retriever, self.data), slim=True)
        engine = Engine(Ledger(None), Run("validity"))
        engine.add_endpoints(unit.endpoints)
        cases = [
            Case(case.id, case.example, case.condition, replicate)
            for condition in scenario.conditions
            for case in unit.cases(condition)
        ]
        for case, result in engine.run((case, unit.flow(case)) for case in unit.with_twins(cases)):
            unit.results[case.id] = result
        return unit

    def verdict(self, task: str, retriever: Any) -> tuple[str, float | None]:
        """Return the verdict of the gate of ``task`` and its estimate."""
        unit = self.unit(task, retriever)
        (gate,) = unit.scenario.gates
        rows = [row for name in unit.measures for row in unit.rows(name.name, unit.scenario.conditions)]
        (verdict,) = judge(gate, rows, conditions=unit.scenario.conditions)
        print(f"{retriever.name}: {verdict.sentence}")
        return verdict.status, verdict.estimate.value

    def scores(self, task: str, retriever: Any, *, clean: bool, tag: str = "") -> dict[str, float]:
        """Return nDCG@10 by question, of clean questions or of perturbed ones, those with ``tag``."""
        rows = [row for fresh in FRESH for row in self.unit(task, retriever, fresh).rows("nDCG@10")]
        kept = [row for row in rows if (row.family == "clean") == clean and (not tag or tag in row.tags)]
        return _by_question([(row.item, row.value) for row in kept if row.value is not None])

    def changes(self, retriever: Any) -> dict[str, float]:
        """Return what typing errors do to nDCG@10, by question."""
        rows = [row for fresh in FRESH for row in self.unit("typos", retriever, fresh).rows("nDCG@10")]
        return _by_question(
            [
                (row.item, row.value - row.clean)
                for row in rows
                if row.family != "clean" and row.value is not None and row.clean is not None
            ]
        )


def worse(sound: dict[str, float], other: dict[str, float]) -> float:
    """Return the p value of a paired test if ``other`` is worse in the mean, else 1."""
    both = sorted(sound.keys() & other.keys())
    first, second = [sound[item] for item in both], [other[item] for item in both]
    print(f"{len(both)} questions: {np.mean(first):.3f} and {np.mean(second):.3f}")
    return 1.0 if np.mean(second) >= np.mean(first) else paired_permutation(first, second) or 1.0


def found(p: float) -> tuple[str, float]:
    """Return what a paired test says of a difference with this p value."""
    return ("failed" if p < LEVEL else "passed"), p


def _by_question(values: list[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for item, value in values:
        found.setdefault(item, []).append(value)
    return {item: float(np.mean(of)) for item, of in found.items()}


def _tagged(example: Example, tag: str) -> Example:
    return replace(example, tags=(*example.tags, tag))


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("task", TASKS)
def test_a_sound_retriever_passes_every_task(world: World, task: str, record: Recorder) -> None:
    retriever = world.dense() if task == "certificate" else Wrapped(inner=world.dense(), corpus=world.data.corpus)
    seen = world.verdict(task, retriever)
    record.verdicts(GROUP, "sound", {TASKS[task][1]: seen})
    assert seen[0] == "passed"


def test_a_good_approximate_index_raises_no_alarm(world: World, record: Recorder) -> None:
    sound, other = world.dense(), world.dense(index="hnsw", name="hnsw")
    p = worse(world.scores("typos", sound, clean=False), world.scores("typos", other, clean=False))
    record.verdicts(GROUP, "sound, HNSW", {PAIRED: found(p)})
    assert p > LEVEL


def test_one_that_drops_rare_tokens_is_found_by_the_query_attack(world: World, record: Recorder) -> None:
    """It drops words that fewer than 1, 2 or 4 documents have.

    Misspelt questions find less at every strength. Against its own clean questions, only the mildest can show a larger
    loss: the others lose the names of clean questions as well.
    """
    strengths = (1, 2, 4)
    planted = [DropsRare(inner=world.dense(), corpus=world.data.corpus, least=least) for least in strengths]
    sound = world.scores("typos", world.dense(), clean=False)
    curve = [worse(sound, world.scores("typos", one, clean=False)) for one in planted]
    for least, p in zip(strengths, curve, strict=True):
        record.verdicts(GROUP, planted[0].name, {PAIRED: found(p)}, own=(PAIRED,), strength=least)
    assert max(curve) < LEVEL
    assert worse(world.changes(world.dense()), world.changes(planted[0])) < LEVEL


def test_one_that_favours_short_documents_is_found_on_questions_about_long_ones(world: World, record: Recorder) -> None:
    """At .3 a question loses less than .01 in the mean, which 180 questions cannot tell from nothing."""
    strengths = (0.3, 0.8, 1.5)
    planted = [FavoursShort(inner=world.dense(), corpus=world.data.corpus, weight=weight) for weight in strengths]
    sound = world.scores("long", world.dense(), clean=True, tag="long")
    curve = [worse(sound, world.scores("long", one, clean=True, tag="long")) for one in planted]
    for weight, p in zip(strengths, curve, strict=True):
        record.verdicts(GROUP, planted[0].name, {PAIRED: found(p)}, own=(PAIRED,), strength=weight)
    assert max(curve[1:]) < LEVEL


def test_a_stale_index_is_found_by_what_was_withdrawn(world: World, record: Recorder) -> None:
    """Of its edits one in 20, in 4, and all are not seen."""
    seen = {
        1 / every: world.verdict("stale", Stale(inner=world.dense(), corpus=world.data.corpus, every=every))
        for every in (20, 4, 1)
    }
    gate = TASKS["stale"][1]
    for strength, verdict in seen.items():
        record.verdicts(GROUP, "stale index", {gate: verdict}, own=(gate,), strength=strength)
    assert [status for status, _ in seen.values()] == ["failed"] * 3


def test_an_approximate_index_of_low_recall_breaks_its_certificates(world: World, record: Recorder) -> None:
    """One of 8, 32 or 64 cells is searched."""
    faiss = pytest.importorskip("faiss")
    vectors = world.encoder.encode([f"{d.title}. {d.text}" for d in world.data.corpus.docs.values()])
    verdicts = []
    for cells in (8, 32, 64):
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(384), 384, cells, faiss.METRIC_INNER_PRODUCT)
        index.cp.min_points_per_centroid = 1
        index.train(vectors)
        index.add(vectors)
        seen = world.verdict("certificate", world.dense(index=FaissIndex(index, vectors), name=f"ivf {cells}"))
        gate = TASKS["certificate"][1]
        record.verdicts(GROUP, "one cell of an IVF index", {gate: seen}, own=(gate,), strength=cells)
        verdicts.append(seen[0])
    assert "failed" in verdicts
