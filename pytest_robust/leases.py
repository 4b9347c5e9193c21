"""Leases: which process of a run sends which call, who waits for it, and what came of it. A table, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Any


@dataclass(slots=True)
class Claim:
    """What is to become of keys somebody asked for, by position; those that are in none of these are waited for."""

    mine: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    failed: dict[int, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Notice:
    """What one process is told about keys it waits for: in the ledger, without a response, or free to be sent."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, Json] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)


class Leases:
    """Single-flight for the calls of a run: a key has at most one owner, and an owner that is gone leaves it free.

    Processes and keys are named by text. An error is JSON that is handed to whoever waits.
    """

    def __init__(self) -> None:
        self._named: set[str] = set()
        self._owner: dict[str, str] = {}
        self._waiting: dict[str, list[str]] = {}
        self._done: set[str] = set()
        self._failed: dict[str, Json] = {}

    def first(self, names: Sequence[str]) -> list[int]:
        """Return the positions of those ``names`` that nobody has named before."""
        new = []
        for index, name in enumerate(names):
            if name not in self._named:
                self._named.add(name)
                new.append(index)
        return new

    def claim(self, who: str, keys: Sequence[str], *, owner: str = "") -> Claim:
        """Lease the free ones among ``keys`` to ``owner`` (``who`` itself if empty); ``who`` waits for all others.

        ``mine`` are those that were leased by this.
        """
        claim = Claim()
        for index, key in enumerate(keys):
            if key in self._done:
                claim.done.append(index)
            elif key in self._failed:
                claim.failed[index] = self._failed[key]
            elif self._owner.get(key) == who:  # it has it already, and asks once more
                claim.mine.append(index)
            else:
                if key not in self._owner:
                    self._owner[key] = owner or who
                    claim.mine.append(index)
                if self._owner[key] != who:
                    self._waiting.setdefault(key, []).append(who)
        return claim

    def settle(self, done: Iterable[str], failed: Mapping[str, Json]) -> dict[str, Notice]:
        """Note what came of keys; return what to tell whom."""
        notices: dict[str, Notice] = {}
        for key in done:
            self._done.add(key)
            for who in self._end(key):
                notices.setdefault(who, Notice()).done.append(key)
        for key, error in failed.items():
            self._failed[key] = error
            for who in self._end(key):
                notices.setdefault(who, Notice()).failed[key] = error
        return notices

    def drop(self, who: str) -> dict[str, Notice]:
        """Take back what ``who``, who is gone, had leased; return whom to tell that it is free."""
        for waiting in self._waiting.values():
            while who in waiting:
                waiting.remove(who)
        notices: dict[str, Notice] = {}
        for key in [key for key, owner in self._owner.items() if owner == who]:
            for other in self._end(key):
                notices.setdefault(other, Notice()).free.append(key)
        return notices

    def _end(self, key: str) -> list[str]:
        self._owner.pop(key, None)
        return self._waiting.pop(key, [])
