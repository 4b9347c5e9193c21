"""Spec: what one pytest item stands for, as a set of cases and a way to judge them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from robustcore.case import Case, Condition
from robustcore.gates.types import Gate
from robustcore.scenario.unit import PASS_RATE, Unit

Cell: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """One item: a case, all cases of a condition (``group``), one cell of a gate, or its comparison with a baseline.

    ``conditions`` are what its cases come from (one, but for gates that pool several).
    """

    unit: Unit
    kind: Literal["case", "group", "gate", "baseline"]
    conditions: tuple[Condition, ...]
    case: Case | None = None
    gate: Gate | None = None
    cell: Cell = ()

    def cases(self) -> Iterator[Case]:
        """Yield the cases this item is judged on."""
        if self.case is not None:
            yield self.case
            return
        for condition in self.conditions:
            yield from self.unit.cases(condition)

    @property
    def missing_points(self) -> tuple[str, ...]:
        """Return the injection points its conditions need and the system lacks."""
        if len(self.conditions) == 1:
            return self.unit.missing_points(self.conditions[0])
        points = {point for condition in self.conditions for point in self.unit.missing_points(condition)}
        return tuple(sorted(points))

    @property
    def lacks_vectors(self) -> bool:
        """Say whether it is a gate on vectors of questions and the system has none."""
        return self.gate is not None and self.unit.lacks_vectors(measures_of(self.gate))


def measures_of(gate: Gate) -> tuple[str, ...]:
    """Return the names of the measures of single cases that ``gate`` is judged on, or `PASS_RATE`."""
    from robustcore.gates.expression import parse_expression

    expression = parse_expression(gate.measure)
    suite = expression.suite
    return suite.measures if suite else (expression.measure_name or PASS_RATE,)
