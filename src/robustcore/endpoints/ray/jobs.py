"""What the pool of a Ray cluster keeps in mind: the jobs it has taken, and the actors it has begun."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NoReturn

from robustcore.calls.packing import Batch


@dataclass(slots=True, eq=False)
class Job:
    """A batch of ``lane``, the endpoint's data for whoever runs it, and how many actors it has lost."""

    lane: object
    batch: Batch
    spec: str
    fingerprint: str | None
    lost: int = 0
    future: Future[Any] | None = None


@dataclass(slots=True, eq=False)
class Slot:
    """An actor: ``ready`` once it answered, with at most two jobs, the first of which it runs."""

    actor: Any
    ready: bool = False
    since: float = 0.0
    jobs: list[Job] = field(default_factory=list)
    made: set[str] = field(default_factory=set)  # specs of endpoints it holds


def raiser(error: BaseException) -> Callable[[], NoReturn]:
    """Return a function that raises ``error`` in the thread that calls it."""

    def throw() -> NoReturn:
        raise error

    return throw
