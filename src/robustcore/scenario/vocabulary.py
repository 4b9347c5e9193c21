"""Vocabulary: the names a scenario file may use, gathered once and passed in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from robustcore.measures.base import Measure
from robustcore.perturb.base import Operator
from robustcore.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Perturbations, measures (by a function that knows their parameters) and bundled data sets.

    ``measure_names`` are the measures worth completing in an editor; ``measures`` may accept more.
    """

    operators: Registry[Operator]
    measures: Callable[[str], Measure]
    measure_names: tuple[str, ...] = ()
    bundled: Collection[str] = ()
