"""The session's report: its own cases and verdicts, joined with what xdist workers sent."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pytest_robust.outcomes import judged
from pytest_robust.session import RobustSession
from robustcore.errors import Location
from robustcore.gates.cells import cells
from robustcore.report.build import endpoint_report, gate_report, scenario_report
from robustcore.report.find import adjusted
from robustcore.report.join import join
from robustcore.report.passages import Passages
from robustcore.report.records import case_records
from robustcore.report.types import CaseOutcome, Report, ScenarioReport
from robustcore.scenario.unit import Result, Unit


def told(session: RobustSession) -> list[tuple[int, Unit]]:
    """Return the units there is something to tell of, results or gates that could not be judged, with their places."""
    judged = {unit for unit, _, _ in session.verdicts}
    return [(place, unit) for place, unit in enumerate(session.units) if unit.results or id(unit) in judged]


def session_report(session: RobustSession, *, tables: bool = True) -> Report:
    """Return the report of everything that has a result in this session, workers included.

    Without ``tables`` a part has none, which is to be joined with others: they are made anew of all cases then.
    """
    scenarios = tuple(_scenario(session, unit, tables=tables, place=place) for place, unit in told(session))
    own = Report(
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        versions=_versions(),
        run=session.run.id if session.run else "",
        resumed=bool(session.run and session.run.resumed),
        calls=session.counters.totals(),
        notes=tuple(session.notes),
        scenarios=scenarios,
        endpoints=tuple(
            endpoint_report(name, session.engine.endpoints[name], spent)
            for name, spent in sorted(session.counters.spent.items())
        ),
        folder=_folder(session.here, session.options.repository),
        budget=session.spent.report if session.spent else None,
    )
    whole = join([own, *session.received])
    if not tables:
        return whole
    whole = adjusted(whole)
    return _compared(session, whole) if session.against else whole


def unit_report(session: RobustSession, unit: Unit) -> ScenarioReport:
    """Return the cases of one unit as a report, without tables."""
    return _scenario(session, unit, tables=False)


def _compared(session: RobustSession, report: Report) -> Report:
    """Return ``report`` with its comparison: the one its items were judged by, or one made of all that workers sent."""
    from robustcore.report.baseline import snapshot_of
    from robustcore.report.compare import compare

    against = session.against
    if against is None:
        return report
    found = against.found
    if found is None or session.received:
        found = compare(against.snapshot, snapshot_of(report), source=against.source)
    return replace(report, baseline=found)


def _scenario(session: RobustSession, unit: Unit, *, tables: bool, place: int = 0) -> ScenarioReport:
    passages, here = Passages(), session.here
    records = tuple(case_records(unit, _outcome, passages))
    if session.spent is not None:
        drawn = session.spent.chances
        records = tuple(replace(record, chance=drawn.get((id(unit), record.id))) for record in records)
    keys = [
        (id(unit), gate.name, cell)
        for gate in unit.scenario.gates  # in the order of the file, whatever the order of the items was
        for cell in cells(gate, unit.scenario.conditions)
    ]
    verdicts = [(at, session.verdicts[key]) for at, key in enumerate(keys) if key in session.verdicts]
    return scenario_report(
        unit,
        records,
        tuple(gate_report(verdict, _where(verdict.gate.where, here), at) for at, verdict in verdicts),
        where=_where(unit.scenario.where, here),
        tables=tables,
        passages=passages.texts,
        rerun=_rerun(session, unit),
        place=place,
    )


def _rerun(session: RobustSession, unit: Unit) -> str:
    """Return the command that runs a case of ``unit`` again, with a placeholder for what its item is called by."""
    what = "{condition}" if unit.scenario.items == "group" else "{case}"
    return session.rerun(Path(unit.scenario.where.file), f"{unit.scenario.slug}[{what}]")


def _outcome(unit: Unit, result: Result, twin: Result) -> tuple[CaseOutcome, str]:
    outcome = judged(unit, result, twin)
    return outcome.kind, outcome.short


def _where(where: Location | None, here: Path) -> str:
    if where is None:
        return ""
    path = Path(where.file)
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return str(replace(where, file=shown.as_posix()))


def _folder(here: Path, repository: Path | None) -> str:
    """Return where pytest was started below the repository: the one CI names, else the next folder up with ``.git``."""
    root = repository or next((up for up in (here, *here.parents) if (up / ".git").exists()), here)
    return here.relative_to(root).as_posix() if here.is_relative_to(root) else ""


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in (
        "pytest-robust",
        "pytest",
        "torch",
        "sentence-transformers",
        "faiss-cpu",
        "ir_measures",
        "langchain-core",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
