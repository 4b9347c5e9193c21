"""Peers: other processes that take part in the same run and share its ledger. What they count, they count once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from robustcore.calls.types import Flow

T = TypeVar("T")


class Peers(Protocol):
    """What the engine asks about the other processes of its run."""

    def first(self, names: Sequence[str]) -> Collection[str]:
        """Return those of ``names`` (keys of calls, names of flows) that no process of the run has named before."""
        ...


class Alone:
    """A run in one process: whatever it names, it names first."""

    def first(self, names: Sequence[str]) -> Collection[str]:
        """Return all ``names``."""
        return names


@dataclass(frozen=True, slots=True)
class Again(Generic[T]):
    """A flow that another process of the run drives as well: what it asks for is counted there."""

    flow: Flow[T]
