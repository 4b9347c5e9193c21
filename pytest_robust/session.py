"""RobustSession: plans what was selected, runs it in windows, answers look-ups. No pytest objects inside."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Any

from pytest_robust.bind import Binder
from pytest_robust.items import Cell, Spec
from pytest_robust.options import Options
from pytest_robust.outcomes import Outcome, of_case, of_gate, of_group
from robustcore.calls.engine import Engine
from robustcore.calls.failures import Classifier
from robustcore.calls.lanes import LaneFactory
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.progress import Counters, Progress
from robustcore.calls.types import Flow
from robustcore.case import Case
from robustcore.endpoints.specs import check_ready
from robustcore.errors import RobustError
from robustcore.gates.types import Gate, Verdict
from robustcore.report.types import Report
from robustcore.scenario.unit import PASS_RATE, Result, Unit

Bar = Callable[[], AbstractContextManager[Progress | None]]


class RobustSession:
    """The state of one pytest session. ``received`` are the reports of xdist workers.

    ``binder`` loads files and resolves systems; ``run_id`` joins a run that another process opened (xdist workers).
    Specs are looked up in the order of `plan`; each look-up runs the window of specs it falls into, so that under
    ``-x`` few calls are wasted. Nothing is opened, imported or sent before the first look-up or plan.
    """

    def __init__(
        self, options: Options, binder: Binder, *, classifiers: Sequence[Classifier] = (), run: Run | None = None
    ) -> None:
        self.options = options
        self.binder = binder
        self.units: list[Unit] = []
        self.verdicts: dict[tuple[int, str, Cell], Verdict] = {}
        self.broken: dict[int, str] = {}
        self._not_asked: dict[int, str] = {}
        self.received: list[Report] = []
        self.bar: Bar = lambda: nullcontext()
        self._classifiers = classifiers
        self._given_run = run
        self._engine: Engine | None = None
        self._ledger: Ledger | None = None
        self._run: Run | None = run
        self._order: Sequence[Spec] = ()
        self._position: Mapping[int, int] = {}
        self._done: set[int] = set()  # specs known to have all their results

    def load(self, path: Path) -> list[Unit]:
        """Return the units of a scenario file; raise `InputError` with every problem of it."""
        units = self.binder.units(path)
        self.units.extend(units)
        return units

    @property
    def engine(self) -> Engine:
        """Return the engine, opening the ledger at the first use."""
        if self._engine is None:
            self._ledger = Ledger(self.options.ledger)
            self._run = self._run or self._ledger.start_run(resume=self.options.resume)
            self._engine = Engine(
                self._ledger,
                self._run,
                allow_live=self.options.live,
                classifiers=self._classifiers,
                shared=self._given_run is not None,
                lanes=_lanes(self.options),
            )
        return self._engine

    @property
    def run(self) -> Run | None:
        """Return the run, once there is one."""
        return self._run

    @property
    def counters(self) -> Counters:
        """Return what the engine has done so far (zeros if it was never needed)."""
        return self._engine.counters if self._engine else Counters()

    @property
    def notes(self) -> list[str]:
        """Return what ledger and engine have to tell."""
        of_ledger = self._ledger.notes if self._ledger else []
        return [*of_ledger, *self._engine.notes] if self._engine else of_ledger

    def plan(self, specs: Sequence[Spec]) -> None:
        """Fix the order in which ``specs`` will be looked up."""
        self._order = specs
        self._position = {id(spec): index for index, spec in enumerate(specs)}

    def run_first_window(self) -> None:
        """Run the first window now, outside of any test, so that durations and timeouts of tests stay honest."""
        if self._order:
            self.ensure(self._order[0])

    def ensure(self, spec: Spec) -> None:
        """Make sure that everything ``spec`` is judged on has a result."""
        if id(spec) in self._done or not self.runnable(spec):
            return
        window: Sequence[Spec] = [spec]
        if next(spec.unit.with_twins(spec.cases()), None) is not None:
            window = self._window(spec)
            self._run_all(window)
        self._done.update(map(id, window))

    def outcome(self, spec: Spec) -> Outcome:
        """Return the outcome of ``spec``, running what it needs if nobody has yet."""
        broken = self.broken_reason(spec.unit)
        if broken:
            return Outcome("error", broken.splitlines()[0], broken)
        if spec.missing_points:
            points = ", ".join(spec.missing_points)
            system = spec.unit.system
            return Outcome("skipped", f"missing injection point: {system.name} does not offer {points}; {system.hint}")
        not_asked = self.not_asked(spec.unit)
        if not_asked:
            return Outcome("skipped", not_asked)
        self.ensure(spec)
        if spec.case is not None:
            return of_case(spec.unit, spec.case)
        if spec.gate is None:
            return of_group(spec)
        return of_gate(spec.unit, self.verdict(spec))

    def verdict(self, spec: Spec) -> Verdict:
        """Return the verdict of a gate spec whose cases have results."""
        from robustcore.gates.judge import judge_cell

        gate = spec.gate
        if gate is None:
            raise ValueError("not a gate")
        key = (id(spec.unit), gate.name, spec.cell)
        if key not in self.verdicts:
            self.verdicts[key] = judge_cell(gate, spec.cell, list(self._rows(spec, gate)))
        return self.verdicts[key]

    def broken_reason(self, unit: Unit) -> str:
        """Return why the unit's system cannot be built, or an empty string. Building it is tried once."""
        reason = self.broken.get(id(unit))
        if reason is None:
            reason = self.broken[id(unit)] = self._build_error(unit)
        return reason

    def not_asked(self, unit: Unit) -> str:
        """Return why a unit whose system could be built is not run: nobody allowed what it needs. Else an empty string.

        It is skipped as a whole, before its local part (a retriever, an index) does work that nobody would see. A plan
        sends nothing, so that it may count everything.
        """
        if self.options.live or self.options.plan_only:
            return ""
        reason = self._not_asked.get(id(unit))
        if reason is None:
            reason = self._not_asked[id(unit)] = _not_asked(unit)
        return reason

    def runnable(self, spec: Spec) -> bool:
        """Say whether ``spec`` can run: its system is there, may be asked, and offers the points."""
        return not self.broken_reason(spec.unit) and not spec.missing_points and not self.not_asked(spec.unit)

    def finish(self, *, complete: bool) -> None:
        """Commit and close; a run that was not interrupted is marked as finished."""
        if self._engine is not None and self._ledger is not None:
            self._engine.close()
            if complete and self._run is not None and self._given_run is None:
                self._ledger.finish_run(self._run)
            self._ledger.close()
            self._prune(self._ledger)

    def release(self) -> None:
        """Let go of everything that was answered: nobody asks any more, and pytest ends with garbage collections."""
        for unit in self.units:
            unit.results.clear()
        self.received.clear()
        self._engine = None

    def flows(self, specs: Iterable[Spec]) -> Iterator[tuple[tuple[Unit, Case], Flow[Result]]]:
        """Yield a flow per case that ``specs`` need and that has no result yet, each once, question by question."""
        wanted: dict[int, list[Spec]] = {}
        for spec in specs:
            if self.runnable(spec):
                wanted.setdefault(id(spec.unit), []).append(spec)
        for of_unit in wanted.values():
            unit = of_unit[0].unit
            for case in unit.with_twins(_by_question(unit, of_unit)):
                yield (unit, case), unit.flow(case)

    def _prune(self, ledger: Ledger) -> None:
        """Keep the ledger within its limits; workers leave that to the process that opened the run."""
        size, days = self.options.ledger_max_mb, self.options.ledger_max_days
        path = ledger.path
        if path is None or self._given_run is not None:
            return
        try:
            if days or (size and path.stat().st_size > size * 1e6):
                from robustcore.calls.ledger_upkeep import prune

                dropped = prune(path, max_mb=size, max_days=days)
                if dropped:
                    ledger.notes.append(f"{dropped} responses were dropped from ledger {path} to keep its limits")
        except (OSError, sqlite3.Error) as error:
            ledger.notes.append(f"ledger {path} could not be pruned: {error}")

    def _build_error(self, unit: Unit) -> str:
        try:
            endpoints = unit.endpoints
            if not self.not_asked(unit):
                check_ready(endpoints.values())
        except RobustError as error:
            return str(error)
        except Exception as error:  # the user's factory may raise anything
            where = unit.scenario.system.target if unit.scenario.system else "the system"
            return f"{where} could not be built: {type(error).__name__}: {error}"
        return ""

    def _run_all(self, specs: Sequence[Spec]) -> None:
        engine = self.engine
        for unit in {id(spec.unit): spec.unit for spec in specs if self.runnable(spec)}.values():
            engine.add_endpoints(unit.endpoints)
        with self.bar() as progress:
            if progress is not None:
                engine.progress = progress
            for (unit, case), result in engine.run(self.flows(specs), expected=_expected(specs)):
                _store(unit, case, result)

    def _window(self, spec: Spec) -> Sequence[Spec]:
        start = self._position.get(id(spec))
        if start is None:
            return [spec]
        size = self.options.window or len(self._order)
        return self._order[start : start + size]

    @staticmethod
    def _rows(spec: Spec, gate: Gate) -> Iterator[Any]:
        from robustcore.gates.expression import parse_expression

        return spec.unit.rows(parse_expression(gate.measure).measure_name or PASS_RATE, spec.conditions)


def _by_question(unit: Unit, specs: Sequence[Spec]) -> Iterator[Case]:
    """Yield the cases of ``specs``, those of a question together: what can be shared is then close at hand."""
    conditions = {condition.name: condition for spec in specs if spec.case is None for condition in spec.conditions}
    yield from unit.by_question(conditions.values())
    single: dict[str, list[Case]] = {}
    for spec in specs:
        if spec.case is not None and spec.case.condition.name not in conditions:
            single.setdefault(spec.case.example.id, []).append(spec.case)
    yield from chain.from_iterable(single.values())


def _lanes(options: Options) -> LaneFactory | None:
    """Return what chooses where batches run; None for this process."""
    if options.engine != "ray":
        return None
    from robustcore.endpoints.ray_lanes import RayLanes

    return RayLanes(options.ray_address, most=options.ray_actors)


def _not_asked(unit: Unit) -> str:
    live = sorted(name for name, endpoint in unit.endpoints.items() if endpoint.live)
    if not live:
        return ""
    costs = "costs money or leaves the machine" if len(live) == 1 else "cost money or leave the machine"
    return f"not asked: {', '.join(live)} {costs}; allow it with --robust-live"


def _store(unit: Unit, case: Case, result: Result) -> None:
    unit.results[case.id] = result


def _expected(specs: Sequence[Spec]) -> int:
    """Return about how many flows a window has: twins are shared, gates repeat what cases run."""
    cases = sum(spec.case is not None for spec in specs)
    if cases:
        return cases + len({(id(s.unit), s.case.example.id) for s in specs if s.case is not None})
    return sum(len(spec.unit.dataset.examples) * len(spec.conditions) for spec in specs if spec.kind == "group")
