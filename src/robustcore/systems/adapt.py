"""A user's object → a `System`: which adapter it gets, which injection points that gives, how to get more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from robustcore.calls.failures import Classifier
from robustcore.calls.loop import Loop
from robustcore.calls.types import Packing
from robustcore.case import Condition
from robustcore.corpus.records import Dataset
from robustcore.errors import InputError, Location, Problem
from robustcore.keys import content_key
from robustcore.systems.agents.adapt import Given, agent_system, has_tools, is_build
from robustcore.systems.agents.spec import NAMES as AGENT_OPTIONS
from robustcore.systems.agents.spec import LangChainAgent
from robustcore.systems.base import AgentSystem, OpaqueSystem, System, TransparentSystem
from robustcore.systems.callables import callable_port
from robustcore.systems.drive import AnySystem
from robustcore.systems.factory import CORPUS_HINT, Builds, factory_of, guarded_build
from robustcore.systems.langchain import LangChainRag
from robustcore.systems.options import AdapterOptions, read_options, refuse_arguments
from robustcore.systems.port import Port, PortAnswers, PortEndpoint, PortOf, PortReads
from robustcore.systems.replies import Replies
from robustcore.systems.retrieval.base import Retriever
from robustcore.systems.runnables import is_runnable, runnable_port
from robustcore.systems.targets import resolve_target, source_digest

__all__ = ["ACCEPTED", "adapt", "missing_points", "resolve_target"]

ACCEPTED: Final = (
    "a function answer(question), sync or async",
    "a function of a list of questions, with option batch: true",
    "an object with answer(question) or batch(questions)",
    "an object with retrieve(question) and read(question, passages)",
    "a LangChain Runnable",
    "a LangChain vector store, or an object with search(queries, edits, k)",
    "LangChainRag(retriever=..., model=..., prompt=...)",
    "LangChainAgent(build=..., model=..., tools=...), or an agent's compiled graph",
    "a factory build(corpus | docs | documents | dataset) of one of these",
)


def adapt(
    value: Any,
    *,
    name: str,
    dataset: Dataset,
    version: str = "",
    options: Mapping[str, Any] | None = None,
    classifiers: Sequence[Classifier] = (),
    sources: Sequence[Path] = (),
    where: Location | None = None,
) -> AnySystem:
    """Return ``value`` as a system under test; something that is one already is returned as it is.

    ``name`` is the target (``app.rag:build``) or the name the hook gave; ``dataset`` what a factory builds on;
    ``version`` a declared version, under which later sessions reuse the replies; ``options`` see `AdapterOptions`;
    ``classifiers`` extend what counts as an infrastructure error; ``sources`` are files that define the object beside
    its modules (the conftest.py of a hook). A factory is built here, once, on the whole corpus.

    Adapt each (target, version, options, dataset) once per session: two results are two endpoints of one name.
    `InputError` lists what is accepted if ``value`` is nothing of it, and names the option or parameter at fault.
    """
    identity = [name, version, repr(sorted((options or {}).items())), dataset.corpus.fingerprint]
    digest = content_key(source_digest(value, target=name, sources=sources), identity)[:8]
    making = _Making(
        name=name,
        dataset=dataset,
        options=read_options(options or {}, name=name, where=where),
        replies=Replies(known=frozenset(dataset.corpus.docs)),
        loop=Loop(),
        where=where,
        stem=f"{name}@{digest}",
        fingerprint=content_key("system", identity) if version else None,
        classifiers=classifiers,
        version=version,
    )
    made = making.of(value)
    if isinstance(made, (OpaqueSystem, TransparentSystem, AgentSystem)):
        return made
    endpoint = PortEndpoint(
        made.port_of,
        fingerprint=content_key("system", identity) if version else None,
        packing=Packing(max_calls=making.options.batch_size, by_length=False),
        classifiers=classifiers,
    )
    make = PortReads if made.port.transparent else PortAnswers
    return make(name=name, endpoint_name=f"{name}@{digest}", endpoint=endpoint, points=made.points, hint=made.hint)


def missing_points(system: System, condition: Condition) -> tuple[str, ...]:
    """Return the injection points that ``condition`` needs and ``system`` lacks, sorted; see ``system.hint``."""
    return tuple(sorted(condition.points - system.points))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """The port of an object, and the ports of its edited builds if it came from a factory of a corpus."""

    port: Port
    port_of: PortOf
    on_corpus: bool = False

    @property
    def points(self) -> frozenset[str]:
        offered = {
            "question": True,
            "framing": True,
            "history": self.port.talks,
            "context": self.port.transparent,
            "corpus": self.on_corpus,
        }
        return frozenset(point for point, has in offered.items() if has)

    @property
    def hint(self) -> str:
        return "; ".join(text for text in (self.port.hint, "" if self.on_corpus else CORPUS_HINT) if text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """What every adapter is given beside the object."""

    name: str
    dataset: Dataset
    options: AdapterOptions
    replies: Replies
    loop: Loop
    where: Location | None
    stem: str
    fingerprint: str | None
    classifiers: Sequence[Classifier]
    version: str = ""

    def of(self, value: Any) -> _Made | AnySystem:
        """Return what ``value`` makes, or ``value`` if it is a system already."""
        if isinstance(value, (OpaqueSystem, TransparentSystem)) and not isinstance(value, type):
            return value
        if is_vector_store(value) or is_retriever(value):
            return self.retriever(value)
        if isinstance(value, LangChainAgent) or is_build(value) or has_tools(value):
            return self.agent(value)
        of_agent = {key: given for key, given in self.options.arguments.items() if key in AGENT_OPTIONS}
        rest = {key: given for key, given in self.options.arguments.items() if key not in AGENT_OPTIONS}
        options = replace(self.options, arguments=rest) if callable(value) and not is_runnable(value) else self.options
        factory = factory_of(value, options=options, loop=self.loop, name=self.name, where=self.where)
        if factory is None:
            port = self.port(value)
            return _Made(port=port, port_of=lambda hide: port)
        inner = replace(
            self, name=f"what {self.name} built", options=replace(self.options, factory=False, arguments={})
        )
        if not factory.takes:
            built = guarded_build(factory, self.dataset, name=self.name, where=self.where)
            if has_tools(built):
                fresh = replace(self, options=replace(self.options, arguments=of_agent))
                return fresh.agent(lambda: factory.make(self.dataset))
            return replace(inner, options=replace(inner.options, arguments=of_agent)).of(built)
        refuse_arguments(replace(options, arguments=of_agent), name=self.name, where=self.where)
        whole = guarded_build(factory, self.dataset, name=self.name, where=self.where)
        if is_vector_store(whole) or is_retriever(whole):
            return inner.retriever(whole)
        builds = Builds(factory, self.dataset, inner.port, keep=self.options.builds, whole=whole)
        return _Made(port=builds.whole, port_of=builds.port, on_corpus=True)

    def agent(self, value: Any) -> AnySystem:
        """Return the system of an agent."""
        given = Given(
            name=self.name,
            stem=self.stem,
            dataset=self.dataset,
            replies=self.replies,
            fingerprint=self.fingerprint,
            classifiers=self.classifiers,
            where=self.where,
        )
        return agent_system(value, self.options, given)

    def retriever(self, value: Any) -> AnySystem:
        """Return a retriever of ours or a vector store as a system that only retrieves."""
        from robustcore.systems.retrieval.system import RetrieverSystem
        from robustcore.systems.retrieval.vector_store import StoreRetriever

        own = StoreRetriever(value, self.dataset.corpus, name=self.name) if is_vector_store(value) else value
        return RetrieverSystem(own, self.dataset, version=self.version, **self.options.arguments)

    def port(self, value: Any) -> Port:
        """Return the port of an object that is no factory; raise `InputError` with what is accepted."""
        given: dict[str, Any] = {"replies": self.replies, "options": self.options, "loop": self.loop}
        if isinstance(value, LangChainRag):
            refuse_arguments(self.options, name=self.name, where=self.where)
            return value.port(**given)
        if is_runnable(value):
            return runnable_port(value, **given, name=self.name, where=self.where)
        port = callable_port(value, **given, name=self.name, where=self.where)
        if port is None:
            what = f"{self.name} is a {type(value).__name__}, which cannot be asked a question"
            raise InputError(Problem(what=what, where=self.where, fix="pass " + "; or ".join(ACCEPTED)))
        return port


def is_vector_store(value: Any) -> bool:
    """Say whether ``value`` is a LangChain vector store, by its class alone."""
    bases = type(value).__mro__
    return any(base.__name__ == "VectorStore" and base.__module__.startswith("langchain_core.") for base in bases)


def is_retriever(value: Any) -> bool:
    """Say whether ``value`` is a retriever of our own kind, see `Retriever`."""
    return isinstance(value, Retriever) and not isinstance(value, type)
