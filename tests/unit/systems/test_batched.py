from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Flow
from robustcore.corpus.records import Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, Citation, FlowError, TransparentSystem
from robustcore.systems.batched import BatchedSystem, ReadItem

T = TypeVar("T")
SHELF = {"a": "apples are red", "b": "bananas are yellow"}


class Fruit:
    """Two plain functions over a shelf of two documents, and what they were asked."""

    def __init__(self) -> None:
        self.retrieved: list[list[str]] = []
        self.read_items: list[ReadItem] = []

    def retrieve(self, questions: Sequence[str], hidden: Sequence[Sequence[str]]) -> list[list[Passage]]:
        self.retrieved.append(list(questions))
        return [
            [Passage(doc_id=key, text=text, score=1.5) for key, text in SHELF.items() if key not in absent]
            for absent in hidden
        ]

    def read(self, items: Sequence[ReadItem]) -> list[Answer | str]:
        self.read_items.extend(items)
        if any("explode" in question for question, _ in items):
            raise RuntimeError("no such fruit")
        return [
            Answer(text=passages[0].text, citations=(Citation(doc_id=passages[0].doc_id),)) if passages else "nothing"
            for _, passages in items
        ]

    def system(self, **options: object) -> BatchedSystem:
        return BatchedSystem("fruit", retrieve=self.retrieve, read=self.read, fingerprint="f" * 32, **options)  # type: ignore[arg-type]


def run(system: BatchedSystem, *flows: Flow[T]) -> list[T]:
    engine = Engine(Ledger(None), Run("r1"))
    engine.add_endpoints(system.endpoints)
    results = dict(engine.run(enumerate(flows)))
    return [results[number] for number in range(len(flows))]


def test_it_is_a_transparent_system_with_two_named_endpoints() -> None:
    system = Fruit().system()
    assert isinstance(system, TransparentSystem)
    assert list(system.endpoints) == ["fruit@ffffffff.retrieve", "fruit@ffffffff.read"]
    assert system.points == {"question", "context"}


def test_passages_and_answers_come_back_whole() -> None:
    system = Fruit().system()
    (passages,) = run(system, system.retrieve("which?", corpus=CorpusEdit(), replicate=0))
    assert passages == tuple(Passage(doc_id=key, text=text, score=1.5) for key, text in SHELF.items())
    (answer,) = run(system, system.read("which?", passages, replicate=0))
    assert answer == Answer(text="apples are red", citations=(Citation(doc_id="a"),), passages=passages)


def test_hidden_documents_reach_the_function() -> None:
    system = Fruit().system(points=frozenset(("question", "corpus")))
    (found,) = run(system, system.retrieve("which?", corpus=CorpusEdit(hide=("a",)), replicate=0))
    assert [passage.doc_id for passage in found] == ["b"]


def test_a_plain_string_is_an_answer() -> None:
    system = Fruit().system()
    assert run(system, system.read("which?", (), replicate=0)) == [Answer(text="nothing", passages=())]


def test_an_error_of_the_function_ends_the_flow_with_it() -> None:
    system = Fruit().system()
    with pytest.raises(FlowError, match="no such fruit"):
        run(system, system.read("explode", (), replicate=0))


def test_passages_that_differ_only_in_score_are_the_same_call() -> None:
    system = Fruit().system()
    (one,) = next(system.read("q", (Passage(doc_id="a", text="t", score=1.0),), replicate=0))
    (two,) = next(system.read("q", (Passage(doc_id="a", text="t", score=2.0),), replicate=0))
    assert one == two


def test_replicates_are_one_call_only_if_the_system_is_deterministic() -> None:
    def calls(system: BatchedSystem) -> set[int]:
        return {next(system.retrieve("q", corpus=CorpusEdit(), replicate=n))[0].replicate for n in range(3)}

    assert calls(Fruit().system(deterministic=True)) == {0}
    assert calls(Fruit().system()) == {0, 1, 2}


def test_a_result_too_few_is_an_error_and_not_a_shift() -> None:
    system = BatchedSystem("short", retrieve=lambda questions, hidden: [], read=lambda items: [], fingerprint=None)
    (call,) = next(system.retrieve("q", corpus=CorpusEdit(), replicate=0))
    with pytest.raises(ValueError, match="1 inputs came back with 0 results"):
        list(system.endpoints[call.endpoint].run([call]))


def test_the_engine_sends_each_unique_question_once() -> None:
    fruit = Fruit()
    system = fruit.system(deterministic=True)
    run(system, *(system.retrieve(f"q{n % 2}", corpus=CorpusEdit(), replicate=n) for n in range(6)))
    assert [sorted(batch) for batch in fruit.retrieved] == [["q0", "q1"]]


def test_one_input_that_raises_does_not_take_the_others_with_it() -> None:
    fruit = Fruit()
    system = fruit.system()
    engine = Engine(Ledger(None), Run("r1"))
    engine.add_endpoints(system.endpoints)
    flows = {question: system.read(question, (), replicate=0) for question in ("fine", "explode", "also fine")}

    def guarded(flow: Flow[Answer]) -> Flow[str]:
        try:
            return (yield from flow).text
        except FlowError as error:
            return f"failed: {error}"

    assert dict(engine.run((name, guarded(flow)) for name, flow in flows.items())) == {
        "fine": "nothing",
        "explode": "failed: no such fruit",
        "also fine": "nothing",
    }
