"""Packing: calls into batches by endpoint, operation and settings, sorted by length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from robustcore.calls.types import Call, Endpoint, Packing
from robustcore.keys import canonical_json

DEFAULT = Packing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Calls that one `Endpoint.run` gets: same endpoint, operation and settings. ``keys`` stand beside ``calls``."""

    endpoint: str
    op: str
    keys: tuple[str, ...]
    calls: tuple[Call, ...]


def pack(calls: Iterable[tuple[str, Call]], endpoints: Mapping[str, Endpoint]) -> Iterator[Batch]:
    """Yield batches that together hold every ``(key, call)`` once.

    Longest first where the endpoint packs by length: the batch most likely to run out of memory then comes first,
    and the time-left estimate errs on the safe side.
    """
    groups: dict[tuple[str, str, str], list[tuple[str, Call]]] = {}
    for key, call in calls:
        settings = "" if call.settings is None else canonical_json(call.settings)
        groups.setdefault((call.endpoint, call.op, settings), []).append((key, call))
    for (name, op, _), members in groups.items():
        endpoint = endpoints.get(name)
        packing = endpoint.packing if endpoint is not None else DEFAULT
        if packing.by_length:
            members.sort(key=lambda member: member[1].length, reverse=True)
        yield from _cut(name, op, members, packing.max_calls)


def _cut(endpoint: str, op: str, members: Sequence[tuple[str, Call]], size: int) -> Iterator[Batch]:
    for start in range(0, len(members), size):
        part = members[start : start + size]
        yield Batch(endpoint=endpoint, op=op, keys=tuple(key for key, _ in part), calls=tuple(call for _, call in part))
