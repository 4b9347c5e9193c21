"""Port: what an adapter makes of a user's object; and the endpoint and systems that put calls through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from robustcore.calls.failures import Classifier, classify
from robustcore.calls.types import Call, CallError, Endpoint, Flow, Packing, Reply, Response
from robustcore.corpus.records import Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, FlowError, History
from robustcore.systems.running import Many
from robustcore.systems.wire import answer_from_json, answer_to_json, passage_from_json, passage_to_json

PortOf = Callable[[tuple[str, ...]], "Port"]
"""Gives the port of the object as it is with these documents hidden (sorted ids; empty: the whole corpus)."""


class Asked(str):
    """A question with what was said before it, for objects that take it; text to all others."""

    history: History = ()

    @classmethod
    def of(cls, text: str, history: History) -> Asked:
        """Return ``text`` asked after ``history``."""
        made = cls(text)
        made.history = history
        return made


def earlier(question: str) -> list[dict[str, str]]:
    """Return what was said before a question as messages with role and content."""
    history = question.history if isinstance(question, Asked) else ()
    return [{"role": role, "content": content} for role, content in history]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A user's object as runners of batches.

    Either ``answer`` (questions in, `Answer` out) or both ``retrieve`` (questions in, passages out) and ``read``
    (pairs of question and passages in, `Answer` out) are set. ``hint`` says how to offer the point ``context``. One
    that ``talks`` is given an `Asked` in place of a question where something was said before it.
    """

    answer: Many | None = None
    retrieve: Many | None = None
    read: Many | None = None
    hint: str = ""
    talks: bool = False

    @property
    def transparent(self) -> bool:
        """Say whether passages can be edited between retrieval and reading."""
        return self.retrieve is not None and self.read is not None


class PortEndpoint:
    """The endpoint of one user's object: operations ``answer``, or ``retrieve`` and ``read``.

    Payloads are the question, for ``read`` an object with ``question`` and ``passages``; settings hold the hidden
    document ids. Each input that raises becomes a `CallError` of its own. Never ``live``: what a user's own object
    costs or reaches is the user's matter.
    """

    live: Final = False

    def __init__(
        self, port_of: PortOf, *, fingerprint: str | None, packing: Packing, classifiers: Sequence[Classifier] = ()
    ) -> None:
        self.packing = packing
        self._port_of = port_of
        self._fingerprint = fingerprint
        self._classifiers = classifiers

    @property
    def fingerprint(self) -> str | None:
        """Return a key if the user declared a version, else None."""
        return self._fingerprint

    def run(self, calls: Sequence[Call]) -> Iterator[tuple[int, Reply]]:
        """Yield the reply of each call as soon as it is there."""
        op = calls[0].op
        port = self._port_of(tuple((calls[0].settings or {}).get("hide", ())))
        many = {"answer": port.answer, "retrieve": port.retrieve, "read": port.read}[op]
        if many is None:
            message = f"the object built without {calls[0].settings} cannot {op}, the one on the whole corpus could"
            yield from ((index, CallError(kind="system_error", message=message)) for index in range(len(calls)))
            return
        inputs = [_pair_of(call.payload) if op == "read" else _question_of(call.payload) for call in calls]
        encode = _passages_to_json if op == "retrieve" else answer_to_json
        for outcome in many(inputs):
            if outcome.failed:
                yield outcome.index, classify(outcome.value, self._classifiers)
            else:
                yield outcome.index, Response(value=encode(outcome.value), seconds=outcome.seconds)


class _PortSystem:
    """What both systems share: a name, the points, and calls to one endpoint."""

    def __init__(self, *, name: str, endpoint_name: str, endpoint: Endpoint, points: frozenset[str], hint: str) -> None:
        self.name = name
        self.points = points
        self.hint = hint
        self._endpoint_name = endpoint_name
        self._endpoints = MappingProxyType({endpoint_name: endpoint})

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the one endpoint, under a name that changes with the object's source files."""
        return self._endpoints

    def _ask(self, op: str, payload: Any, *, hide: tuple[str, ...] = (), replicate: int, length: int) -> Flow[Any]:
        settings = {"hide": sorted(set(hide))} if hide else None
        call = Call(
            endpoint=self._endpoint_name, op=op, payload=payload, settings=settings, replicate=replicate, length=length
        )
        (reply,) = yield [call]
        if isinstance(reply, CallError):
            raise FlowError(reply)
        return reply.value


class PortAnswers(_PortSystem):
    """An `OpaqueSystem` over a port: a question in, an answer out."""

    def answer(self, question: str, *, corpus: CorpusEdit, replicate: int, history: History = ()) -> Flow[Answer]:
        """Return the flow that answers ``question`` in one call."""
        payload = _payload(question, history)
        value = yield from self._ask("answer", payload, hide=corpus.hide, replicate=replicate, length=len(question))
        return answer_from_json(value)


class PortReads(_PortSystem):
    """A `TransparentSystem` over a port: passages can be edited between its two calls.

    Reading does not depend on the corpus: it always uses the object built on the whole one.
    """

    @property
    def later(self) -> frozenset[str]:
        """Return the endpoint: it is asked again, to read, when it has retrieved."""
        return frozenset(self.endpoints)

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        """Return the flow that retrieves for ``question`` in one call."""
        value = yield from self._ask("retrieve", question, hide=corpus.hide, replicate=replicate, length=len(question))
        return _passages_from_json(value)

    def read(
        self, question: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()
    ) -> Flow[Answer]:
        """Return the flow that answers from exactly ``passages`` in one call.

        They are what its reader was given, unless the answer itself shows others.
        """
        payload = {"question": _payload(question, history), "passages": _passages_to_json(passages)}
        length = len(question) + sum(len(passage.text) for passage in passages)
        answer = answer_from_json((yield from self._ask("read", payload, replicate=replicate, length=length)))
        return answer if answer.passages is not None else replace(answer, passages=passages)


def _payload(question: str, history: History) -> Any:
    return {"text": question, "history": [list(message) for message in history]} if history else question


def _question_of(payload: Any) -> str:
    if isinstance(payload, str):
        return payload
    return Asked.of(payload["text"], tuple((role, content) for role, content in payload["history"]))


def _pair_of(payload: Any) -> tuple[str, tuple[Passage, ...]]:
    return _question_of(payload["question"]), _passages_from_json(payload["passages"])


def _passages_to_json(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    return [passage_to_json(passage) for passage in passages]


def _passages_from_json(value: Any) -> tuple[Passage, ...]:
    return tuple(passage_from_json(passage) for passage in value)
