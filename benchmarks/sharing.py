"""(g) Calls sent for 1 clean and 9 disturbed variants: the plan, against tests that each ask for all they need."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TypeVar

from benchmarks.timing import print_table, verdict
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Call, Flow
from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.load import sample
from robustcore.endpoints.generation import Generation
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.keys import content_key
from robustcore.measures.registry import parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import scenarios_of
from robustcore.scenario.unit import Unit
from robustcore.systems.embedded.system import EmbeddedSystem
from robustcore.systems.model_options import ReaderOptions
from robustcore.systems.model_rag import ModelRag

T = TypeVar("T")
QUESTIONS = 60
FEWER = 1.8  # what sharing the clean twins alone would give: 19 runs of the system for a question become 10
SCENARIO = """\
robust: 1
name: sharing
perturb:
  - question.typos
  - question.casing: {mode: upper}
  - question.punctuation
  - question.word_drop
  - question.stopword_removal
  - context.position_shuffle
  - context.distractor_random: {passages: 2}
  - context.remove_gold
  - context.empty
severity: [1]
measures: [answer_correct, abstained]
"""


def run(folder: Path, repeats: int, *, questions: int = QUESTIONS) -> None:
    """Count and print; nothing is timed, so nothing is repeated. The retriever is real, the reader is a script."""
    del repeats
    dataset = sample(bundled_dataset("handbook"), questions, 0)
    reader = ScriptedEndpoint(_read, version="1")
    retriever = EmbeddedSystem.build(dataset, k=5, cache=folder)
    system = ModelRag(
        name="script", model_name="reader", model=reader, retriever=retriever, docs=dataset.corpus.docs,
        options=ReaderOptions(),
    )  # fmt: skip
    (scenario,) = scenarios_of(SCENARIO, Path("bench.robust.yaml"), operator_registry(), parse_measure)
    unit = Unit(scenario, dataset, lambda: system)
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run())
    engine.add_endpoints(unit.endpoints)
    cases = list(unit.with_twins(unit.by_question(scenario.conditions)))
    dict(engine.run((case.id, unit.flow(case)) for case in cases))
    ours = {name: spent.sent for name, spent in engine.counters.spent.items()}
    asked: Counter[str] = Counter()
    for case in cases:  # a test a case; each drives its own flow and that of its twin, and keeps nothing for the next
        alone = [case] if case.id == case.clean().id else [case, case.clean()]
        dict(engine.run((one.id, _counted(unit.flow(one), asked)) for one in alone))
    assert engine.counters.sent == sum(ours.values()) == len(reader.sent) + ours[_retriever(ours)]
    rows = [[_kind(name), str(asked[name]), str(ours[name]), f"{asked[name] / ours[name]:.2f}", ""] for name in ours]
    total = asked.total() / sum(ours.values())
    rows.append(["all", str(asked.total()), str(sum(ours.values())), f"{total:.2f}", verdict(total, at_least=FEWER)])
    print_table(
        f"(g) {len(dataset.examples)} questions of {dataset.name}, clean and in {len(scenario.conditions)} variants: "
        f"{len(cases)} tests",
        ["calls", "test by test", "planned", "ratio", "target"],
        rows,
    )


def _counted(flow: Flow[T], asked: Counter[str]) -> Flow[T]:
    """Return ``flow`` with every call it yields counted by endpoint: what is sent where nobody keeps replies."""
    try:
        calls = next(flow)
        while True:
            asked.update(call.endpoint for call in calls)
            calls = flow.send((yield calls))
    except StopIteration as stop:
        result: T = stop.value
        return result


def _read(call: Call) -> object:
    """Answer with some words of the prompt that depend on all of it, as a model's would."""
    prompt = call.payload["messages"][-1]["content"]
    words = prompt.split()
    at = int(content_key(prompt)[:8], 16) % len(words)
    return Generation(text=f"{words[at]} [1]").to_json()


def _retriever(names: dict[str, int]) -> str:
    return next(name for name in names if name != "reader")


def _kind(name: str) -> str:
    return "to the reader" if name == "reader" else "to the retriever"
