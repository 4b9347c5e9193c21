"""Packing: calls into batches by endpoint, operation and settings, sorted by length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from robustcore.calls.types import Call, Endpoint, Packing
from robustcore.keys import canonical_json

DEFAULT = Packing()

Members: TypeAlias = list[tuple[str, Call]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Calls that one `Endpoint.run` gets: same endpoint, operation and settings. ``keys`` stand beside ``calls``."""

    endpoint: str
    op: str
    keys: tuple[str, ...]
    calls: tuple[Call, ...]

    @classmethod
    def one(cls, key: str, call: Call) -> Batch:
        """Return the batch of one call."""
        return cls(endpoint=call.endpoint, op=call.op, keys=(key,), calls=(call,))

    def without(self, keys: Iterable[str]) -> Batch:
        """Return the batch of the calls that are not in ``keys``."""
        gone = frozenset(keys)
        left = [(key, call) for key, call in zip(self.keys, self.calls, strict=True) if key not in gone]
        return _batch(self.endpoint, self.op, left)


class Packer:
    """Calls that wait for their batch, in groups of one endpoint, operation and settings, in order of arrival.

    Longest first where the endpoint packs by length: the batch most likely to run out of memory then comes first,
    and the time-left estimate errs on the safe side.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints
        self._groups: dict[tuple[str, str, str], Members] = {}

    def __len__(self) -> int:
        """Return how many calls wait."""
        return sum(map(len, self._groups.values()))

    def add(self, key: str, call: Call) -> None:
        """Let ``call`` wait."""
        settings = "" if call.settings is None else canonical_json(call.settings)
        self._groups.setdefault((call.endpoint, call.op, settings), []).append((key, call))

    def drain(self) -> Iterator[Batch]:
        """Yield batches that together hold everything that waits, group by group."""
        groups, self._groups = self._groups, {}
        for (name, op, _), members in groups.items():
            size = self._sort(name, members)
            for start in range(0, len(members), size):
                yield _batch(name, op, members[start : start + size])

    def next_batch(self, names: Callable[[str], bool], *, full: bool) -> Batch | None:
        """Take out one batch for an endpoint whose name passes ``names``: of the group in which most calls wait.

        With ``full`` only a batch that has as many calls as the endpoint takes.
        """
        groups = [(len(members), group) for group, members in self._groups.items() if names(group[0])]
        if not groups:
            return None
        count, group = max(groups, key=lambda pair: pair[0])
        members = self._groups[group]
        if full and count < self._packing(group[0]).max_calls:
            return None
        size = self._sort(group[0], members)
        taken, left = members[:size], members[size:]
        if left:
            self._groups[group] = left
        else:
            del self._groups[group]
        return _batch(group[0], group[1], taken)

    def clear(self) -> None:
        """Forget everything that waits."""
        self._groups = {}

    def _packing(self, name: str) -> Packing:
        endpoint = self._endpoints.get(name)
        return endpoint.packing if endpoint is not None else DEFAULT

    def _sort(self, name: str, members: Members) -> int:
        packing = self._packing(name)
        if packing.by_length:
            members.sort(key=lambda member: member[1].length, reverse=True)
        return packing.max_calls


def _batch(endpoint: str, op: str, members: Sequence[tuple[str, Call]]) -> Batch:
    keys, calls = tuple(key for key, _ in members), tuple(call for _, call in members)
    return Batch(endpoint=endpoint, op=op, keys=keys, calls=calls)
