"""Faults: what is wrong with one source, gathered while it is read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import zip_longest
from pathlib import Path

from robustcore.errors import InputError, Location, Problem, suggest

SHOWN = 20
_FEW = 2_000


class Faults:
    """The problems of one source (a file or a folder of files).

    Every problem is counted, the first ``shown`` are kept: a file with the wrong encoding or delimiter has a problem
    on each of its lines, and nobody reads a hundred thousand of them.
    """

    def __init__(self, source: Path, shown: int = SHOWN) -> None:
        self.source = source
        self.count = 0
        self._shown = shown
        self._kept: list[Problem] = []

    def __bool__(self) -> bool:
        """Say whether anything is wrong."""
        return self.count > 0

    @property
    def full(self) -> bool:
        """Say whether further problems are only counted (so that costly hints need not be made)."""
        return self.count >= self._shown

    def add(
        self,
        what: str,
        *,
        file: Path | None = None,
        line: int = 0,
        column: int = 0,
        choices: tuple[str, ...] = (),
        fix: str = "",
    ) -> None:
        """Record a problem at ``line`` and ``column`` of ``file`` (default: the source itself)."""
        if not self.full:
            where = Location(file=str(file or self.source), line=line, column=column)
            self._kept.append(Problem(what=what, where=where, choices=choices, fix=fix))
        self.count += 1

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the kept problems in the order they were found; a last one says how many more there are."""
        hidden = self.count - len(self._kept)
        if not hidden:
            return tuple(self._kept)
        what = f"and {hidden} more problem{'s' if hidden > 1 else ''} in this source"
        return (*self._kept, Problem(what=what, where=Location(file=str(self.source))))


def raise_faults(found: Iterable[Faults]) -> None:
    """Raise one `InputError` with the problems of all sources, or return if there are none."""
    problems = [problem for faults in found for problem in faults.problems]
    if problems:
        raise InputError(problems)


def suggest_id(wrong: str, ids: Collection[str]) -> str:
    """Return ``did you mean 'x'?`` for an id, in a time that allows a large corpus.

    Comparing with every id is slow, but a single slip leaves the first or the second half of the id as it was.
    """
    half = len(wrong) // 2
    if len(ids) <= _FEW or not half:
        return suggest(wrong, ids)
    near = [known for known in ids if known.startswith(wrong[:half]) or known.endswith(wrong[half:])]
    near.sort(key=lambda known: (_differing(known, wrong), known))
    return suggest(wrong, near[:1])


def _differing(one: str, other: str) -> int:
    return sum(a != b for a, b in zip_longest(one, other))
