"""Deletion stress: calls to models sent by the library against the naive way, which indexes anew for each document.

The naive way takes a document away, builds the index again, retrieves and reads: (k + 1) times for each question. The
library retrieves once, since what is left of a ranking is exact, and reads only contexts that it has not read yet.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, Reply
from robustcore.case import CLEAN
from robustcore.corpus.bundled import bundled_dataset, corpus_names
from robustcore.corpus.select import merge
from robustcore.errors import Location
from robustcore.measures.registry import parse_measure
from robustcore.scenario.types import Scenario
from robustcore.scenario.unit import Unit
from robustcore.systems.embedded import EmbeddedSystem

QUESTIONS = 300
K = 5
MEASURES = ("answer_correct", "deletion.load_bearing", "deletion.min_flip", "deletion.additivity_error")


class Counted:
    """An endpoint that counts the calls it is sent."""

    def __init__(self, inner: object, name: str, sent: Counter[str]) -> None:
        self._inner, self._name, self._sent = inner, name, sent

    def __getattr__(self, attribute: str) -> object:
        return getattr(self._inner, attribute)

    def run(self, calls: list[Call]) -> Iterator[tuple[int, Reply]]:
        """Count the calls and pass them on."""
        self._sent[self._name.rpartition(".")[2]] += len(calls)
        return self._inner.run(calls)  # type: ignore[attr-defined,no-any-return]


def run() -> None:
    """Print calls sent and calls that the naive way would send, on the embedded default."""
    whole = merge([bundled_dataset(name) for name in corpus_names()])
    answerable = tuple(example for example in whole.examples if example.answerable)
    data = replace(whole, examples=answerable[:QUESTIONS])
    system = EmbeddedSystem.build(data, k=K)
    measures = tuple(parse_measure(name) for name in MEASURES)
    where = Location(file="benchmarks/deletion.py")
    scenario = Scenario(name="deletion", slug="deletion", where=where, conditions=(CLEAN,), measures=measures)
    unit = Unit(scenario, data, lambda: system, slim=True)
    sent: Counter[str] = Counter()
    engine = Engine(Ledger(None), Run("deletion"))
    engine.add_endpoints({name: Counted(one, name, sent) for name, one in unit.endpoints.items()})  # type: ignore[misc]
    start = time.perf_counter()
    for case, result in engine.run((case, unit.flow(case)) for case in unit.cases(CLEAN)):
        unit.results[case.id] = result
    seconds = time.perf_counter() - start
    right = sum(result.scores["answer_correct"].value == 1 for result in unit.results.values())
    docs, asked = len(data.corpus), len(data.examples)
    print(f"deletion: {asked} questions, {right} of them answered rightly, k={K}, {docs} documents")
    found, read = sent["retrieve"], sent["read"]
    print(f"  sent: {found} retrievals, {read} readings, 1 index of {docs} documents; {seconds:.1f} s")
    for name, rounds in (("every question", asked * (K + 1)), ("right ones alone", asked + right * K)):
        ratio, all_of_it = 2 * rounds / sent.total(), rounds * (2 + docs) / (sent.total() + docs)
        print(f"  naive, re-indexing for {name}: {rounds} retrievals, readings and indexes", end="")
        print(f": {ratio:.1f}x the calls, {all_of_it:.0f}x with the documents that are encoded")
