"""A transparent RAG system around any language model: the embedded retriever, and the model as its reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.corpus.records import Dataset, Doc, Passage
from robustcore.endpoints.generation import CHAT, Generation
from robustcore.endpoints.model_names import kind_of, model_spec, shown_name
from robustcore.endpoints.specs import make_endpoint, spec_of
from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import AgentSystem, Answer, FlowError, History, Task
from robustcore.systems.batched import BatchedSystem
from robustcore.systems.embedded.system import EmbeddedSystem
from robustcore.systems.model_options import ReaderOptions, read_choice
from robustcore.systems.model_prompt import (
    SYSTEM,
    VERSION,
    Message,
    beside_documents,
    choice_messages,
    messages,
    probe_messages,
    read_reply,
    work_messages,
)
from robustcore.systems.tool_agent import TOOLS, tool_agent

CONTEXT_CHARS: Final = 24_000  # of passages, where the model's context is not known: about 6,000 tokens
CHARS_PER_TOKEN: Final = 3  # on the safe side for English under today's tokenizers
PASSAGE_CHARS: Final = 1_200  # of the longest passage that the retriever cuts a document into, about
QUESTION_CHARS: Final = 600  # kept free for the question and the numbers of the passages
HINT: Final = "a model behind the embedded retriever has no tools to inject into"


@dataclass(frozen=True, kw_only=True)
class ModelRag:
    """A `TransparentSystem`: passages come from ``retriever``, answers from the endpoint ``model`` (operation chat).

    ``model_name`` is the name its calls use, ``name`` the one reports use; ``docs`` are the corpus. Replicates of a
    case are separate calls, unless the endpoint says that it is ``deterministic`` and the temperature is 0; sampled
    replicates get seeds of their own (``seed`` + replicate) where a seed is given. ``agent`` does tasks that take
    tools: the same model over the shipped toolset; None where the data have none, or it is no chat service.
    """

    name: str
    model_name: str
    model: Endpoint
    retriever: BatchedSystem
    docs: Mapping[str, Doc]
    options: ReaderOptions
    agent: AgentSystem | None = None
    points: frozenset[str] = frozenset(("question", "context", "corpus", "framing", "history"))
    hint: str = HINT

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the retriever's endpoint and the model's."""
        found = {
            name: self.retriever.endpoints[name] for name in self.retriever.endpoints if name.endswith(".retrieve")
        }
        of_agent = self.agent.endpoints if self.agent else {}
        return MappingProxyType({**found, self.model_name: self.model, **of_agent})

    @property
    def tools(self) -> frozenset[str]:
        """Return the names of the tools that its agent has, none without one."""
        return TOOLS if self.agent else frozenset()

    @property
    def here(self) -> frozenset[str]:
        """Return the names of endpoints that only the process of their runs can answer: those of its agent."""
        return frozenset(self.agent.endpoints) if self.agent else frozenset()

    @property
    def calls_ahead(self) -> Mapping[str, int]:
        """Return how many calls of its agent a case makes at most."""
        return getattr(self.agent, "calls_ahead", {})

    @property
    def later(self) -> frozenset[str]:
        """Return the endpoints that are first asked when others have answered: a plan can only bound their calls."""
        own = frozenset((self.model_name,)) if self.docs else frozenset()
        return own | self.here

    @property
    def tokens_ahead(self) -> Mapping[str, tuple[int, int]]:
        """Return about how many input tokens, and at most how many output tokens, a call of `later` will take."""
        longest = max((len(doc.text) for doc in self.docs.values()), default=0)
        passages = min(budget_of(self.model, self.options), self.options.k * min(longest, PASSAGE_CHARS))
        characters = len(SYSTEM) + QUESTION_CHARS + passages
        return {self.model_name: (characters // CHARS_PER_TOKEN, self.options.max_tokens)}

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        """Return the flow that ranks passages for ``question`` without the documents ``corpus`` hides."""
        return (yield from self.retriever.retrieve(question, corpus=corpus, replicate=replicate))

    def read(
        self, question: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()
    ) -> Flow[Answer]:
        """Return the flow that asks the model to answer from exactly ``passages``."""
        budget = budget_of(self.model, self.options)
        asked = messages(question, passages, budget=budget, history=_messages_of(history))
        return read_reply((yield from self._ask(asked, replicate)).text, passages)

    @property
    def adds(self) -> bool:
        """Say whether documents can be added to what its retriever has indexed."""
        return self.retriever.adds

    def work(self, task: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()) -> Flow[Answer]:
        """Return the flow that asks the model to do ``task``, with ``passages`` that may or may not help."""
        budget = budget_of(self.model, self.options)
        asked = work_messages(task, passages, budget=budget, history=_messages_of(history))
        return read_reply((yield from self._ask(asked, replicate)).text, passages)

    def act(self, task: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()) -> Flow[Answer]:
        """Return the flow in which its agent does ``task`` with tools, ``passages`` standing before it."""
        assert self.agent is not None
        asked = beside_documents(task, passages, budget=budget_of(self.model, self.options))
        done = yield from self.agent.perform(Task(question=asked, history=history), replicate=replicate)
        return replace(read_reply(done.text, passages), trace=done.trace)

    def probe(self, question: str, *, replicate: int) -> Flow[Answer]:
        """Return the flow that asks the model what it knows, with no documents and without speaking of any."""
        return read_reply((yield from self._ask(probe_messages(question), replicate)).text, ())

    def choose(
        self, asked: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()
    ) -> Flow[Answer]:
        """Return the flow that asks the model to choose, with the log-probabilities of what it writes.

        A service that refuses to tell them is asked once more without; the reply is kept as it is.
        """
        budget = budget_of(self.model, self.options)
        said = choice_messages(asked, passages, budget=budget, history=_messages_of(history))
        told = {"top_logprobs": self.options.top_logprobs} if self.options.top_logprobs else {}
        try:
            found = yield from self._ask(said, replicate, told)
        except FlowError as error:
            if not told or "logprobs" not in error.error.message:
                raise
            found = yield from self._ask(said, replicate)
        return Answer(text=found.text, passages=passages, logprobs=found.logprobs)

    def _ask(self, asked: list[Message], replicate: int, told: Mapping[str, Any] | None = None) -> Flow[Generation]:
        same = self.options.temperature == 0 and bool(getattr(self.model, "deterministic", False))
        call = Call(
            endpoint=self.model_name,
            op=CHAT,
            payload={"messages": asked},
            settings={**self._settings(replicate), **(told or {})},
            replicate=0 if same else replicate,
            length=sum(len(message["content"]) for message in asked),
        )
        (reply,) = yield [call]
        if isinstance(reply, CallError):
            raise FlowError(reply)
        return Generation.from_json(reply.value)

    def _settings(self, replicate: int) -> dict[str, Any]:
        own = self.options
        settings: dict[str, Any] = {"max_tokens": own.max_tokens, "temperature": own.temperature}
        if own.top_p is not None:
            settings["top_p"] = own.top_p
        if own.seed is not None:
            settings["seed"] = own.seed + (replicate if own.temperature > 0 else 0)
        return settings


def build(dataset: Dataset, options: Mapping[str, Any], *, version: str = "", cache: Path | None = None) -> ModelRag:
    """Return the system over ``dataset.corpus`` for the options of ``system: model``; nothing heavy is loaded yet.

    ``version`` is the declared version of a model behind a service, which lets later sessions reuse its replies;
    ``cache`` a folder that keeps the index of the retriever. Raises `InputError` with every problem of the options.
    """
    declared = {"version": version} if version and kind_of(options["model"]) == "chat" else {}
    choice = read_choice({**declared, **options})
    model = make_endpoint(model_spec(choice.model, choice.of_model))
    retriever = EmbeddedSystem.build(
        dataset, k=choice.reader.k, repair_spelling=choice.reader.repair_spelling, cache=cache
    )
    return ModelRag(
        name=f"{shown_name(choice.model)} as {VERSION}",
        model_name=f"{shown_name(choice.model)}@{content_key(spec_of(model))[:8]}",
        model=model,
        retriever=retriever,
        docs=dataset.corpus.docs,
        options=choice.reader,
        agent=tool_agent(dataset, choice, model.fingerprint) if kind_of(choice.model) == "chat" else None,
    )


def _messages_of(history: History) -> list[Message]:
    return [{"role": role, "content": content} for role, content in history]


def budget_of(model: Endpoint, options: ReaderOptions) -> int:
    """Return how many characters of passages the model is shown.

    That is ``context_chars`` where it is given. Else, where the endpoint knows its context (``context_tokens``), what
    is left of it after the reply and the instructions, at three characters a token, never more than `CONTEXT_CHARS`.
    """
    if options.context_chars is not None:
        return options.context_chars
    tokens: int | None = getattr(model, "context_tokens", None)
    if tokens is None:
        return CONTEXT_CHARS
    left = (tokens - options.max_tokens) * CHARS_PER_TOKEN - len(SYSTEM) - QUESTION_CHARS
    return max(0, min(CONTEXT_CHARS, left))
