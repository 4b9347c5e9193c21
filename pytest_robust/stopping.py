"""``--robust-sequential``: questions in blocks, gates looked at after each, and no case asked that decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_robust.items import Cell, Spec
from robustcore.case import Case
from robustcore.gates.sequential import decidable, decision
from robustcore.gates.types import Gate
from robustcore.keys import seed_of
from robustcore.scenario.unit import Unit
from robustcore.stats.rows import Row

FIRST = 16  # questions of the first block
GROWTH = 1.25  # of what was asked: late looks are rarer, so that their number grows with the log of the questions

RowsOf: TypeAlias = Callable[[Spec, Gate], Iterable[Row]]


@dataclass(slots=True, eq=False)
class Stop:
    """How far a unit was run: the questions each condition was asked, and how many each gate cell needed.

    ``asked`` maps a condition's name to its clusters; ``decided`` a gate cell to the clusters after which it was.
    """

    planned: int
    asked: dict[str, set[str]] = field(default_factory=dict)
    decided: dict[tuple[str, Cell], int] = field(default_factory=dict)

    def why_not(self, case: Case) -> str:
        """Return why ``case`` was not asked, an empty string if it was."""
        asked = self.asked.get(case.condition.name)
        if asked is None or case.cluster in asked:
            return ""
        return f"not asked: its gates were decided after {len(asked)} of {self.planned} questions"


def run_in_blocks(
    unit: Unit, specs: Sequence[Spec], run: Callable[[Callable[[Case], bool]], None], rows: RowsOf, *, seed: int
) -> Stop:
    """Run the cases of ``unit`` block by block until every gate of ``specs`` is decided; return how far that was.

    ``run`` runs the planned cases that it is told to. Questions come in a random order that depends on ``seed`` and
    their own ids alone. Conditions that no gate reads, and gates that can only be judged on everything, run in full.
    """
    clusters = sorted({one.cluster or one.id for one in unit.dataset.examples}, key=lambda c: seed_of("stop", seed, c))
    gates = [spec for spec in specs if spec.kind == "gate" and spec.gate is not None]
    run_at_all = [spec for spec in gates if not (spec.missing_points or spec.lacks_vectors)]
    open_ = [spec for spec in run_at_all if spec.gate and decidable(spec.gate)]
    stoppable = {condition.name for spec in open_ for condition in spec.conditions}
    stoppable -= {c.name for spec in run_at_all if spec not in open_ for c in spec.conditions}
    stop = Stop(planned=len(clusters), asked={name: set() for name in stoppable})
    if not open_:
        run(lambda case: True)
        return stop
    for block, last in _blocks(clusters):
        needed = {condition.name for spec in open_ for condition in spec.conditions}
        for name in needed & stoppable:
            stop.asked[name].update(block)
        run(lambda case, now=frozenset(block), of=needed: case.condition.name in of & stoppable and case.cluster in now)  # type: ignore[misc]
        open_ = [spec for spec in open_ if not _closed(spec, stop, rows, last)]
        if not open_:
            break
    run(lambda case: case.condition.name not in stoppable)
    return stop


def _closed(spec: Spec, stop: Stop, rows: RowsOf, last: int) -> bool:
    gate = spec.gate
    if gate is None:
        return True
    found = decision(gate, list(rows(spec, gate)), higher_is_better=_direction(spec, gate))
    if found != "open":
        stop.decided[gate.name, spec.cell] = last
    return found != "open"


def _direction(spec: Spec, gate: Gate) -> bool:
    from robustcore.gates.expression import parse_expression

    name = parse_expression(gate.measure).measure_name
    return next((measure.higher_is_better for measure in spec.unit.measures if measure.name == name), True)


def _blocks(clusters: Sequence[str]) -> Iterator[tuple[Sequence[str], int]]:
    """Yield each block with the number of questions asked once it is done."""
    start = 0
    while start < len(clusters):
        end = min(len(clusters), max(FIRST, start + max(8, int(start * (GROWTH - 1)))))
        yield clusters[start:end], end
        start = end
