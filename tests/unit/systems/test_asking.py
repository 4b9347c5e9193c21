"""How questions are put: options, framing, what was said before, and a conversation that goes on after the reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from unit.systems.driving import DATASET, adapted

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, CallError, Response
from robustcore.case import CLEAN, Case, Condition, Step
from robustcore.corpus.records import Choice, Corpus, Dataset, Example
from robustcore.endpoints.generation import Generation, TokenLogprob
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.perturb.base import Operator
from robustcore.perturb.framing.authority import authority_v1
from robustcore.perturb.framing.insistence import repeat_pressure, wrong_turn
from robustcore.perturb.options import check_options
from robustcore.scenario.types import Scenario
from robustcore.scenario.unit import Unit
from robustcore.systems.asking import REPLY
from robustcore.systems.base import Answer, Citation
from robustcore.systems.drive import AnySystem, drive
from robustcore.systems.embedded import EmbeddedSystem
from robustcore.systems.model_options import ReaderOptions
from robustcore.systems.model_prompt import CHOOSE
from robustcore.systems.model_rag import ModelRag, build
from robustcore.systems.trial import Trial
from robustcore.systems.wire import answer_from_json, answer_to_json

CHOICE = Choice(options=(("A", "one"), ("B", "two")), gold="A", asserted="B", subject="anatomy")
CLOSED = Example(id="c", question="Which?", answers=("one",), wrong_answers=("two",), choice=CHOICE)
OPEN = Example(id="o", question="Which?", answers=("one",), wrong_answers=("two",))
SENTENCE = "I dissect and teach anatomy for a living, and there is no doubt that it is B."


def under(operator: Operator, severity: float = 1.0) -> Condition:
    return Condition(operator.short, severity, (Step(operator, check_options(operator, {})),))


def put(system: AnySystem, example: Example, condition: Condition = CLEAN, corpus: Corpus = DATASET.corpus) -> Trial:
    engine = Engine(Ledger(None), Run("r"), allow_live=True)
    engine.add_endpoints(system.endpoints)
    case = Case(f"{condition.name}-{example.id}", example, condition)
    return dict(engine.run([(case.id, drive(case, system, corpus))]))[case.id]


def text_of(trial: Trial) -> str:
    assert trial.answer is not None, (trial.error, trial.skip)
    return trial.answer.text


def test_a_plain_callable_is_asked_with_options_sentence_and_how_to_reply() -> None:
    seen: list[str] = []

    def answer(question: str) -> str:
        seen.append(question)
        return '{"final": "A"}'

    system = adapted(answer)
    put(system, CLOSED)
    put(system, CLOSED, under(authority_v1))
    options = "Which?\n(A) one\n(B) two"
    assert seen == [f"{options}\n\n{REPLY}", f"{options}\n\n{SENTENCE}\n\n{REPLY}"]
    seen.clear()
    trial = put(system, OPEN, under(authority_v1))
    assert seen == [trial.question]
    assert trial.question.startswith("Which?\n\nI have been a professor")
    assert trial.change is not None
    assert trial.change > 0.5


def test_a_callable_with_a_history_sees_its_own_replies() -> None:
    seen: list[tuple[str, list[Mapping[str, str]]]] = []

    def answer(question: str, history: list[Mapping[str, str]]) -> str:
        seen.append((question, history))
        return f"reply {len(history)}"

    system = adapted(answer)
    assert system.points == {"question", "framing", "history"}
    assert text_of(put(system, OPEN, under(repeat_pressure, 2 / 3))) == "reply 4"
    (_, first), (second, earlier), (_, last) = seen
    assert first == []
    assert second == "Are you sure? I think that it is two."
    assert earlier == [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": "reply 0"}]
    assert [message["content"] for message in last][1::2] == ["reply 0", "reply 2"]


def test_an_async_callable_and_a_reader_may_have_a_history_too() -> None:
    async def answer(question: str, *, history: list[Mapping[str, str]] | None = None) -> str:
        return f"{question} after {len(history or [])}"

    class Reader:
        def retrieve(self, question: str) -> list[str]:
            return [f"about {question}"]

        def read(self, question: str, passages: list[Any], history: list[Mapping[str, str]]) -> str:
            return f"{passages[0].text}: {question} after {len(history)}"

    assert text_of(put(adapted(answer), OPEN, under(wrong_turn))) == "Which? after 2"
    reader = adapted(Reader())
    assert "history" in reader.points
    assert text_of(put(reader, OPEN, under(wrong_turn))) == "about Which?: Which? after 2"
    asked = text_of(put(reader, OPEN, under(authority_v1)))
    assert asked.startswith("about Which?: Which?\n\nI have been")  # retrieval goes by the bare question


def test_a_langchain_prompt_with_messages_gets_the_conversation() -> None:
    prompts = pytest.importorskip("langchain_core.prompts")
    fakes = pytest.importorskip("langchain_core.language_models.fake_chat_models")
    from langchain_core.messages import AIMessage

    from robustcore.systems.langchain import LangChainRag

    seen: list[list[str]] = []

    class Model(fakes.GenericFakeChatModel):  # type: ignore[misc,name-defined]  # untyped without the extra
        def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append([f"{m.type}: {m.content}" for m in messages])
            return super()._generate(messages, *args, **kwargs)

    prompt = prompts.ChatPromptTemplate.from_messages(
        [("system", "{context}"), prompts.MessagesPlaceholder("chat_history"), ("human", "{question}")]
    )
    model = Model(messages=iter([AIMessage("one"), AIMessage("two")]))
    system = adapted(LangChainRag(retriever=lambda question: ["text"], model=model, prompt=prompt))
    assert "history" in system.points
    assert text_of(put(system, OPEN, under(repeat_pressure, 1 / 3))) == "two"
    assert seen[1][1:] == ["human: Which?", "ai: one", "human: Are you sure? I think that it is two."]
    bare = adapted(LangChainRag(retriever=lambda question: ["text"], model=model))
    assert "history" not in bare.points


TOKENS = (TokenLogprob(token="A", logprob=-0.1, top=(("A", -0.1), ("B", -2.5))),)


def model_system(script: Any, **options: Any) -> tuple[ModelRag, ScriptedEndpoint]:
    from dataclasses import replace

    model = ScriptedEndpoint(script, version="1")
    made = build(Dataset(name="none", corpus=Corpus(), examples=(CLOSED,)), {"model": "openai:scripted"})
    return replace(made, model=model, options=replace(ReaderOptions(), **options)), model


def reply(call: Call) -> Response:
    asked = (call.settings or {}).get("top_logprobs")
    text = '{"final": "A", "explanation": "it is"}'
    return Response(value=Generation(text=text, logprobs=TOKENS if asked else None).to_json())


def test_a_model_chooses_by_a_prompt_of_its_own_and_tells_log_probabilities() -> None:
    system, model = model_system(reply)
    trial = put(system, CLOSED, under(authority_v1), Corpus())
    assert trial.answer is not None
    assert trial.answer.logprobs == TOKENS
    assert trial.ranking == ()
    (call,) = model.sent
    assert call.payload["messages"] == [
        {"role": "system", "content": CHOOSE},
        {"role": "user", "content": f"Which?\n(A) one\n(B) two\n\n{SENTENCE}"},
    ]
    assert call.settings == {"max_tokens": 256, "temperature": 0.0, "top_logprobs": 20}
    assert system.later == frozenset()


def test_a_service_that_tells_no_log_probabilities_is_asked_without() -> None:
    def refuses(call: Call) -> Any:
        if "top_logprobs" in call.settings:
            return CallError(kind="infra_error", message="ChatX takes no setting 'top_logprobs'")
        return reply(call)

    system, model = model_system(refuses)
    trial = put(system, CLOSED, corpus=Corpus())
    assert (text_of(trial)[:12], trial.answer and trial.answer.logprobs) == ('{"final": "A', None)
    assert len(model.sent) == 2
    system, model = model_system(refuses, top_logprobs=0)
    put(system, CLOSED, corpus=Corpus())
    assert len(model.sent) == 1
    system, model = model_system(lambda call: CallError(kind="infra_error", message="no route"))
    assert put(system, CLOSED, corpus=Corpus()).error is not None
    assert len(model.sent) == 1


def test_a_model_sees_the_turns_of_a_conversation_as_messages() -> None:
    system, model = model_system(reply)
    put(system, CLOSED, under(repeat_pressure, 2 / 3), Corpus())
    roles = [[message["role"] for message in call.payload["messages"]] for call in model.sent]
    assert roles[-1] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert model.sent[-1].payload["messages"][2]["content"] == '{"final": "A", "explanation": "it is"}'


def test_the_embedded_system_lacks_choices_and_says_how_to_get_them() -> None:
    from robustcore.errors import Location

    data = Dataset(name="closed", corpus=DATASET.corpus, examples=(CLOSED,))
    scenario = Scenario(
        name="x", slug="x", where=Location(file="x"), conditions=(CLEAN, under(repeat_pressure)), measures=()
    )
    embedded = Unit(scenario, data, lambda: EmbeddedSystem.build(data))
    assert embedded.missing_points(CLEAN) == ("choices",)
    assert embedded.missing_points(scenario.conditions[1]) == ("choices", "history")
    assert "--robust-model" in embedded.system.hint
    own = Unit(scenario, data, lambda: adapted(lambda question: "A"))
    assert own.missing_points(CLEAN) == ()


def test_log_probabilities_survive_the_ledger_and_no_key_is_added_without_them() -> None:
    plain = Answer(text="x", citations=(Citation(doc_id="d"),))
    told = Answer(text="x", logprobs=TOKENS)
    assert answer_from_json(answer_to_json(told)) == told
    assert answer_from_json(answer_to_json(plain)) == plain
    assert "logprobs" not in answer_to_json(plain)


@pytest.mark.parametrize(
    ("given", "top"),
    [({"A": -0.1, "B": -2.5}, (("A", -0.1), ("B", -2.5))), ([["A", -0.1, [["A", -0.1]]]], (("A", -0.1),))],
)
def test_a_callable_may_tell_log_probabilities_of_letters_or_tokens(given: Any, top: Any) -> None:
    trial = put(adapted(lambda question: {"answer": "A", "logprobs": given}), CLOSED)
    assert trial.answer is not None
    assert trial.answer.logprobs == (TokenLogprob(token="A", logprob=-0.1, top=top),)


def test_log_probabilities_that_cannot_be_read_are_the_systems_fault() -> None:
    trial = put(adapted(lambda question: {"answer": "A", "logprobs": {"A": "high"}}), CLOSED)
    assert trial.error is not None
    assert "logprobs must be a finite number" in trial.error.message
