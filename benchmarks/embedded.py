"""(c) The embedded pipeline, planned (batched, each call once), against the same asked one question at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Usage, interleaved, median_of, median_ratio, print_table, verdict
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.case import CLEAN, Case
from robustcore.corpus.bundled import bundled_dataset, corpus_names
from robustcore.corpus.load import load_dataset, merge, sample
from robustcore.corpus.records import Dataset, Example
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import scenarios_of
from robustcore.scenario.unit import Unit
from robustcore.systems.embedded.rag import REFUSE_BELOW, EmbeddedRag
from robustcore.systems.embedded.system import EmbeddedSystem

QUESTIONS = 200
BATCHING = 1.5
WARM_UP = "Where does the warm-up question come from?"
SCENARIOS = """\
robust: 1
name: typos
perturb: [question.typos]
severity: [0.5, 1]
measures: [passes]
---
robust: 1
name: surface
perturb: [question.casing, question.punctuation]
measures: [passes]
"""


@dataclass
class Planned:
    """What the last planned run was: its cases, and what each question was answered."""

    cases: int
    answers: dict[str, str]


def run(folder: Path, repeats: int, *, squad: Path | None = None) -> None:
    """Measure and print both ratios; every repeat starts with fresh memos and the index from a file."""
    dataset = _dataset(squad)
    first = _plan(dataset, folder)[1]  # builds the index, and tells the questions
    questions = list(first.answers)
    replies: dict[str, str] = {}

    def planned() -> Usage:
        return _plan(dataset, folder)[0]

    def alone() -> Usage:
        rag = EmbeddedRag(dataset.corpus, refuse_below=REFUSE_BELOW, cache=folder)
        rag.ask(WARM_UP)
        with Clock() as clock:
            replies.update((question, rag.ask(question).text) for question in questions)
        return clock.usage

    taken = interleaved({"planned": planned, "alone": alone}, repeats)
    same = sum(replies[question] == first.answers[question] for question in questions)
    asked = 2 * first.cases
    once = asked / len(questions)
    ratios = {figure: median_ratio(taken["alone"], taken["planned"], figure) for figure in ("cpu", "wall")}
    rows = [
        [f"{len(questions)} questions, one at a time", *_seconds(taken["alone"]), ""],
        [f"{len(questions)} questions, planned", *_seconds(taken["planned"]), ""],
        ["batching", *(f"{ratio:.2f}" for ratio in ratios.values()), verdict(ratios["wall"], at_least=BATCHING)],
        [f"de-duplication: {asked} asked, {len(questions)} unique", f"{once:.2f}", f"{once:.2f}", ""],
        ["both", *(f"{ratio * once:.2f}" for ratio in ratios.values()), ""],
    ]
    print_table(
        f"(c) embedded system on {dataset.name}, {len(dataset.corpus)} documents; {repeats} interleaved repeats; "
        f"{same} of {len(questions)} answers the same",
        ["", "cpu", "wall", "target"],
        rows,
    )


def _plan(dataset: Dataset, cache: Path) -> tuple[Usage, Planned]:
    """Run both scenarios through one engine, as a session does."""
    system = EmbeddedSystem.build(dataset, refuse_below=REFUSE_BELOW, cache=cache)
    engine = Engine(Ledger(None), Run("bench"))
    engine.add_endpoints(system.endpoints)
    scenarios = scenarios_of(SCENARIOS, Path("bench.robust.yaml"), operator_registry(), parse_measure)
    units = [Unit(scenario, dataset, lambda: system) for scenario in scenarios]
    warm_up = Case("warm-up", Example(id="warm-up", question=WARM_UP), CLEAN)
    _run_all(engine, [(Unit(scenarios[0], dataset, lambda: system), warm_up)])
    with Clock() as clock:
        needed = [
            (unit, case) for unit in units for case in unit.with_twins(unit.by_question(unit.scenario.conditions))
        ]
        _run_all(engine, needed)
    answers: dict[str, str] = {}
    perturbed = 0
    for unit in units:
        for result in unit.results.values():
            if result.trial.answer is not None:
                answers[result.trial.question] = result.trial.answer.text
                perturbed += bool(result.trial.case.condition.steps)
    return clock.usage, Planned(perturbed, answers)


def _run_all(engine: Engine, needed: list[tuple[Unit, Case]]) -> None:
    for (unit, case), result in engine.run(((unit, case), unit.flow(case)) for unit, case in needed):
        unit.results[case.id] = result


def _dataset(squad: Path | None) -> Dataset:
    whole = load_dataset(squad, format="squad") if squad else merge([bundled_dataset(name) for name in corpus_names()])
    return sample(whole, QUESTIONS, 0)


def _seconds(usages: list[Usage]) -> list[str]:
    return [f"{median_of(usages, figure):.2f} s" for figure in ("cpu", "wall")]


class Clock:
    """Takes the time of a block in this process, all threads."""

    def __enter__(self) -> Clock:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        wall, cpu = self._began
        self.usage = Usage(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)
