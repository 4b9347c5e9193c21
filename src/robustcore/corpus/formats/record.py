"""Record: the fields of one document or question as read, and where in the file they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from robustcore.corpus.formats.faults import Faults

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)  # not frozen: a hundred thousand are made, and frozen ones take twice as long
class Record:
    """A mapping of ``fields`` with its ``source`` text, which starts at ``line``; ``faults`` takes what is wrong.

    ``named`` says whether the source text holds the keys in double quotes (JSON) or values only (CSV).
    """

    fields: dict[str, Any]
    source: str
    line: int
    faults: Faults
    named: bool = True

    def fault(self, what: str, *, key: str = "", value: str = "", choices: tuple[str, ...] = (), fix: str = "") -> None:
        """Add a problem that points at ``value`` (behind ``key``), at ``key``, or at the record."""
        line, column = (0, 0) if self.faults.full else self._place(key, value)
        self.faults.add(what, line=line, column=column, choices=choices, fix=fix)

    def _place(self, key: str, value: str) -> tuple[int, int]:
        """Return line and column, column 0 if the text cannot be found (it may be written with escapes)."""
        at = self._behind_key(key, value) if self.named else self._cell(value)
        if at < 0:
            return self.line, 0
        return self.line + self.source.count("\n", 0, at), at - self.source.rfind("\n", 0, at)

    def _behind_key(self, key: str, value: str) -> int:
        at = self.source.find(json.dumps(key, ensure_ascii=False)) if key else -1
        forms = [json.dumps(value, ensure_ascii=False), json.dumps(value)] if value else []
        return next((hit for form in forms if (hit := self.source.find(form, max(at, 0))) >= 0), at)

    def _cell(self, value: str) -> int:
        """Return where ``value`` is a whole cell or list item, if that is one place only: a wrong one would mislead."""
        whole = re.compile(rf'(?<![^,\t|"\s]){re.escape(value)}(?![^,\t|"\s])')
        hits = [match.start() for match in whole.finditer(self.source)] if value else []
        return hits[0] if len(hits) == 1 else -1


def collect(records: Iterator[Record], make: Callable[[Record], T | None], faults: Faults, nouns: str) -> tuple[T, ...]:
    """Return what ``make`` makes of each record, in order; a source without any is a fault unless it has others."""
    made = tuple(value for record in records if (value := make(record)) is not None)
    if not made and not faults.count:
        faults.add(f"there are no {nouns} in this file")
    return made


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return ``values`` without repeats, order kept."""
    return tuple(dict.fromkeys(values))
