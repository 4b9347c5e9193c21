"""Real LangChain objects as systems: chains, models, agents, retrievers with prompts; nothing leaves the machine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.runnables.history import RunnableWithMessageHistory
from langchain_core.vectorstores import InMemoryVectorStore
from unit.systems.driving import DATASET, adapted, asked, said

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Flow
from robustcore.corpus.records import Passage
from robustcore.errors import InputError
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import TransparentSystem
from robustcore.systems.langchain import LangChainRag
from robustcore.systems.runnables import input_shape, is_runnable

QUESTIONS = [f"q{i}" for i in range(6)]


class Echo(BaseChatModel):
    """A chat model that repeats the last message and raises where it holds ``boom``."""

    @property
    def _llm_type(self) -> str:
        return "echo"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = str(messages[-1].content)
        if "boom" in text:
            raise ValueError("the model broke")
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


class Words(BaseRetriever):
    """Finds the documents that share a word with the query; the store gives them meaningless ids."""

    docs: list[Document]

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        words = set(query.lower().strip("?").split())
        return [doc for doc in self.docs if words & set(doc.page_content.lower().strip(".").split())]


def documents() -> list[Document]:
    return [
        Document(id=f"uuid-{i}", page_content=doc.text, metadata={"source": f"docs/{doc.id}.md", "title": doc.title})
        for i, doc in enumerate(DATASET.corpus.docs.values())
    ]


def joined(docs: Sequence[Document]) -> str:
    return " ".join(doc.page_content for doc in docs)


def typed(question: str) -> str:
    return question


def asks_query(inputs):  # type: ignore[no-untyped-def]  # noqa: ANN001  # LangChain reads keys off untyped code
    return inputs["query"]


PROMPT = ChatPromptTemplate.from_template("{question}")
HISTORY = ChatPromptTemplate.from_messages([MessagesPlaceholder("chat_history", optional=True), ("user", "{input}")])
RETRIEVER = Words(docs=documents())
FIND_CONTEXT = itemgetter("question") | RETRIEVER


@pytest.mark.parametrize(
    ("runnable", "shaped"),
    [
        (Echo(), "hi"),
        (FakeListChatModel(responses=["x"]), "hi"),
        (RunnableLambda(typed), "hi"),
        ({"context": RETRIEVER | joined, "question": RunnablePassthrough()} | PROMPT | Echo(), "hi"),
        (PROMPT | Echo(), {"question": "hi"}),
        (HISTORY | Echo(), {"input": "hi"}),
        (RunnableLambda(asks_query), {"query": "hi"}),
        (ChatPromptTemplate.from_template("{topic}") | Echo(), {"topic": "hi"}),
        (
            ChatPromptTemplate.from_messages([MessagesPlaceholder("messages")]) | Echo(),
            {"messages": [{"role": "user", "content": "hi"}]},
        ),
        (RunnablePassthrough.assign(context=FIND_CONTEXT), {"question": "hi"}),
    ],
)
def test_the_question_takes_the_shape_that_the_input_schema_asks_for(runnable: Any, shaped: object) -> None:
    assert is_runnable(runnable)
    assert input_shape(runnable)("hi") == shaped


def test_an_input_key_overrides_the_schema() -> None:
    assert input_shape(PROMPT | Echo(), "messages")("hi") == {"messages": [{"role": "user", "content": "hi"}]}
    assert input_shape(Echo(), "text")("hi") == {"text": "hi"}


def any_dict(inputs: dict[str, Any]) -> str:
    return "x"


@pytest.mark.parametrize(
    ("runnable", "part"),
    [
        (ChatPromptTemplate.from_template("{context} {question}") | Echo(), "needs 'context' beside the question"),
        (ChatPromptTemplate.from_template("{a} {b}") | Echo(), "does not say under which key"),
        (RunnablePassthrough.assign(context=RunnableLambda(any_dict)), "does not say under which key"),
        (RunnableLambda(any_dict), "does not say under which key"),
        (RETRIEVER, "is a retriever: it finds documents and gives no answer"),
    ],
)
def test_a_runnable_whose_input_is_not_the_question_alone_is_refused(runnable: Any, part: str) -> None:
    with pytest.raises(InputError, match=part):
        adapted(runnable)


@pytest.mark.parametrize("options", [{}, {"run_async": True}, {"concurrency": 1}])
@pytest.mark.parametrize(
    "chain", [PROMPT | Echo(), PROMPT | Echo() | StrOutputParser(), Echo(), RunnableLambda(typed) | Echo()]
)
def test_one_question_that_breaks_the_chain_does_not_cost_the_others(chain: Any, options: dict[str, Any]) -> None:
    system = adapted(chain, options)
    assert system.points == {"question", "framing"}
    assert "LangChainRag" in system.hint
    got = said(asked(system, ["a", "boom", "c"]))
    assert got == ["a", "system_error: the model broke", "c"]


def test_replies_in_order_from_a_model_with_prepared_messages() -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage("one"), AIMessage("two")]))
    assert sorted(said(asked(adapted(model, {"concurrency": 1}), ["a", "b"]))) == ["one", "two"]


def test_a_chain_that_returns_its_context_shows_its_passages() -> None:
    chain = RunnablePassthrough.assign(context=FIND_CONTEXT).assign(answer=PROMPT | Echo())
    (trial,) = asked(adapted(chain), ["which lamp?"])
    assert trial.answer is not None
    assert trial.answer.text == "which lamp?"
    assert [(p.doc_id, p.title) for p in trial.answer.passages or ()] == [("lamps", "Lamps")]


def test_at_most_concurrency_questions_are_under_way_in_a_batch() -> None:
    lock, now, most = threading.Lock(), [0], [0]
    together = threading.Barrier(2, timeout=5)

    def count(question: str) -> str:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait()
        with lock:
            now[0] -= 1
        return question

    assert said(asked(adapted(RunnableLambda(count), {"concurrency": 2}), QUESTIONS)) == QUESTIONS
    assert most[0] == 2


def test_an_async_only_chain_runs_under_run_async() -> None:
    async def later(question: str) -> str:
        return question + "!"

    assert said(asked(adapted(RunnableLambda(later), {"run_async": True}), ["a", "b"])) == ["a!", "b!"]


def test_an_interrupt_that_a_batch_returns_as_a_value_is_raised() -> None:
    class Interrupted(RunnableLambda[str, str]):
        def batch(self, inputs: Any, config: Any = None, **kwargs: Any) -> list[Any]:
            return [KeyboardInterrupt()] * len(inputs)

    with pytest.raises(KeyboardInterrupt):
        asked(adapted(Interrupted(typed)), QUESTIONS)


@pytest.mark.filterwarnings("ignore:.*deprecated")  # still the way of chains without a graph
def test_each_question_starts_a_conversation_of_its_own() -> None:
    kept: dict[str, InMemoryChatMessageHistory] = {}

    def history(session_id: str) -> InMemoryChatMessageHistory:
        return kept.setdefault(session_id, InMemoryChatMessageHistory())

    chain = RunnableWithMessageHistory(
        HISTORY | Echo(), history, input_messages_key="input", history_messages_key="chat_history"
    )
    assert said(asked(adapted(chain), QUESTIONS)) == QUESTIONS
    assert len(kept) == len(QUESTIONS)
    assert {len(one.messages) for one in kept.values()} == {2}


def test_a_compiled_agent_with_a_checkpointer_answers_with_its_last_message() -> None:
    agents = pytest.importorskip("langchain.agents", reason="needs langchain: pip install --group dev")
    memory = pytest.importorskip("langgraph.checkpoint.memory", reason="needs langgraph: pip install --group dev")
    agent = agents.create_agent(Echo(), tools=[], checkpointer=memory.InMemorySaver())
    assert said(asked(adapted(agent), QUESTIONS)) == QUESTIONS


# LangChainRag


def rag_of(prompt: Any = "{context} | {question}", **more: Any) -> LangChainRag:
    return LangChainRag(retriever=RETRIEVER, model=Echo(), prompt=prompt, **more)


def test_a_rag_in_parts_offers_the_context_and_reads_what_it_retrieved() -> None:
    system = adapted(rag_of())
    assert isinstance(system, TransparentSystem)
    assert system.points == {"question", "context", "framing"}
    (trial,) = asked(system, ["which lamp?"])
    assert [(p.doc_id, p.title) for p in trial.ranking or ()] == [("lamps", "Lamps")]
    assert said([trial]) == ["The lamp turns every nine seconds. | which lamp?"]


def read_with(system: Any, passages: tuple[Passage, ...]) -> str:
    def run() -> Flow[str]:
        answer = yield from system.read("which?", passages, replicate=0)
        return str(answer.text)

    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints(system.endpoints)
    return dict(engine.run([(0, run())]))[0]


def test_the_reader_gets_exactly_the_passages_it_is_given() -> None:
    passages = (Passage(doc_id="x", text="Planted.", title="T"), Passage(doc_id="", text="Second."))
    assert read_with(adapted(rag_of()), passages) == "Planted.\n\nSecond. | which?"
    shown = rag_of(format_docs=lambda docs: [f"{d.metadata['source']}/{d.metadata['title']}" for d in docs])
    assert read_with(adapted(shown), passages) == "['x/T', '/'] | which?"


@pytest.mark.parametrize(
    "prompt",
    [
        PromptTemplate.from_template("{context} | {question}"),
        ChatPromptTemplate.from_messages([("placeholder", "{chat_history}"), ("user", "{context} | {input}")]),
        ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("user", "{documents} | {query}")]),
        ChatPromptTemplate.from_template("{context} {bar} {question}").partial(bar="|"),
        RunnableLambda(lambda x: f"{x['context']} | {x['question']}"),
    ],
)
def test_prompts_of_several_kinds_are_filled(prompt: Any) -> None:
    assert read_with(adapted(rag_of(prompt)), (Passage(doc_id="x", text="Planted."),)) == "Planted. | which?"


@pytest.mark.parametrize(
    ("prompt", "part"),
    [
        ("{context} {question} {tone}", "cannot fill the prompt's variable 'tone'"),
        ("{question}", "no variable for the context"),
        ("{context}", "no variable for the question"),
    ],
)
def test_a_prompt_that_cannot_be_filled_is_refused_when_it_is_given(prompt: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        rag_of(prompt)


def test_a_broken_reading_does_not_cost_the_others() -> None:
    assert said(asked(adapted(rag_of()), ["a lamp?", "a boom?", "a lifeboat?"]))[1] == "system_error: the model broke"


def test_a_plain_function_may_retrieve_and_the_default_prompt_reads() -> None:
    rag = LangChainRag(retriever=lambda question: documents()[:1], model=Echo())
    (text,) = said(asked(adapted(rag), ["which?"]))
    assert text.startswith("Answer the question from the context alone.")
    assert "The lifeboat is called Annie.\n\nQuestion: which?" in text


def test_a_factory_of_a_vector_store_offers_all_points_and_hides_documents() -> None:
    def build(documents: list[Document]) -> LangChainRag:
        store = InMemoryVectorStore(DeterministicFakeEmbedding(size=16))
        store.add_documents(documents)
        return LangChainRag(retriever=store.as_retriever(search_kwargs={"k": 2}), model=Echo())

    system = adapted(build)
    assert system.points == {"question", "context", "corpus", "framing"}
    assert isinstance(system, TransparentSystem)

    def ids(*hide: str) -> list[str]:
        engine = Engine(Ledger(None), Run("r"))
        engine.add_endpoints(system.endpoints)
        flow = system.retrieve("which?", corpus=CorpusEdit(hide=hide), replicate=0)
        return sorted(passage.doc_id for passage in dict(engine.run([(0, flow)]))[0])

    assert ids() == ["boats", "lamps"]
    assert ids("boats") == ["lamps"]


def test_options_that_a_chain_does_not_take_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'input_key'"):
        adapted(PROMPT | Echo(), {"inputkey": "question"})
    with pytest.raises(InputError, match="has no option 'k'"):
        adapted(rag_of(), {"k": 3})


def test_nothing_of_langchain_is_a_runnable_by_looks_alone() -> None:
    class Looks:
        def invoke(self) -> None: ...
        def ainvoke(self) -> None: ...
        def batch(self, questions: list[str]) -> list[str]:
            return questions

    assert not is_runnable(Looks())
    assert said(asked(adapted(Looks()), ["a"])) == ["a"]
