"""What measures share that ask a judge model: the judge, and one question, asked once more where it is not answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, TypeVar, runtime_checkable

from robustcore.calls.types import Call, CallError, Endpoint, Flow
from robustcore.endpoints.generation import CHAT, Generation
from robustcore.measures.base import Measure, Score

V = TypeVar("V")
Message: TypeAlias = dict[str, str]

NEEDS_JUDGE: Final = "not run: needs a judge model (--robust-judge)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A chat model that rates replies: the name its calls use, and its endpoint (operation chat)."""

    name: str
    endpoint: Endpoint


@runtime_checkable
class JudgedMeasure(Protocol):
    """A measure that asks a judge, where there is one."""

    judge: Judge | None

    def judged_by(self, judge: Judge) -> Measure:
        """Return this measure with ``judge`` as its judge."""
        ...


def verdict(
    judge: Judge,
    asked: Sequence[Message],
    read: Callable[[str], V | None],
    *,
    reminder: str,
    wanted: str,
    max_tokens: int,
) -> Flow[V | Score]:
    """Return the flow of what ``read`` finds in the judge's reply, at temperature 0.

    A reply in which it finds nothing (None) is answered with the ``reminder`` once; after that the score is a
    ``judge_error`` that says what was ``wanted``, never a default grade (spec metrics 0.8).
    """
    said, messages = "", list(asked)
    for _ in range(2):
        (reply,) = yield [_call(judge, messages, max_tokens)]
        if isinstance(reply, CallError):
            return Score(value=None, reason="judge_error", note=f"{reply.kind}: {reply.message}")
        said = Generation.from_json(reply.value).text
        found = read(said)
        if found is not None:
            return found
        messages += [
            {"role": "assistant", "content": said or "(nothing)"},
            {"role": "user", "content": reminder},
        ]
    return Score(value=None, reason="judge_error", note=f"{wanted}, twice: {said[:200]!r}")


def judge_options(judge: Judge | None) -> dict[str, Any]:
    """Return what is stored of a judge with every value."""
    fingerprint = (judge.endpoint.fingerprint or "") if judge else ""
    return {"judge": judge.name if judge else "", "judge_fingerprint": fingerprint}


def _call(judge: Judge, messages: list[Message], max_tokens: int) -> Call:
    return Call(
        endpoint=judge.name,
        op=CHAT,
        payload={"messages": list(messages)},
        settings={"max_tokens": max_tokens, "temperature": 0.0},
        length=sum(len(message["content"]) for message in messages),
    )
