"""What one item comes to: skipped, run and judged, or held against the baseline."""

from __future__ import annotations

from pytest_robust.against import tolerate_gate
from pytest_robust.items import Spec
from pytest_robust.outcomes import Outcome, of_case, of_gate, of_group
from pytest_robust.session import RobustSession
from pytest_robust.unrun import unasked


def outcome(session: RobustSession, spec: Spec) -> Outcome:
    """Return the outcome of ``spec``, running what it needs if nobody has yet."""
    broken = session.ready.broken_reason(spec.unit)
    if broken:
        return Outcome("error", broken.splitlines()[0], broken)
    why = session.ready.skipped(spec)
    if why:
        if spec.gate is not None:
            session.verdicts[id(spec.unit), spec.gate.name, spec.cell] = unasked(spec.gate, spec.cell, why)
        return Outcome("skipped", why)
    if spec.kind == "baseline":
        return _compared(session, spec)
    session.ensure(spec)
    why = _left_out(session, spec)
    return Outcome("skipped", why) if why else _judged(session, spec)


def _judged(session: RobustSession, spec: Spec) -> Outcome:
    """Return what the results of ``spec`` come to; with a baseline, what it knows of is tolerated."""
    against, unit = session.against, spec.unit
    if spec.case is not None:
        found = of_case(unit, spec.case)
        return against.tolerate(found, unit, spec.case) if against else found
    if spec.gate is None:
        return against.tolerate(of_group(spec), unit) if against else of_group(spec)
    verdict = session.verdict(spec)
    found = of_gate(unit, verdict)
    if against is None:
        return found
    open_ = verdict.status == "inconclusive"
    return tolerate_gate(found, inconclusive=open_, known=verdict.estimate.value is not None)


def _left_out(session: RobustSession, spec: Spec) -> str:
    """Return why a planned case was not asked, an empty string if it was."""
    if spec.case is None:
        return ""
    if session.spent is not None:
        from pytest_robust.hunting import why_not

        return why_not(spec.unit, spec.case, session.spent)
    stop = session.stops.get(id(spec.unit))
    return stop.why_not(spec.case) if stop is not None else ""


def _compared(session: RobustSession, spec: Spec) -> Outcome:
    """Return the outcome of a comparison; all of the session are made at the first, since they share their error.

    It needs everything that any of them rests on, so that under ``-x`` a run with a baseline saves no calls.
    """
    against = session.against
    assert against is not None
    if against.found is None:
        from pytest_robust.reporting import unit_report

        family = [one for one in session.planned if one.kind == "baseline" and session.ready.runnable(one)] or [spec]
        for one in family:
            session.ensure(one)
        against.compare(family, {id(one.unit): unit_report(session, one.unit) for one in family})
    return against.outcome(spec)
