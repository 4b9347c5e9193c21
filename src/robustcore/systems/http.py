"""A deployed RAG service as a system under test: a question goes out, an answer and what it shows come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.corpus.records import Dataset
from robustcore.endpoints.remote.http_request import Service
from robustcore.endpoints.remote.http_service import ANSWER, HttpService
from robustcore.keys import content_key
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, FlowError
from robustcore.systems.replies import Replies, ReplyError

HINT: Final = (
    "a service over HTTP is given questions only; to disturb its passages or documents, name its code instead "
    "(system: pkg.mod:build)"
)


@dataclass(frozen=True, kw_only=True)
class HttpSystem:
    """An `OpaqueSystem` behind a URL. ``replies`` reads the passages and citations that the service shows."""

    name: str
    endpoint_name: str
    endpoint: HttpService
    replies: Replies
    points: frozenset[str] = frozenset(("question", "framing"))
    hint: str = HINT

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the one endpoint."""
        return MappingProxyType({self.endpoint_name: self.endpoint})

    def answer(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[Answer]:
        """Return the flow that asks the service; ``corpus`` is empty, since it does not offer that point."""
        del corpus
        call = Call(
            endpoint=self.endpoint_name,
            op=ANSWER,
            payload={"question": question},
            replicate=replicate,
            length=len(question),
        )
        (reply,) = yield [call]
        if isinstance(reply, CallError):
            raise FlowError(reply)
        try:
            return self.replies.answer(reply.value)
        except ReplyError as error:
            message = f"{self.name}: what stands at the paths of the reply cannot be read: {error}"
            raise FlowError(CallError(kind="infra_error", message=message)) from None


def build(dataset: Dataset, service: Service, *, version: str = "") -> HttpSystem:
    """Return the system for ``service``; nothing is sent and no environment value is read yet."""
    endpoint = HttpService(service, version=version)
    return HttpSystem(
        name=service.place,
        endpoint_name=f"{service.place}@{content_key(endpoint.spec)[:8]}",
        endpoint=endpoint,
        replies=Replies(known=frozenset(dataset.corpus.docs)),
    )
