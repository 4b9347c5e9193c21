"""Cells: how ``by`` splits a gate, known from the conditions before anything has run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeAlias

from robustcore.errors import InputError, Problem, suggest
from robustcore.gates.types import Gate

Cell: TypeAlias = tuple[tuple[str, str], ...]


class Placed(Protocol):
    """What can be put in a cell: a condition or a row."""

    @property
    def family(self) -> str:
        """Return the operators' names."""
        ...

    @property
    def severity(self) -> float:
        """Return the severity."""
        ...


BY: Mapping[str, Callable[[Placed], str]] = MappingProxyType(
    {
        "perturbation": lambda placed: str(getattr(placed, "label", "") or getattr(placed, "condition", "")),
        "severity": lambda placed: f"{placed.severity:g}",
        "family": lambda placed: placed.family,
    }
)
"""What a gate can be split by, with the value that names the cell of a condition or a row."""


def cell_of(gate: Gate, placed: Placed) -> Cell:
    """Return the cell of ``gate`` that a condition or a row belongs to, empty if the gate pools everything."""
    unknown = [name for name in gate.by if name not in BY]
    if unknown:
        what = f"gate {gate.name!r} cannot be split by {unknown[0]!r}"
        raise InputError(Problem(what=what, where=gate.where, choices=tuple(BY), fix=suggest(unknown[0], BY)))
    return tuple((name, BY[name](placed)) for name in gate.by)


def cells(gate: Gate, conditions: Iterable[Placed]) -> tuple[Cell, ...]:
    """Return the cells of ``gate`` over ``conditions``, each once, in order."""
    return tuple(dict.fromkeys(cell_of(gate, condition) for condition in conditions))


def words_of(cell: Cell) -> str:
    """Return a cell as words that follow a measure's name: ``under qwerty_swap at severity 0.5``."""
    spelled = {"perturbation": "under {}", "severity": "at severity {}", "family": "under any {}"}
    return " ".join(spelled[name].format(value) for name, value in cell) or "over all conditions"
