"""RobustSession: plans what was selected and runs it in windows, as look-ups ask for it. No pytest objects inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from pytest_robust.against import Against
from pytest_robust.bind import Binder
from pytest_robust.items import Cell, Spec
from pytest_robust.judging import rows_of, verdict_of
from pytest_robust.options import Options
from pytest_robust.placing import broker_lanes, lanes_of
from pytest_robust.readiness import Readiness
from pytest_robust.stopping import Stop, run_in_blocks
from pytest_robust.work import Owner, counted_once, expected, flows_of
from robustcore.calls.failures import Classifier
from robustcore.calls.progress import Counters, Progress
from robustcore.calls.types import Flow
from robustcore.case import Case
from robustcore.gates.types import Verdict
from robustcore.report.types import Report
from robustcore.scenario.unit import Result, Unit

if TYPE_CHECKING:
    from pytest_robust.desk import Desk
    from pytest_robust.hunting import Spent
    from pytest_robust.transfer import Joined
    from robustcore.calls.engine import Engine
    from robustcore.calls.ledger import Ledger, Run

Bar = Callable[[], AbstractContextManager[Progress | None]]


class RobustSession:
    """The state of one pytest session. ``received`` are the reports of xdist workers.

    ``here`` is where pytest was started; ``rerun`` gives the command that runs an item of a scenario file again.

    ``binder`` loads files and resolves systems; ``joined`` is the run of another process that this one takes part in
    (xdist workers), ``desk`` what runs their calls to common endpoints (xdist controllers).
    Specs are looked up in the order of `plan`; each look-up runs the window of specs it falls into, so that under
    ``-x`` few calls are wasted. Nothing is opened, imported or sent before the first look-up or plan.
    """

    def __init__(
        self, options: Options, binder: Binder, *, classifiers: Sequence[Classifier] = (), joined: Joined | None = None
    ) -> None:
        self.options = options
        self.binder = binder
        self.units: list[Unit] = []
        self.verdicts: dict[tuple[int, str, Cell], Verdict] = {}
        self.ready = Readiness(options)
        self.received: list[Report] = []
        self.stops: dict[int, Stop] = {}
        self.here = Path.cwd()
        self.rerun: Callable[[Path, str], str] = lambda file, name: ""
        self.spent: Spent | None = None
        self.bar: Bar = lambda: nullcontext()
        self.classifiers = classifiers
        self.desk: Desk | None = None
        self.against: Against | None = None
        self._joined = joined
        self._engine: Engine | None = None
        self._ledger: Ledger | None = None
        self._run: Run | None = joined.run if joined else None
        self._origins: dict[str, tuple[str, str]] = {}
        self._loaded: dict[Path, list[Unit]] = {}
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
            from robustcore.calls.engine import Engine
            from robustcore.calls.ledger import Ledger

            joined = self._joined
            self._ledger = Ledger(joined.ledger if joined else self.options.ledger)
            self._run = self._run or self._ledger.start_run(resume=self.options.resume)
            self._engine = Engine(
                self._ledger,
                self._run,
                allow_live=self.options.live,
                classifiers=self.classifiers,
                peers=joined.client if joined else None,
                lanes=broker_lanes(joined.client, self._origins) if joined else lanes_of(self.options),
            )
        return self._engine

    @property
    def ledger_path(self) -> Path | None:
        """Return the file that responses are kept in, None if they are kept in memory."""
        _ = self.engine
        return self._ledger.path if self._ledger else None

    def loaded(self, path: Path) -> list[Unit]:
        """Return the units of a scenario file, read once, without making them part of this session."""
        if path not in self._loaded:
            self._loaded[path] = self.binder.units(path)
        return self._loaded[path]

    @property
    def run(self) -> Run | None:
        """Return the run, once there is one."""
        return self._run

    @property
    def counters(self) -> Counters:
        """Return what engine and desk have done so far (zeros if they were never needed).

        What is asked for, unique and in the ledger is counted by the processes that the desk serves.
        """
        counters = replace(self._engine.counters) if self._engine else Counters()
        if self.desk is not None:
            counters.add_sent(self.desk.counters)
        return counters

    @property
    def notes(self) -> list[str]:
        """Return what binder, ledger, engine and desk have to tell."""
        tellers = (self.binder, self.ready, self._ledger, self._engine, self.desk)
        return list(dict.fromkeys(note for teller in tellers if teller is not None for note in teller.notes))

    def plan(self, specs: Sequence[Spec]) -> None:
        """Fix the order in which ``specs`` will be looked up."""
        self._order = specs
        self._position = {id(spec): index for index, spec in enumerate(specs)}

    @property
    def planned(self) -> Sequence[Spec]:
        """Return the specs in the order in which they will be looked up."""
        return self._order

    def run_first_window(self) -> None:
        """Run the first window now, outside of any test, so that durations and timeouts of tests stay honest."""
        if self._order:
            self.ensure(self._order[0])

    def run_share(self) -> None:
        """Run this process's share of what is planned: the other processes of the run do the same with theirs.

        A share is a set of questions, so that what cases of a question have in common stays together.
        """
        joined = self._joined
        if joined is None or joined.index >= joined.count or self.options.window:
            return  # a process that replaces one that crashed, or a run that may stop early
        index, count = joined.index, joined.count
        self._run_all(self._order, lambda case: crc32(case.example.id.encode()) % count == index)

    def ensure(self, spec: Spec) -> None:
        """Make sure that everything ``spec`` is judged on has a result."""
        if id(spec) in self._done or not self.ready.runnable(spec):
            return
        if id(spec) in self._position and (self.options.sequential or self.options.budget):
            (self._run_until_decided if self.options.sequential else self._run_budget)()
            return
        window: Sequence[Spec] = [spec]
        if next(spec.unit.with_twins(spec.cases()), None) is not None:
            window = self._window(spec)
            self._run_all(window)
        self._done.update(map(id, window))

    def _run_until_decided(self) -> None:
        """Run every planned unit, each block by block until its gates are decided."""
        units: dict[int, list[Spec]] = {}
        for spec in filter(self.ready.runnable, self._order):
            units.setdefault(id(spec.unit), []).append(spec)
        for key, specs in units.items():
            run = partial(self._run_all, specs)
            self.stops[key] = run_in_blocks(specs[0].unit, specs, run, rows_of, seed=self.options.seed)
        self._done.update(map(id, self._order))

    def _run_budget(self) -> None:
        """Spend the budget on what was planned: at random first, then hunting."""
        from pytest_robust.hunting import spend

        specs = list(filter(self.ready.runnable, self._order))
        remembered = self.against.snapshot if self.against else None
        options = self.options
        self.spent = spend(specs, self._run_cases, budget=options.budget, seed=options.seed, remembered=remembered)
        self._done.update(map(id, self._order))

    def _run_cases(self, cases: Sequence[tuple[Unit, Case]]) -> None:
        """Run ``cases`` and their twins."""
        groups: dict[int, tuple[Unit, list[Case]]] = {}
        for unit, case in cases:
            groups.setdefault(id(unit), (unit, []))[1].append(case)
        flows = (
            ((unit, case), unit.flow(case)) for unit, own in groups.values() for case in unit.with_twins(iter(own))
        )
        self._drive([unit for unit, _ in groups.values()], flows, len(cases))

    def verdict(self, spec: Spec) -> Verdict:
        """Return the verdict of a gate spec whose cases have results."""
        gate = spec.gate
        if gate is None:
            raise ValueError("not a gate")
        key = (id(spec.unit), gate.name, spec.cell)
        if key not in self.verdicts:
            self.verdicts[key] = verdict_of(spec, gate, self.stops.get(id(spec.unit)))
        return self.verdicts[key]

    def finish(self, *, complete: bool) -> None:
        """Commit and close; a run that was not interrupted is marked as finished."""
        if self._engine is not None and self._ledger is not None:
            self._engine.close()
            if complete and self._run is not None and self._joined is None:
                self._ledger.finish_run(self._run)
            self._ledger.close()
            if self._joined is None:  # workers leave that to the process that opened the run
                from pytest_robust.upkeep import keep_limits

                keep_limits(self._ledger, self.options)
        if self._joined is not None:
            self._joined.client.close()

    def release(self) -> None:
        """Let go of everything that was answered: nobody asks any more, and pytest ends with garbage collections."""
        for unit in self.units:
            unit.results.clear()
        self.received.clear()
        self._engine = None

    def _run_all(self, specs: Sequence[Spec], wanted_case: Callable[[Case], bool] = lambda case: True) -> None:
        units = {id(spec.unit): spec.unit for spec in specs if self.ready.runnable(spec)}
        self._drive(units.values(), flows_of(filter(self.ready.runnable, specs), wanted_case), expected(specs))

    def _drive(self, units: Iterable[Unit], own: Iterable[tuple[Owner, Flow[Result]]], number: int) -> None:
        """Run the flows of ``units`` and keep what comes out."""
        engine = self.engine
        for unit in units:
            engine.add_endpoints(unit.endpoints)
            if self._joined:
                self._origins.update(self.binder.origins(unit))
        with self.bar() as progress:
            if progress is not None:
                engine.progress = progress
            flows = counted_once(own, self._joined.client) if self._joined else own
            for (unit, case), result in engine.run(flows, expected=number):
                unit.results[case.id] = result

    def _window(self, spec: Spec) -> Sequence[Spec]:
        start = self._position.get(id(spec))
        if start is None:
            return [spec]
        size = self.options.window or len(self._order)
        return self._order[start : start + size]
