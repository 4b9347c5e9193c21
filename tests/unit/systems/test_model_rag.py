"""The system around a language model, on the real retriever and a scripted model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Call, CallError, Response
from robustcore.case import CLEAN, Case, Condition, Step
from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.endpoints.generation import CHAT, Generation
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.errors import InputError
from robustcore.measures.abstention import has_abstained
from robustcore.perturb.context.moved import empty, no_documents
from robustcore.systems.drive import drive
from robustcore.systems.embedded import EmbeddedSystem
from robustcore.systems.model_options import ReaderOptions, read_choice
from robustcore.systems.model_prompt import PROBE, SYSTEM
from robustcore.systems.model_rag import CONTEXT_CHARS, ModelRag, budget_of, build

pytest.importorskip("sentence_transformers")

DOCS = [
    Doc(id="bridge", text="The Orlewick bridge opened in 1902 and is 80 metres long.", title="Bridge"),
    Doc(id="ferry", text="The ferry across the Senn costs 3 crowns on weekdays."),
    Doc(id="pump", text="The pump house keeps the water pressure of the upper town."),
]
DATA = Dataset(name="town", corpus=Corpus.of(DOCS), examples=())


def said(text: str) -> Response:
    return Response(value=Generation(text=text, input_tokens=40, output_tokens=4).to_json(), usage=(40, 4))


def system(script: Any, **options: Any) -> tuple[ModelRag, ScriptedEndpoint]:
    model = ScriptedEndpoint(script, version="1")
    made = build(DATA, {"model": "openai:scripted", "k": 2})
    return replace(made, model=model, options=replace(ReaderOptions(k=2), **options)), model


def run(made: ModelRag, *cases: Case) -> list[Any]:
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run(), allow_live=True)
    engine.add_endpoints(made.endpoints)
    found = dict(engine.run([(index, drive(case, made, DATA.corpus)) for index, case in enumerate(cases)]))
    return [found[index] for index in range(len(cases))]


def case(question: str, replicate: int = 0) -> Case:
    example = Example(id="q", question=question, answers=("1902",))
    return Case("clean-q", example, CLEAN, replicate)


def test_it_retrieves_asks_once_and_reads_the_reply() -> None:
    made, model = system(lambda call: said("In 1902 [1]."))
    (trial,) = run(made, case("When did the bridge open?"))
    assert trial.answer is not None
    assert (trial.answer.text, trial.answer.citations[0].doc_id) == ("In 1902.", "bridge")
    assert trial.ranking is not None
    assert trial.ranking[0].doc_id == "bridge"
    (call,) = model.sent
    assert (call.op, call.settings) == (CHAT, {"max_tokens": 256, "temperature": 0.0})
    system_message, user = call.payload["messages"]
    assert system_message["content"] == SYSTEM
    assert user["content"].startswith("Passages:\n\n[1] Bridge\nThe Orlewick bridge")
    assert user["content"].endswith("Question: When did the bridge open?")


def test_a_probe_asks_without_documents_and_a_missing_context_with_the_usual_prompt() -> None:
    made, model = system(lambda call: said("I do not know."))
    step = {name: Step(operator=operator, options={}) for name, operator in (("probe", no_documents), ("gone", empty))}
    conditions = [Condition(label=name, severity=1.0, steps=(one,)) for name, one in step.items()]
    question = case("When did the bridge open?")
    trials = run(made, *(replace(question, id=one.label, condition=one) for one in conditions))
    assert [trial.answer and has_abstained(trial.answer) for trial in trials] == [True, True]
    asked = {call.payload["messages"][0]["content"]: call.payload["messages"][1]["content"] for call in model.sent}
    assert asked == {
        PROBE: "Question: When did the bridge open?",
        SYSTEM: "Passages:\n\n(no passages were found)\n\nQuestion: When did the bridge open?",
    }
    assert "passage" not in PROBE


def test_the_retriever_is_that_of_the_embedded_system() -> None:
    made, _ = system(lambda call: said("x"))
    embedded = EmbeddedSystem.build(DATA, k=2)
    (name,) = (name for name in embedded.endpoints if name.endswith(".retrieve"))
    assert made.endpoints[name].fingerprint == embedded.endpoints[name].fingerprint
    assert set(made.endpoints) == {name, made.model_name}
    assert made.points == {"question", "context", "corpus", "framing", "history"}


def test_replicates_are_calls_of_their_own_unless_the_model_cannot_differ() -> None:
    cases = [case("When did the bridge open?", replicate) for replicate in range(3)]
    made, model = system(lambda call: said("1902"))
    run(made, *cases)
    assert len(model.sent) == 3
    made, model = system(lambda call: said("1902"))
    model.deterministic = True  # type: ignore[attr-defined]  # as LocalLM says of itself
    run(made, *cases)
    assert len(model.sent) == 1


def test_sampled_replicates_have_seeds_of_their_own() -> None:
    made, model = system(lambda call: said("1902"), temperature=0.7, seed=5, top_p=0.9)
    model.deterministic = True  # type: ignore[attr-defined]
    run(made, *[case("When did the bridge open?", replicate) for replicate in range(2)])
    assert sorted(call.settings["seed"] for call in model.sent) == [5, 6]
    assert all(call.settings["top_p"] == 0.9 for call in model.sent)


def test_a_call_without_an_answer_ends_in_a_trial_with_its_error() -> None:
    lost = CallError(kind="infra_error", message="gone")
    made, _ = system(lambda call: lost)
    (trial,) = run(made, case("When did the bridge open?"))
    assert (trial.error, trial.answer) == (lost, None)


def test_the_context_of_a_small_model_bounds_what_it_is_shown() -> None:
    model = ScriptedEndpoint(lambda call: said("x"))
    assert budget_of(model, ReaderOptions()) == CONTEXT_CHARS
    assert budget_of(model, ReaderOptions(context_chars=500)) == 500
    model.context_tokens = 1024  # type: ignore[attr-defined]  # as LocalLM reads it from the folder's config
    assert 0 < budget_of(model, ReaderOptions()) < 1024 * 3
    model.context_tokens = 100  # type: ignore[attr-defined]
    assert budget_of(model, ReaderOptions()) == 0
    model.context_tokens = 1_000_000  # type: ignore[attr-defined]
    assert budget_of(model, ReaderOptions()) == CONTEXT_CHARS


def test_a_small_budget_cuts_the_passages() -> None:
    made, model = system(lambda call: said("x"), context_chars=100)
    run(made, case("When did the bridge open?"))
    shown = model.sent[0].payload["messages"][1]["content"].partition("Question:")[0]
    assert len(shown) < 100 + len("Passages:\n\n[1] \n\n[2] \n\n") + 2


def test_a_plan_knows_which_endpoint_comes_later_and_about_how_many_tokens() -> None:
    made, _ = system(lambda call: said("x"))
    assert made.later == {made.model_name}
    ((name, (tokens_in, tokens_out)),) = made.tokens_ahead.items()
    assert (name, tokens_out) == (made.model_name, 256)
    run(made, case("When did the bridge open?"))
    whole = bundled_dataset("handbook")
    larger = replace(made, docs=whole.corpus.docs)
    assert larger.tokens_ahead[made.model_name][0] > tokens_in > len(SYSTEM) // 4


def test_names_differ_with_what_the_model_is_asked_through(tmp_path: Path) -> None:
    one = build(DATA, {"model": "openai:x"})
    other = build(DATA, {"model": "openai:x", "base_url": "http://127.0.0.1:1/v1"})
    assert one.name == other.name == "openai:x as model-rag/1"
    assert one.model_name != other.model_name
    folder = tmp_path / "my-model"
    folder.mkdir()
    assert build(DATA, {"model": str(folder)}).name == "my-model as model-rag/1"


def test_a_declared_version_makes_replies_of_a_service_reusable() -> None:
    assert build(DATA, {"model": "openai:x"}).model.fingerprint is None
    assert build(DATA, {"model": "openai:x"}, version="7").model.fingerprint is not None


def test_options_may_be_text_and_every_problem_is_told() -> None:
    choice = read_choice({"model": "openai:x", "k": "7", "temperature": "0.5", "repair_spelling": "false", "rpm": "9"})
    assert choice.reader == ReaderOptions(k=7, temperature=0.5, repair_spelling=False)
    assert choice.of_model == {"rpm": "9"}
    wrong = {"k": 0, "temperature": 9, "repair_spelling": "no", "seed": 1.5, "top_k": 3, "model": "openai:x"}
    with pytest.raises(InputError) as caught:
        read_choice(wrong)
    assert [problem.what for problem in caught.value.problems] == [
        "k: must be a whole number, at least 1, not 0",
        "repair_spelling: must be true or false, not 'no'",
        "temperature: must lie between 0 and 5, not 9",
        "seed: must be a whole number, at least 0, not 1.5",
        "a model has no option 'top_k'",
    ]
    assert "did you mean 'top_p'?" in caught.value.problems[-1].fix
    assert "max_tokens" in caught.value.problems[-1].choices
    with pytest.raises(InputError, match="needs the option 'model'"):
        read_choice({})


def test_a_call_is_as_long_as_its_messages() -> None:
    made, model = system(lambda call: said("x"))
    run(made, case("When did the bridge open?"))
    (call,) = model.sent
    assert isinstance(call, Call)
    assert call.length == sum(len(message["content"]) for message in call.payload["messages"])
