"""Factories build on the corpus they are given, once per distinct edit, and are recognised by their signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")

from langchain_core.documents import Document
from unit.systems.driving import DATASET, adapted, asked, said

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Flow
from robustcore.corpus.records import Corpus, Dataset
from robustcore.errors import InputError
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, FlowError, OpaqueSystem, TransparentSystem
from robustcore.systems.drive import AnySystem


def saying(text: str) -> Callable[[str], str]:
    return lambda question: text


def from_corpus(corpus: Corpus) -> object:
    return saying(",".join(corpus.docs))


def from_annotation(what: Corpus) -> object:
    return saying(",".join(what.docs))


def from_dataset(dataset: Dataset) -> object:
    return saying(",".join(dataset.corpus.docs))


def from_docs(docs: list[dict[str, str]]) -> object:
    return saying(",".join(doc["id"] for doc in docs if doc["title"] and doc["text"]))


def from_documents(documents: list[Document]) -> object:
    return saying(",".join(str(document.id) for document in documents if document.metadata["source"] == document.id))


async def from_async(corpus: Corpus) -> object:
    return saying(",".join(corpus.docs))


class FromClass:
    def __init__(self, corpus: Corpus, sep: str = ",") -> None:
        self._text = sep.join(corpus.docs)

    def answer(self, question: str) -> str:
        return self._text


def ask(system: AnySystem, question: str, *hide: str) -> Flow[str]:
    assert isinstance(system, OpaqueSystem)
    try:
        answer: Answer = yield from system.answer(question, corpus=CorpusEdit(hide=hide), replicate=0)
    except FlowError as error:
        return f"{error.error.kind}: {error.error.message}"
    return answer.text


def answers(system: AnySystem, *edits: tuple[str, ...]) -> list[str]:
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints(system.endpoints)
    done = dict(engine.run([(i, ask(system, f"question {i}", *hide)) for i, hide in enumerate(edits)]))
    return [done[i] for i in range(len(edits))]


@pytest.mark.parametrize(
    "factory", [from_corpus, from_annotation, from_dataset, from_docs, from_documents, from_async, FromClass]
)
def test_each_kind_of_factory_gets_what_its_first_parameter_asks_for(factory: object) -> None:
    system = adapted(factory)
    assert system.points == {"question", "corpus", "framing"}
    assert answers(system, (), ("boats",), ("lamps",)) == ["boats,lamps", "lamps", "boats"]
    assert "build(" not in system.hint


def test_arguments_reach_the_factory() -> None:
    assert said(asked(adapted(FromClass, {"sep": "+"}), ["?"])) == ["boats+lamps"]


def test_a_factory_without_parameters_is_called_once_and_offers_no_corpus() -> None:
    calls = []

    def build() -> object:
        calls.append(1)
        return saying("built")

    system = adapted(build)
    assert system.points == {"question", "framing"}
    assert said(asked(system, ["a", "b"])) == ["built", "built"]
    assert calls == [1]


def test_factory_true_says_so_where_the_name_does_not_and_false_where_it_lies() -> None:
    def make(index: Any) -> object:
        return saying(type(index).__name__)

    assert said(asked(adapted(make, {"factory": True}), ["?"])) == ["Corpus"]
    assert said(asked(adapted(lambda docs: f"asked {docs}", {"factory": False}), ["q"])) == ["asked q"]


def test_a_class_with_parameters_nobody_can_fill_is_refused() -> None:
    class Needs:
        def __init__(self, api_key: str) -> None: ...

    with pytest.raises(InputError, match="further parameters without a value: api_key"):
        adapted(Needs)


def test_a_distinct_edit_is_built_once_whatever_the_order_of_its_ids() -> None:
    built: list[tuple[str, ...]] = []

    def build(corpus: Corpus) -> object:
        built.append(tuple(corpus.docs))
        return saying(",".join(corpus.docs) or "empty")

    system = adapted(build)
    assert answers(system, ("boats", "lamps"), ("lamps", "boats"), ("lamps", "boats", "lamps"), ()) == [
        "empty",
        "empty",
        "empty",
        "boats,lamps",
    ]
    assert built == [("boats", "lamps"), ()]


@pytest.mark.parametrize(("keep", "builds"), [(0, 5), (1, 5), (2, 3)])
def test_only_the_last_few_edited_builds_are_kept(keep: int, builds: int) -> None:
    built: list[tuple[str, ...]] = []

    def build(corpus: Corpus) -> object:
        built.append(tuple(corpus.docs))
        return saying(",".join(corpus.docs))

    system = adapted(build, {"builds": keep})
    for hide in ("boats", "lamps", "boats", "lamps"):
        answers(system, (hide,))
    assert len(built) == builds


def test_a_build_that_fails_on_an_edit_costs_the_questions_of_that_edit_and_two_attempts() -> None:
    attempts = []

    def build(corpus: Corpus) -> object:
        if "boats" not in corpus.docs:
            attempts.append(1)
            raise ValueError("needs boats")
        return saying("fine")

    got = answers(adapted(build), (), ("boats",), ("boats",), ("boats",), ("lamps",))
    assert got == ["fine", *["system_error: needs boats"] * 3, "fine"]
    assert len(attempts) == 2


def test_a_build_whose_network_fails_is_an_infrastructure_error() -> None:
    def build(corpus: Corpus) -> object:
        if len(corpus) < 2:
            raise ConnectionError("no route")
        return saying("fine")

    assert answers(adapted(build), ("boats",)) == ["infra_error: no route"]


def test_a_transparent_build_offers_all_three_points_and_reads_with_the_whole_build() -> None:
    class Rag:
        def __init__(self, corpus: Corpus) -> None:
            self.docs = list(corpus.docs.values())

        def retrieve(self, question: str) -> list[dict[str, str]]:
            return [{"id": doc.id, "text": doc.text} for doc in self.docs]

        def read(self, question: str, passages: list[Any]) -> str:
            return f"{len(passages)} of {len(self.docs)}"

    system = adapted(Rag)
    assert system.points == {"question", "context", "corpus", "framing"}
    assert isinstance(system, TransparentSystem)

    def run() -> Flow[str]:
        passages = yield from system.retrieve("?", corpus=CorpusEdit(hide=("boats",)), replicate=0)
        answer = yield from system.read("?", passages, replicate=0)
        return answer.text

    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints(system.endpoints)
    assert dict(engine.run([(0, run())])) == {0: "1 of 2"}


def test_what_a_factory_builds_must_be_a_system_too() -> None:
    with pytest.raises(InputError, match="what app:thing built is a int, which cannot be asked a question"):
        adapted(lambda corpus: 3)


def test_a_factory_may_return_a_finished_system_if_it_takes_nothing() -> None:
    finished = adapted(saying("x"))
    assert adapted(lambda: finished) is finished
    assert DATASET.corpus.fingerprint
