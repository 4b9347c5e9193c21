"""The plan in words: exact calls for the first round, a bound for what follows, per endpoint and operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from pytest_robust.costing import Ahead, cost_lines
from pytest_robust.items import Spec
from pytest_robust.session import RobustSession
from pytest_robust.work import flows_of
from robustcore.calls.types import Endpoint, Flow
from robustcore.perturb.writing import NEEDS_WRITER
from robustcore.scenario.unit import Result, Unit


def plan_lines(session: RobustSession, specs: Sequence[Spec]) -> Iterator[str]:
    """Yield the lines of ``--robust-plan``."""
    units = {id(spec.unit): spec.unit for spec in specs}
    runnable = [spec for spec in specs if session.ready.runnable(spec)]
    for unit in units.values():
        broken = session.ready.broken_reason(unit)
        if broken:
            yield f"{unit.scenario.name}: cannot run: {broken}"
    skipped = Counter(
        point for spec in specs if not session.ready.broken_reason(spec.unit) for point in spec.missing_points
    )
    for point, count in sorted(skipped.items()):
        yield f"{count} items need the injection point {point!r}, which their system lacks: skipped"
    engine = session.engine
    for spec in runnable:
        engine.add_endpoints(spec.unit.endpoints)
    cases: Counter[int] = Counter()  # by unit
    not_run: Counter[tuple[str, str]] = Counter()  # by operator and why

    def counted() -> Iterator[Flow[Result]]:
        for (unit, case), flow in flows_of(runnable):
            cases[id(unit)] += 1
            not_run.update((operator, NEEDS_WRITER) for operator in unit.unwritten(case))
            yield flow

    calls = engine.first_calls(counted())
    known = engine.known(list(calls))
    yield f"{len(specs)} items, {cases.total()} cases to run (clean twins included)"
    yield from (f"{operator}: {why} ({count} cases)" for (operator, why), count in sorted(not_run.items()))
    yield "first round, exact:"
    totals = Counter((call.endpoint, call.op) for call in calls.values())
    stored = Counter((calls[key].endpoint, calls[key].op) for key in known)
    for (endpoint, op), count in sorted(totals.items()):
        live = "  [live: needs --robust-live]" if engine.endpoints[endpoint].live else ""
        yield f"  {endpoint} {op}: {count} unique calls, {stored[endpoint, op]} in the ledger{live}"
    if not totals:
        yield "  no calls"
    ahead = later_calls(units, cases)
    yield from _later(ahead, engine.endpoints)
    fresh = [call for key, call in calls.items() if key not in known]
    yield from cost_lines(fresh, ahead, engine.endpoints)
    yield from _unreachable(specs)


def later_calls(units: Mapping[int, Unit], cases: Mapping[int, int]) -> list[Ahead]:
    """Return what may be called after the first round: at most one call per case to each reader and measure.

    An agent may call its model and its tools more often: up to its ``calls_ahead``.
    """
    found: dict[str, Ahead] = {}
    for key, number in cases.items():
        system = units[key].system
        later: Collection[str] = getattr(system, "later", ())
        tokens: Mapping[str, tuple[int, int]] = getattr(system, "tokens_ahead", {})
        most: Mapping[str, int] = getattr(system, "calls_ahead", {})
        for name in units[key].endpoints:
            if name in later or name not in system.endpoints:
                before = found.get(name, Ahead(name))
                found[name] = Ahead(name, before.calls + number * most.get(name, 1), tokens.get(name))
    return [found[name] for name in sorted(found)]


def _later(ahead: Sequence[Ahead], endpoints: Mapping[str, Endpoint]) -> Iterator[str]:
    yield "later rounds, at most:" if ahead else "later rounds: none"
    for one in ahead:
        live = "  [live: needs --robust-live]" if endpoints[one.name].live else ""
        yield f"  {one.name}: {one.calls} calls before de-duplication{live}"


def _unreachable(specs: Sequence[Spec]) -> Iterator[str]:
    from robustcore.gates.plan import unreachable_text

    for spec in specs:
        if spec.gate is None or spec.kind != "gate":
            continue
        clusters = len({case.cluster for case in spec.cases()})
        text = unreachable_text(spec.gate, clusters, per_question=len(spec.conditions))
        if text:
            yield f"{text} ({' '.join(value for _, value in spec.cell) or 'all conditions'})"
