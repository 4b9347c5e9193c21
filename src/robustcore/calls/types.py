"""Call, Response, CallError, Flow and the Endpoint protocol: the only words between logic and the world."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

T = TypeVar("T")
Json: TypeAlias = Any
ErrorKind: TypeAlias = Literal["infra_error", "missing_reply", "judge_error", "system_error", "parse_error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to an endpoint, named by data alone.

    ``endpoint`` is the name under which the session knows the endpoint; ``op`` one of its operations; ``payload``
    and ``settings`` are JSON values (settings group calls into batches); ``replicate`` makes repeats of the same
    call different; ``length`` is a size hint for packing (characters) and no part of the key.
    """

    endpoint: str
    op: str
    payload: Json
    settings: Json = None
    replicate: int = 0
    length: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What an endpoint returned: ``value`` is a JSON value, ``seconds`` the share of the batch's wall time.

    ``usage`` are the input and output tokens that were paid for; a response from the ledger has none.
    """

    value: Json
    seconds: float = 0.0
    usage: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallError:
    """A call that has no response, as a value. ``kind`` is the reason of spec metrics 0.2.

    ``system_error`` means that the judged system's own code raised; everything else is nobody's verdict.
    """

    kind: ErrorKind
    message: str
    exception: str = ""


Reply: TypeAlias = Response | CallError
Flow: TypeAlias = Generator[list[Call], list[Reply], T]
"""Logic that needs calls: yields the calls it waits for, is sent their replies in the same order, returns a T."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How an endpoint likes its batches: at most ``max_calls`` calls, of similar length if ``by_length``."""

    max_calls: int = 256
    by_length: bool = True


@runtime_checkable
class Endpoint(Protocol):
    """Something that answers batches of calls.

    ``fingerprint`` identifies its content (model, revision, dtype, code) for reuse by later sessions; None means that
    what stands behind it cannot be identified, so its replies are reused only when the same unfinished run is
    resumed. ``live`` endpoints cost money or leave the machine. Reading either must import nothing heavy.
    """

    packing: Packing

    @property
    def fingerprint(self) -> str | None:
        """Return a content key, or None."""
        ...

    @property
    def live(self) -> bool:
        """Say whether a call may cost money or leave the machine."""
        ...

    def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
        """Yield ``(index into calls, reply)`` in any order, each as soon as it is there, so that none is lost.

        All calls of one batch have the same ``op`` and ``settings``. An index that is not yielded becomes
        ``missing_reply``; an exception ends the batch and becomes a `CallError` for what is left of it.
        """
        ...


@runtime_checkable
class ConcurrentEndpoint(Endpoint, Protocol):
    """An endpoint that answers call by call and spends its time waiting: a service behind a network.

    The engine keeps up to ``concurrency`` calls under way at once, each sent as soon as a flow asks for it.
    """

    @property
    def concurrency(self) -> int:
        """Return how many calls may be under way at once, at least 1."""
        ...

    async def answer(self, call: Call) -> Reply:
        """Return the reply of one call, after whatever waiting and retrying it takes; safe to cancel."""
        ...
