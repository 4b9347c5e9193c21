"""Factories: ``build(corpus)`` gives the system on a corpus, so that documents can be hidden from what is indexed."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, TypeVar

from robustcore.calls.loop import Loop
from robustcore.corpus.records import Corpus, Dataset
from robustcore.errors import InputError, Location, Problem, require
from robustcore.systems.options import AdapterOptions, bound
from robustcore.systems.port import Port

T = TypeVar("T")
Takes: TypeAlias = Literal["corpus", "dataset", "docs", "documents", ""]
"""What a factory is given: our `Corpus` or `Dataset`, a list of dicts, LangChain Documents, or nothing."""

CORPUS_HINT: Final = (
    "to offer 'corpus', pass a factory: build(corpus), build(docs) or build(documents) that returns the system"
)
NO_DOCUMENTS: Final = "this data has questions only: let the factory build without documents, or name another system"
ATTEMPTS: Final = 2  # a build that failed is tried once more, then remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Factory:
    """A user's factory: ``make(dataset)`` returns what it builds on that corpus; ``takes`` says what it is given."""

    make: Callable[[Dataset], Any]
    takes: Takes


def factory_of(
    value: Any, *, options: AdapterOptions, loop: Loop, name: str, where: Location | None = None
) -> Factory | None:
    """Return ``value`` as a factory, or None if it is to be called with questions.

    A factory is a class, a function whose first parameter is called ``corpus``, ``dataset``, ``docs`` or ``documents``
    or is annotated `Corpus` or `Dataset`, a function that takes nothing by position, or what ``factory: true`` says.
    """
    if options.factory is False or not callable(value) or not (_is_plain(value) or options.factory):
        return None
    takes = _takes(value, forced=bool(options.factory))
    if takes is None:
        return None
    function = bound(value, options, takes=(takes,) if takes else (), name=name, where=where)

    def make(dataset: Dataset) -> Any:
        built = function(_given(takes, dataset)) if takes else function()
        return loop.wait(built) if inspect.isawaitable(built) else built

    return Factory(make=make, takes=takes)


class Builds:
    """The ports of a factory's builds: the one on the whole corpus, and the last few on the corpus less some documents.

    Each distinct set of hidden documents costs one build (whatever that is: embedding the corpus, as a rule), so a
    scenario that withdraws another document for every question builds once per question. ``keep`` edited builds stay
    in memory. A build that raises is tried once more when asked for again; after that its error is kept. ``whole`` is
    what the factory built on the whole corpus.
    """

    def __init__(
        self, factory: Factory, dataset: Dataset, adapt: Callable[[Any], Port], *, keep: int, whole: Any
    ) -> None:
        self._factory = factory
        self._dataset = dataset
        self._adapt = adapt
        self._keep = keep
        self._edited: OrderedDict[tuple[str, ...], Port] = OrderedDict()
        self._failures: dict[tuple[str, ...], list[Exception]] = {}
        self.whole: Final = adapt(whole)

    def port(self, hide: tuple[str, ...]) -> Port:
        """Return the port of the build without the documents ``hide``; raise what the factory raised."""
        if not hide:
            return self.whole
        if hide in self._edited:
            self._edited.move_to_end(hide)
            return self._edited[hide]
        failures = self._failures.setdefault(hide, [])
        if len(failures) >= ATTEMPTS:
            raise failures[-1]
        try:
            port = self._adapt(self._factory.make(self._without(hide)))
        except Exception as error:
            failures.append(error)
            raise
        self._edited[hide] = port
        while len(self._edited) > self._keep:
            self._edited.popitem(last=False)
        return port

    def _without(self, hide: tuple[str, ...]) -> Dataset:
        hidden = frozenset(hide)
        docs = [doc for doc in self._dataset.corpus.docs.values() if doc.id not in hidden]
        return replace(self._dataset, corpus=Corpus.of(docs))


def guarded_build(factory: Factory, dataset: Dataset, *, name: str, where: Location | None = None) -> Any:
    """Return what ``factory`` builds on ``dataset``; what it raises becomes an `InputError` that names it."""
    try:
        return factory.make(dataset)
    except InputError:
        raise
    except Exception as error:
        docs = len(dataset.corpus)
        given = f" on {docs} document{'s' * (docs != 1)}" if factory.takes else ""
        what = f"{name} raised {type(error).__name__} while it built the system{given}: {error}"
        fix = "" if docs or not factory.takes else NO_DOCUMENTS
        raise InputError(Problem(what=what, where=where, fix=fix)) from error


def _is_plain(value: Any) -> bool:
    """Say whether ``value`` is a class or function; an instance with ``__call__`` answers unless told otherwise."""
    target = value.func if hasattr(value, "func") and hasattr(value, "keywords") else value
    return inspect.isclass(target) or inspect.isroutine(target)


def _takes(value: Any, *, forced: bool) -> Takes | None:
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return "corpus" if forced else None
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if not positional:
        return None if any(p.kind is p.VAR_POSITIONAL for p in parameters) and not forced else ""
    named = _takes_of(positional[0])
    if named is not None:
        return named
    if not (forced or inspect.isclass(value)):
        return None
    return "corpus" if forced and positional[0].default is inspect.Parameter.empty else ""


def _takes_of(parameter: inspect.Parameter) -> Takes | None:
    annotation = parameter.annotation
    kind = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    by_type: dict[str, Takes] = {"Corpus": "corpus", "Dataset": "dataset"}
    by_name: dict[str, Takes] = {key: key for key in ("corpus", "dataset", "docs", "documents")}
    return by_type.get(kind.rpartition(".")[2]) or by_name.get(parameter.name)


def takes_of(parameter: inspect.Parameter, dataset: Dataset) -> Any:
    """Return what a factory's ``parameter`` is given by its name or annotation, or None if it asks for no documents."""
    takes = _takes_of(parameter)
    return None if takes is None else _given(takes, dataset)


def _given(takes: Takes, dataset: Dataset) -> Any:
    docs = dataset.corpus.docs.values()
    if takes == "dataset":
        return dataset
    if takes == "docs":
        return [{"id": doc.id, "title": doc.title, "text": doc.text} for doc in docs]
    if takes == "documents":
        documents = require("langchain_core.documents", extra="langchain", purpose="a factory of LangChain documents")
        return [
            documents.Document(
                id=doc.id, page_content=doc.text, metadata={"id": doc.id, "source": doc.id, "title": doc.title}
            )
            for doc in docs
        ]
    return dataset.corpus
