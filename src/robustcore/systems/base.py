"""What a system under test is to us: injection points, endpoints, and flows that retrieve, read or answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from robustcore.calls.flows import FlowError as FlowError  # what flows of systems raise, too
from robustcore.calls.types import Endpoint, Flow
from robustcore.corpus.records import Passage
from robustcore.endpoints.generation import TokenLogprob
from robustcore.perturb.edit import CorpusEdit
from robustcore.perturb.tools.faults import NO_FAULTS, ToolFaults
from robustcore.systems.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A passage of text the system points to as its evidence; ``text`` may be empty if only the id is known."""

    doc_id: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a system replied.

    ``text`` is what its user would read. ``abstained`` is set only if the system says so in a structured field;
    None leaves it to the phrase detector. ``confidence`` ("is my answer right") and ``level`` ("is it in the
    corpus") are the system's own scores on its own scale. ``passages`` is what the reader was given; None if the
    system does not show it. ``logprobs`` are the tokens it wrote with their log-probabilities, where it tells them.
    ``trace`` is what an agent did on the way; None for anything else.
    """

    text: str
    abstained: bool | None = None
    citations: tuple[Citation, ...] = ()
    confidence: float | None = None
    level: float | None = None
    passages: tuple[Passage, ...] | None = None
    logprobs: tuple[TokenLogprob, ...] | None = None
    trace: Trace | None = None


History: TypeAlias = tuple[tuple[str, str], ...]
"""Earlier messages of a conversation: (role, content), the roles user and assistant in turn."""


class System(Protocol):
    """Base of every system. ``points`` are the injection points it offers; ``hint`` says how to get more.

    One that offers ``history`` takes the earlier messages in a keyword argument ``history`` of ``answer`` or ``read``
    (`History`); it is left out where there are none. A system that is not made to choose among options says so in an
    attribute ``chooses`` = False: closed questions are then skipped.

    ``endpoints`` maps the names its calls use to endpoints; the session registers them before the run. A system whose
    calls come in rounds may have ``later``, the names of the endpoints that are asked after the first round, and
    ``tokens_ahead``, the input and output tokens of one call to each of them, as far as a plan can know, and
    ``calls_ahead``, how many calls a case makes to each at most (default: one).
    """

    @property
    def name(self) -> str:
        """Return the name reports use."""
        ...

    @property
    def points(self) -> frozenset[str]:
        """Return the injection points it offers."""
        ...

    @property
    def hint(self) -> str:
        """Return how to get more of them."""
        ...

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the endpoints this system's calls name."""
        ...


@runtime_checkable
class OpaqueSystem(System, Protocol):
    """A system that is given a question and returns an answer."""

    def answer(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[Answer]:
        """Return the flow that answers ``question``; ``corpus`` is empty unless it offers the point ``corpus``."""
        ...


@runtime_checkable
class TransparentSystem(System, Protocol):
    """A system whose retrieval and reading are separate, so that passages can be edited between them."""

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        """Return the flow that ranks passages for ``question``, best first, as the reader would get them."""
        ...

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        """Return the flow that answers from exactly ``passages``."""
        ...


@runtime_checkable
class ProbedSystem(Protocol):
    """What a transparent system may offer besides: a prompt for questions alone, to find out what its model knows.

    ``context.no_documents`` asks through it; without it an empty context is read instead.
    """

    def probe(self, question: str, *, replicate: int) -> Flow[Answer]:
        """Return the flow that answers with no documents and without speaking of any."""
        ...


@runtime_checkable
class WorkingSystem(Protocol):
    """What a transparent system may offer besides: a prompt for tasks (`Example.task`). Without it they are read.

    A system that can do nothing but quote says so in an attribute ``works`` = False: tasks are then skipped.
    """

    def work(self, task: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()) -> Flow[Answer]:
        """Return the flow that does ``task``, with ``passages`` beside it that may or may not help."""
        ...


@runtime_checkable
class ActingSystem(Protocol):
    """What a transparent system may offer besides: tools for tasks that take them (`Example.tools`).

    ``tools`` are their names: a task that takes others, or any where this is not offered, is not run.
    """

    @property
    def tools(self) -> frozenset[str]:
        """Return the names of its tools."""
        ...

    def act(self, task: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()) -> Flow[Answer]:
        """Return the flow that does ``task`` with the tools, from a fresh state, with ``passages`` beside it."""
        ...


@runtime_checkable
class ChoosingSystem(Protocol):
    """What a transparent system may offer besides: a prompt for closed questions. Without it they are read as text."""

    def choose(
        self, asked: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()
    ) -> Flow[Answer]:
        """Return the flow that answers ``asked``, a question with its options, by a letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an agent is put to: a question, the earlier messages (role, content), what is to go wrong with its tools."""

    question: str
    history: tuple[tuple[str, str], ...] = ()
    faults: ToolFaults = NO_FAULTS


@runtime_checkable
class AgentSystem(System, Protocol):
    """A system that calls tools on its way. It may offer the points ``tools`` and ``history``."""

    def perform(self, task: Task, *, replicate: int) -> Flow[Answer]:
        """Return the flow of one run from a fresh state; its answer has a `Trace`."""
        ...
