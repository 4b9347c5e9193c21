"""Two plain batch functions, one that retrieves and one that reads, as a transparent system."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from robustcore.calls.types import Call, CallError, Endpoint, Flow, Json, Packing, Reply, Response
from robustcore.corpus.records import Doc, Passage
from robustcore.perturb.base import Inject
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, FlowError
from robustcore.systems.wire import answer_from_json, answer_to_json, passage_from_json, passage_to_json

ReadItem: TypeAlias = tuple[str, tuple[Passage, ...]]


class Retrieve(Protocol):
    """Passages for each question, best first; ``hidden[i]`` are the document ids question i must not see."""

    def __call__(self, questions: Sequence[str], hidden: Sequence[Sequence[str]], /) -> Sequence[Sequence[Passage]]:
        """Return one sequence of passages per question, in order."""
        ...


class Read(Protocol):
    """An answer for each pair of a question and the passages to answer from."""

    def __call__(self, items: Sequence[ReadItem], /) -> Sequence[Answer | str]:
        """Return one answer per item, in order."""
        ...


class FunctionEndpoint:
    """An endpoint with one operation, a function from a list of payloads to a list of JSON values, in order.

    An exception ends the batch; the engine then tries each of its calls alone.
    """

    live = False

    def __init__(
        self, function: Callable[[Sequence[Json]], Sequence[Json]], *, fingerprint: str | None, packing: Packing
    ) -> None:
        self.packing = packing
        self.fingerprint = fingerprint
        self._function = function

    def run(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        """Yield the value of each call."""
        values = self._function([call.payload for call in calls])
        if len(values) != len(calls):
            raise ValueError(f"a batch of {len(calls)} inputs came back with {len(values)} results")
        yield from ((index, Response(value=value)) for index, value in enumerate(values))


class RetrieveWith(Protocol):
    """What `Retrieve` does where question i finds the documents ``added[i]`` in the index, too."""

    def __call__(
        self, questions: Sequence[str], hidden: Sequence[Sequence[str]], added: Sequence[Sequence[Doc]], /
    ) -> Sequence[Sequence[Passage]]:
        """Return one sequence of passages per question, in order."""
        ...


class BatchedSystem:
    """A `TransparentSystem` made of two batch functions.

    ``fingerprint`` is a content key of everything the replies depend on (code, options, corpus, models), or None if
    there is no such key; then no later session reuses them. ``points`` says which injection points are real: the
    function ``retrieve`` sees hidden ids only if ``corpus`` is among them. ``deterministic`` systems answer all
    replicates of a case with one call. ``retrieve_with``, where given, retrieves from a corpus with documents
    added; one under an id of the corpus stands in place of that document. ``works`` False says that a task, which is
    more than a question to documents, is beyond it. All functions must do whatever is slow (imports, models, indexes)
    when they are called, not before: a run that is answered from the ledger then starts at once.

    The endpoints are ``<name>.retrieve`` and ``<name>.read``, where ``<name>`` carries the start of the
    fingerprint, so that one session can hold the same system over two corpora.
    """

    def __init__(
        self,
        name: str,
        *,
        retrieve: Retrieve,
        read: Read,
        fingerprint: str | None,
        points: frozenset[Inject] = frozenset(("question", "context")),
        hint: str = "",
        deterministic: bool = False,
        batch: int = 512,
        retrieve_with: RetrieveWith | None = None,
        works: bool = True,
        chooses: bool = True,
    ) -> None:
        self.name = name
        self.points: frozenset[str] = frozenset(points)
        self.hint = hint
        self.fingerprint = fingerprint
        self.adds, self.works = retrieve_with is not None, works
        self._retrieve, self._read, self._retrieve_with = retrieve, read, retrieve_with
        self.chooses = chooses
        self._deterministic = deterministic
        stem = f"{name}@{fingerprint[:8]}" if fingerprint else name
        self._retriever, self._reader = f"{stem}.retrieve", f"{stem}.read"
        packing = Packing(max_calls=batch, by_length=False)  # neighbours in a scenario share passages
        self._endpoints = MappingProxyType(
            {
                self._retriever: FunctionEndpoint(self._run_retrieve, fingerprint=fingerprint, packing=packing),
                self._reader: FunctionEndpoint(self._run_read, fingerprint=fingerprint, packing=packing),
            }
        )

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the two endpoints."""
        return self._endpoints

    @property
    def later(self) -> frozenset[str]:
        """Return the endpoints that are first asked when others have answered: a plan can only bound their calls."""
        return frozenset((self._reader,))

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        """Return the flow that ranks passages for ``question`` on the corpus under that edit."""
        payload: dict[str, Any] = {"question": question, "hide": sorted(set(corpus.hide))}
        if corpus.add:
            payload["add"] = [[doc.id, doc.title, doc.text] for doc in corpus.add]
        value = yield from self._ask(self._retriever, "retrieve", payload, replicate, len(question))
        return tuple(passage_from_json(passage) for passage in value)

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        """Return the flow that answers from exactly ``passages``.

        Scores are left out of the call: passages that differ only in the retriever's score are read once.
        """
        payload = {"question": question, "passages": [passage_to_json(replace(p, score=None)) for p in passages]}
        length = len(question) + sum(len(passage.text) for passage in passages)
        value = yield from self._ask(self._reader, "read", payload, replicate, length)
        return replace(answer_from_json(value), passages=passages)

    def _ask(self, endpoint: str, op: str, payload: Json, replicate: int, length: int) -> Flow[Any]:
        number = 0 if self._deterministic else replicate
        (reply,) = yield [Call(endpoint=endpoint, op=op, payload=payload, replicate=number, length=length)]
        if isinstance(reply, CallError):
            raise FlowError(reply)
        return reply.value

    def _run_retrieve(self, payloads: Sequence[Json]) -> list[Json]:
        questions = [payload["question"] for payload in payloads]
        hidden = [payload["hide"] for payload in payloads]
        if self._retrieve_with is not None and any("add" in payload for payload in payloads):
            found = self._retrieve_with(questions, hidden, [_docs(payload.get("add", ())) for payload in payloads])
        else:
            found = self._retrieve(questions, hidden)
        return [[passage_to_json(passage) for passage in passages] for passages in found]

    def _run_read(self, payloads: Sequence[Json]) -> list[Json]:
        items = [(p["question"], tuple(passage_from_json(one) for one in p["passages"])) for p in payloads]
        answers = [Answer(text=a) if isinstance(a, str) else a for a in self._read(items)]
        # the passages are those of the call: storing them again would double the ledger
        return [answer_to_json(replace(answer, passages=None)) for answer in answers]


def _docs(added: Sequence[Sequence[str]]) -> tuple[Doc, ...]:
    return tuple(Doc(id=doc_id, title=title, text=text) for doc_id, title, text in added)
