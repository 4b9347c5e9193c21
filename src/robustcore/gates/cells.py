"""Cells: how ``by`` splits a gate, known from the conditions before anything has run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from robustcore.case import Condition
from robustcore.errors import InputError, Problem, suggest
from robustcore.gates.expression import parse_expression
from robustcore.gates.types import Gate
from robustcore.stats.rows import Row

Cell: TypeAlias = tuple[tuple[str, str], ...]

BY: tuple[str, ...] = ("perturbation", "severity", "family")
"""What a gate can be split by."""


def cell_of(gate: Gate, condition: Condition) -> Cell:
    """Return the cell of ``gate`` that ``condition`` belongs to, empty if the gate pools everything."""
    return _cell(gate, condition.label, condition.severity, condition.family)


def cell_of_row(gate: Gate, row: Row) -> Cell:
    """Return the cell of ``gate`` that ``row`` belongs to."""
    return _cell(gate, row.condition, row.severity, row.family)


def cells(gate: Gate, conditions: Iterable[Condition]) -> tuple[Cell, ...]:
    """Return the cells of ``gate`` over ``conditions``, each once, in order."""
    return tuple(dict.fromkeys(cell_of(gate, condition) for condition in conditions))


def conditions_of(gate: Gate, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the conditions whose cases ``gate`` is judged on: those its suite aggregate reads, else all of them.

    A suite that finds none of its own is judged on all, and comes out without a value.
    """
    given = tuple(conditions)
    suite = parse_expression(gate.measure).suite
    return tuple(one for one in given if suite is None or suite.reads(one.family)) or given


def words_of(cell: Cell) -> str:
    """Return a cell as words that follow a measure's name: ``under qwerty_swap at severity 0.5``."""
    spelled = {"perturbation": "under", "severity": "at severity", "family": "under any"}
    return " ".join(f"{spelled.get(name, name)} {value}" for name, value in cell) or "over all conditions"


def _cell(gate: Gate, label: str, severity: float, family: str) -> Cell:
    values = dict(zip(BY, (label, f"{severity:g}", family), strict=True))
    for name in gate.by:
        if name not in values:
            what = f"gate {gate.name!r} cannot be split by {name!r}"
            raise InputError(Problem(what=what, where=gate.where, choices=BY, fix=suggest(name, BY)))
    return tuple((name, values[name]) for name in gate.by)
