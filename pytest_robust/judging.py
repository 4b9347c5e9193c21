"""The verdict of one gate item on the results of its cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from pytest_robust.items import Spec, measures_of
from pytest_robust.stopping import Stop
from pytest_robust.unrun import told_apart, why_unscored
from robustcore.gates.types import Gate, Verdict
from robustcore.report.inert import inert
from robustcore.stats.rows import Row


def verdict_of(spec: Spec, gate: Gate, stop: Stop | None) -> Verdict:
    """Return the verdict of ``gate`` in the cell of ``spec``; ``stop`` is how its questions were asked in blocks."""
    from robustcore.gates.judge import judge_cell

    asked = None if stop is None else (stop.decided.get((gate.name, spec.cell), stop.planned), stop.planned)
    rows = list(rows_of(spec, gate))
    verdict = told_apart(judge_cell(gate, spec.cell, rows, asked=asked), spec.unit, rows)
    why = inert(why_unscored(spec.unit, rows)) if verdict.status == "inconclusive" else ""
    return replace(verdict, unscored=why, sentence=f"{verdict.sentence}; most cases: {why}") if why else verdict


def rows_of(spec: Spec, gate: Gate) -> Iterator[Row]:
    """Return the rows of the cases of ``spec`` that ``gate`` is judged on."""
    return chain.from_iterable(spec.unit.rows(name, spec.conditions) for name in measures_of(gate))
