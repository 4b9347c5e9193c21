"""A retriever as a system under test: questions and corpus edits in, rankings out, and nobody reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from robustcore.calls.types import Call, CallError, Endpoint, Flow, Json, Packing
from robustcore.corpus.records import Dataset, Doc, Passage
from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, FlowError
from robustcore.systems.batched import FunctionEndpoint
from robustcore.systems.retrieval.base import Retriever
from robustcore.systems.retrieval.certify import certificates
from robustcore.systems.retrieval.dense import Dense
from robustcore.systems.retrieval.styles import Styles

VERSION = "retrieval/1"
DEPTH = 100  # documents of a ranking
CERTIFIED = 10  # the k of certificates
HINT = "a retriever has no reader: passages, conversation and tools cannot be injected into"


class RetrieverSystem:
    """A `TransparentSystem` that only retrieves: the points ``question`` and ``corpus``, and measures of rankings.

    ``depth`` documents are ranked. A dense retriever also shows how far its query vectors move (`certify`) and how its
    encoder places the styles of a question (`style`); ``k`` is the k of the former. Replies hold ids and scores alone.
    """

    only_retrieves = True
    adds = True  # documents can be added to what is indexed

    def __init__(
        self, retriever: Retriever, dataset: Dataset, *, depth: int = DEPTH, k: int = CERTIFIED, version: str = ""
    ) -> None:
        self.retriever, self._docs = retriever, dataset.corpus.docs
        self.name = retriever.name
        self.points = frozenset(("question", "corpus"))
        self.hint = HINT
        self._depth, self._k = depth, k
        self._dense = retriever if isinstance(retriever, Dense) else None
        self._styles = Styles(dataset.examples, self._dense.encoder) if self._dense else None
        own = retriever.fingerprint or (version and content_key(version, retriever.name, dataset.corpus.fingerprint))
        self.fingerprint = content_key(VERSION, own, depth, k, [e.id for e in dataset.examples]) if own else None
        stem = f"{self.name}@{self.fingerprint[:8]}" if self.fingerprint else f"{self.name}@{id(self):x}"
        works = {"retrieve": self._retrieve, "certify": self._certify, "style": self._style}
        self._names = {op: f"{stem}.{op}" for op in works}
        packing = Packing(max_calls=1024, by_length=False)
        self._endpoints = MappingProxyType(
            {
                self._names[op]: FunctionEndpoint(work, fingerprint=self.fingerprint, packing=packing)
                for op, work in works.items()
            }
        )

    @property
    def has_vectors(self) -> bool:
        """Say whether it ranks by vectors of questions, so that it can `certify` and `style`."""
        return self._dense is not None

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the endpoints its calls name."""
        return self._endpoints

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        """Return the flow that ranks documents for ``question`` on the corpus under the edit; it never varies."""
        del replicate
        payload: dict[str, Any] = {"question": question, "hide": sorted(set(corpus.hide))}
        if corpus.add:
            payload["add"] = [[doc.id, doc.title, doc.text] for doc in corpus.add]
        found = yield from self._ask("retrieve", payload)
        docs = {doc.id: doc for doc in corpus.add}
        return tuple(_passage(docs.get(doc_id) or self._docs[doc_id], score) for doc_id, score in found)

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        """Return the flow of an empty answer: nobody reads."""
        del question, replicate
        yield from ()
        return Answer(text="", passages=passages)

    def certify(self, question: str, original: str, gold: Sequence[str]) -> Flow[Mapping[str, Any] | None]:
        """Return the flow of the certificate of ``original`` and what ``question`` does to it; None without vectors."""
        if self._dense is None:
            return None
        value: Mapping[str, Any] = yield from self._ask(
            "certify", {"question": question, "original": original, "gold": sorted(gold)}
        )
        return value

    def style(self, item: str) -> Flow[Mapping[str, Any] | None]:
        """Return the flow of the style counts of a question, by its id; None without vectors."""
        if self._dense is None:
            return None
        value: Mapping[str, Any] = yield from self._ask("style", {"item": item})
        return value

    def _ask(self, op: str, payload: Json) -> Flow[Any]:
        (reply,) = yield [Call(endpoint=self._names[op], op=op, payload=payload)]
        if isinstance(reply, CallError):
            raise FlowError(reply)
        return reply.value

    def _retrieve(self, payloads: Sequence[Json]) -> list[Json]:
        edits = [_edit(payload) for payload in payloads]
        found = self.retriever.search([payload["question"] for payload in payloads], edits, self._depth)
        return [[[doc_id, score] for doc_id, score in zip(one.ids, one.scores, strict=True)] for one in found]

    def _certify(self, payloads: Sequence[Json]) -> list[Json]:
        assert self._dense is not None  # nobody else is asked
        return certificates(self._dense, payloads, k=self._k)

    def _style(self, payloads: Sequence[Json]) -> list[Json]:
        assert self._styles is not None  # nobody else is asked
        return [self._styles.of(payload["item"]) for payload in payloads]


def _edit(payload: Json) -> CorpusEdit:
    added = tuple(Doc(id=doc_id, title=title, text=text) for doc_id, title, text in payload.get("add", ()))
    return CorpusEdit(hide=tuple(payload["hide"]), add=added)


def _passage(doc: Doc, score: float) -> Passage:
    return Passage(doc_id=doc.id, text=doc.text, title=doc.title, score=score)
