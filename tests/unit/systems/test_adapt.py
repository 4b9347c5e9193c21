"""Objects of every accepted form become systems; what is not accepted is refused with what would be."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import CallError
from robustcore.case import CLEAN, Case, Condition, Step
from robustcore.corpus.records import Corpus, Dataset, Doc, Example, Passage
from robustcore.errors import InputError, Location
from robustcore.perturb.base import Operator, Preserves
from robustcore.perturb.edit import CorpusEdit, Edit
from robustcore.systems.adapt import adapt, missing_points, resolve_target
from robustcore.systems.base import Answer, OpaqueSystem, TransparentSystem
from robustcore.systems.drive import AnySystem, drive
from robustcore.systems.targets import source_digest
from robustcore.systems.trial import Trial

DOCS = (
    Doc(id="boats", text="The lifeboat is called Annie."),
    Doc(id="lamps", text="The lamp turns every nine seconds."),
)
DATASET = Dataset(
    name="tiny",
    corpus=Corpus.of(DOCS),
    examples=(
        Example(id="q1", question="What is the lifeboat called?", answers=("Annie",), gold_doc_ids=("boats",)),
        Example(id="q2", question="How often does the lamp turn?", answers=("nine",), gold_doc_ids=("lamps",)),
    ),
)


def hide_gold(value: CorpusEdit, at: object) -> Edit[CorpusEdit]:
    gold = at.example.gold_doc_ids  # type: ignore[attr-defined]
    return Edit(value=CorpusEdit(hide=(*value.hide, *gold)), edits=1, removed=gold)


def blank_context(value: tuple[Passage, ...], at: object) -> Edit[tuple[Passage, ...]]:
    return Edit(value=(Passage(doc_id="x", text="Nothing of use."),), edits=1, added=("x",))


def condition(name: str, apply: object) -> Condition:
    operator = Operator(
        name=name,
        inject=name.partition(".")[0],  # type: ignore[arg-type]
        preserves=Preserves.EVIDENCE_REMOVING,
        version=1,
        apply=apply,  # type: ignore[arg-type]
    )
    return Condition(label=operator.short, severity=1.0, steps=(Step(operator, {}),))


WITHDRAWN = condition("corpus.withdrawn", hide_gold)
BLANKED = condition("context.blanked", blank_context)


def driven(system: AnySystem, where: Condition = CLEAN, ledger: Ledger | None = None) -> list[Trial]:
    engine = Engine(ledger or Ledger(None), Run("r"))
    engine.add_endpoints(system.endpoints)
    cases = [Case(f"{where.name}-{example.id}", example, where) for example in DATASET.examples]
    done = dict(engine.run((case.id, drive(case, system, DATASET.corpus)) for case in cases))
    return [done[case.id] for case in cases]


def texts(trials: list[Trial]) -> list[str]:
    return [trial.answer.text if trial.answer else f"{trial.error and trial.error.kind}" for trial in trials]


def made(value: object, **options: object) -> AnySystem:
    return adapt(value, name="app:thing", dataset=DATASET, options=options)


class Transparent:
    def retrieve(self, question: str) -> list[dict[str, str]]:
        return [{"id": doc.id, "text": doc.text} for doc in DOCS if doc.id[:4] in question]

    def read(self, question: str, passages: list[Passage]) -> str:
        return " ".join(passage.text for passage in passages) or "I do not know."


def build(corpus: Corpus) -> object:
    held = " ".join(doc.text for doc in corpus.docs.values())
    return lambda question: held or "nothing indexed"


def test_a_function_is_opaque_and_offers_the_question_only() -> None:
    system = made(lambda question: question.upper())
    assert isinstance(system, OpaqueSystem)
    assert not isinstance(system, TransparentSystem)
    assert system.points == {"question", "framing"}
    assert texts(driven(system)) == ["WHAT IS THE LIFEBOAT CALLED?", "HOW OFTEN DOES THE LAMP TURN?"]


def test_retrieve_and_read_make_a_transparent_system_whose_context_can_be_edited() -> None:
    system = made(Transparent())
    assert isinstance(system, TransparentSystem)
    assert system.points == {"question", "context", "framing"}
    assert texts(driven(system)) == ["The lifeboat is called Annie.", "The lamp turns every nine seconds."]
    assert [passage.doc_id for passage in driven(system)[0].ranking or ()] == ["boats"]
    assert texts(driven(system, BLANKED)) == ["Nothing of use."] * 2


class Showing(Transparent):
    def read(self, question: str, passages: list[Passage]) -> dict[str, object]:  # type: ignore[override]
        return {"answer": "x", "contexts": [passage.text for passage in passages[:1]]}


def test_what_a_reader_was_given_is_known_unless_it_shows_what_it_took_of_it() -> None:
    """Grounding is measured on it: ``supported``, ``citation_correct``, what deletions change."""
    for where in (CLEAN, BLANKED):
        for trial in driven(made(Transparent()), where):
            assert trial.answer is not None
            given = trial.answer.passages or ()
            assert [passage.text for passage in given] == [trial.answer.text]
    (first, _) = driven(made(Showing()))
    assert [(one.doc_id, one.text) for one in (first.answer and first.answer.passages) or ()] == [
        ("", "The lifeboat is called Annie.")
    ]
    (opaque, _) = driven(made(lambda question: question))
    assert opaque.answer is not None
    assert opaque.answer.passages is None


def test_a_factory_offers_the_corpus_and_builds_without_the_hidden_documents() -> None:
    system = made(build)
    assert system.points == {"question", "corpus", "framing"}
    assert texts(driven(system)) == ["The lifeboat is called Annie. The lamp turns every nine seconds."] * 2
    assert texts(driven(system, WITHDRAWN)) == ["The lamp turns every nine seconds.", "The lifeboat is called Annie."]


def test_what_is_a_system_already_is_returned_as_it_is() -> None:
    system = made(lambda question: question)
    assert adapt(system, name="again", dataset=DATASET) is system


@pytest.mark.parametrize("value", [3, "app.rag", None, object(), {"answer": "x"}])
def test_what_cannot_be_asked_is_refused_with_everything_that_is_accepted(value: object) -> None:
    with pytest.raises(InputError) as caught:
        adapt(value, name="app:thing", dataset=DATASET, where=Location(file="a.yaml", line=3))
    message = str(caught.value)
    for accepted in (
        "answer(question)",
        "batch(questions)",
        "retrieve(question)",
        "Runnable",
        "LangChainRag",
        "build(",
    ):
        assert accepted in message
    assert message.startswith("a.yaml:3: app:thing is a ")


def test_the_hint_says_how_to_offer_what_is_missing() -> None:
    system = made(lambda question: question)
    both = Condition(label="both", severity=1.0, steps=(*BLANKED.steps, *WITHDRAWN.steps))
    assert missing_points(system, both) == ("context", "corpus")
    assert "retrieve(question) and read(question, passages)" in system.hint
    assert "build(corpus)" in system.hint
    assert missing_points(made(Transparent()), both) == ("corpus",)
    assert "retrieve(question)" not in made(Transparent()).hint


def test_no_version_means_no_fingerprint_and_a_version_means_one_that_follows_corpus_and_options() -> None:
    def print_of(version: str, dataset: Dataset = DATASET, **options: object) -> str | None:
        system = adapt(build, name="app:build", dataset=dataset, version=version, options=options)
        (endpoint,) = system.endpoints.values()
        assert endpoint.live is False
        return endpoint.fingerprint

    smaller = Dataset(name="tiny", corpus=Corpus.of(DOCS[:1]), examples=())
    assert print_of("") is None
    seen = [print_of("1"), print_of("2"), print_of("1", smaller), print_of("1", builds=2)]
    assert len({*seen}) == 4
    assert None not in seen
    assert print_of("1") == seen[0]


def test_a_declared_version_lets_another_session_reuse_the_replies() -> None:
    asked = []

    def answer(question: str) -> str:
        asked.append(question)
        return "yes"

    ledger = Ledger(None)
    for _ in range(2):
        system = adapt(answer, name="app:answer", dataset=DATASET, version="7")
        assert texts(driven(system, ledger=ledger)) == ["yes", "yes"]
    assert len(asked) == 2
    driven(adapt(answer, name="app:answer", dataset=DATASET), ledger=ledger)
    assert len(asked) == 4


def test_a_factory_that_raises_is_named_with_its_error() -> None:
    def broken(corpus: Corpus) -> object:
        raise OSError("no such index")

    said = "app:thing raised OSError while it built the system"
    with pytest.raises(InputError, match=f"{said} on 2 documents: no such index$"):
        made(broken)
    with pytest.raises(InputError, match=f"{said} on 0 documents: .*\n  fix: this data has questions only"):
        adapt(broken, name="app:thing", dataset=replace(DATASET, corpus=Corpus()))
    with pytest.raises(InputError, match=f"{said}: no such index$"):
        made(lambda: broken(Corpus()), factory=True)


def test_unknown_options_are_refused_with_a_suggestion() -> None:
    def answer(question: str, top_k: int = 3) -> str:
        return f"{top_k}"

    with pytest.raises(InputError) as caught:
        made(answer, top_kk=5)
    assert "did you mean 'top_k'?" in str(caught.value)
    assert texts(driven(made(answer, top_k=5))) == ["5", "5"]


def test_options_of_the_wrong_type_are_all_reported() -> None:
    with pytest.raises(InputError) as caught:
        made(lambda question: question, concurrency=True, batch="yes", batch_size=0)
    assert len(caught.value.problems) == 3
    assert "batch_size must be at least 1, not 0" in str(caught.value)


# resolving targets


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A package ``shop`` in a folder of its own, with everything undone afterwards."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "rag.py").write_text(
        "import os\nclass Shop:\n    @staticmethod\n    def answer(question): return question\n"
        "def build(corpus):\n    import sibling\n    return sibling.answer\n"
    )
    (package / "broken.py").write_text("import json\n\nimport surely_not_installed\n")
    (package / "bad.py").write_text("def build(:\n    pass\n")
    (tmp_path / "sibling.py").write_text("def answer(question): return 'from sibling'\n")
    path, others = list(sys.path), {name: sys.modules.pop(name) for name in _of_the_shop()}
    yield tmp_path
    sys.path[:] = path
    for name in _of_the_shop():
        del sys.modules[name]
    sys.modules.update(others)


def _of_the_shop() -> list[str]:
    """Return the modules of a package of that name: an example of the project is called so, too."""
    return [name for name in sys.modules if name.partition(".")[0] in ("shop", "sibling")]


def test_a_target_is_found_and_its_own_late_imports_still_work(shop: Path) -> None:
    system = adapt(resolve_target("shop.rag:build", [shop]), name="shop.rag:build", dataset=DATASET)
    assert texts(driven(system)) == ["from sibling"] * 2
    assert resolve_target("shop.rag:Shop.answer", [shop])("q") == "q"


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("shop.rag:biuld", ("shop.rag has no 'biuld'", "did you mean 'build'?", "Shop")),
        ("shop.rga:build", ("there is no module 'shop.rga'", "did you mean 'rag'?", "shop.rag")),
        ("shoop.rag:build", ("there is no module 'shoop'", "did you mean 'shop'?")),
        ("shop.rag.build", ("is not a target", "did you mean 'shop.rag:build'?")),
        ("shop/rag.py", ("is not a target", "package.module:attribute")),
        ("shop.broken:build", ("ModuleNotFoundError", "broken.py:3", "install 'surely_not_installed'")),
        ("shop.bad:build", ("SyntaxError", "bad.py:1")),
        ("shop.rag:Shop.ask", ("Shop has no 'ask'", "answer")),
    ],
)
def test_a_target_that_cannot_be_had_is_explained(shop: Path, target: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        resolve_target(target, [shop], where=Location(file="s.robust.yaml", line=4, column=9))
    message = str(caught.value)
    assert message.startswith("s.robust.yaml:4:9: ")
    for part in parts:
        assert part in message


def test_the_endpoint_name_changes_when_a_source_file_of_the_package_is_edited(shop: Path) -> None:
    build_shop = resolve_target("shop.rag:build", [shop])
    names = [*adapt(build_shop, name="shop.rag:build", dataset=DATASET).endpoints]
    assert names == [*adapt(build_shop, name="shop.rag:build", dataset=DATASET).endpoints]
    assert names[0].startswith("shop.rag:build@")
    (shop / "shop" / "prompts.py").write_text("PROMPT = 'Answer politely.'\n")
    assert names != [*adapt(build_shop, name="shop.rag:build", dataset=DATASET).endpoints]


def test_further_sources_enter_the_digest(tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("one")
    before = source_digest(build, sources=[prompt])
    prompt.write_text("two")
    assert before != source_digest(build, sources=[prompt])
    assert len(before) == 8


def test_an_error_of_one_question_is_its_own_and_the_user_is_told_what_broke() -> None:
    def answer(question: str) -> str:
        if "lamp" in question:
            raise KeyError("lamp")
        return "fine"

    first, second = driven(made(answer))
    assert first.answer == Answer(text="fine")
    assert second.error == CallError(kind="system_error", message="'lamp'", exception="KeyError")


def test_async_functions_work_where_a_loop_is_running_already() -> None:
    async def answer(question: str) -> str:
        await asyncio.sleep(0)
        return "from the other loop"

    async def outer() -> list[str]:
        return texts(driven(made(answer)))

    assert asyncio.run(outer()) == ["from the other loop"] * 2


def test_adapters_import_neither_langchain_nor_anything_heavy() -> None:
    heavy = "{'langchain_core', 'langgraph', 'torch', 'transformers', 'numpy', 'pydantic'}"
    script = f"import sys, robustcore.systems.adapt; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
