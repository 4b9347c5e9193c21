"""What there is to do for a set of items: flows, each once, in the order that shares most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeAlias

from pytest_robust.items import Spec
from robustcore.calls.peers import Again, Peers
from robustcore.calls.types import Flow
from robustcore.case import Case
from robustcore.scenario.unit import Result, Unit

Owner: TypeAlias = tuple[Unit, Case]

NAMED_AT_ONCE = 512  # flows whose names go to the broker in one message


def flows_of(
    specs: Iterable[Spec], wanted_case: Callable[[Case], bool] = lambda case: True
) -> Iterator[tuple[Owner, Flow[Result]]]:
    """Yield a flow per case that ``specs`` need and that has no result yet, each once, question by question."""
    wanted: dict[int, list[Spec]] = {}
    for spec in specs:
        wanted.setdefault(id(spec.unit), []).append(spec)
    for of_unit in wanted.values():
        unit = of_unit[0].unit
        for case in unit.with_twins(filter(wanted_case, _by_question(unit, of_unit))):
            yield (unit, case), unit.flow(case)


def counted_once(
    flows: Iterable[tuple[Owner, Flow[Result]]], peers: Peers
) -> Iterator[tuple[Owner, Flow[Result] | Again[Result]]]:
    """Yield ``flows``, marking those that another process of the run has begun before."""
    source = iter(flows)
    while part := list(islice(source, NAMED_AT_ONCE)):
        names = [f"{unit.scenario.where.file}::{unit.scenario.name}::{case.id}" for (unit, case), _ in part]
        first = set(peers.first(names))
        for name, (owner, flow) in zip(names, part, strict=True):
            yield owner, flow if name in first else Again(flow)


def expected(specs: Sequence[Spec]) -> int:
    """Return about how many flows a window has: twins are shared, gates repeat what cases run."""
    cases = sum(spec.case is not None for spec in specs)
    if cases:
        return cases + len({(id(s.unit), s.case.example.id) for s in specs if s.case is not None})
    return sum(len(spec.unit.dataset.examples) * len(spec.conditions) for spec in specs if spec.kind == "group")


def _by_question(unit: Unit, specs: Sequence[Spec]) -> Iterator[Case]:
    """Yield the cases of ``specs``, those of a question together: what can be shared is then close at hand."""
    conditions = {condition.name: condition for spec in specs if spec.case is None for condition in spec.conditions}
    yield from unit.by_question(conditions.values())
    single: dict[str, list[Case]] = {}
    for spec in specs:
        if spec.case is not None and spec.case.condition.name not in conditions:
            single.setdefault(spec.case.example.id, []).append(spec.case)
    yield from chain.from_iterable(single.values())
