"""Whether a unit can run: its system can be built, may be asked, and offers what is disturbed."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_robust.items import Spec
from pytest_robust.options import Options
from robustcore.endpoints.specs import check_ready
from robustcore.errors import RobustError
from robustcore.perturb.writing import NOT_RUN
from robustcore.scenario.unit import Unit


class Readiness:
    """Answers by unit, each found once: building a system may take long, and fails the same way again."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._broken: dict[int, str] = {}
        self._not_asked: dict[int, str] = {}
        self.notes: list[str] = []

    def skipped(self, spec: Spec) -> str:
        """Return why ``spec`` is not run although its system could be built, or an empty string.

        It is noted where no gate is there to tell it.
        """
        reason = self.unasked(spec.unit, spec.missing_points) or _no_vectors(spec)
        if reason and not spec.unit.scenario.gates and (note := f"{NOT_RUN}{reason}") not in self.notes:
            self.notes.append(note)
        return reason

    def unasked(self, unit: Unit, missing: Iterable[str]) -> str:
        """Return why the system is not asked: points that are ``missing``, or no leave to; or an empty string."""
        points = ", ".join(missing)
        if points:
            return f"missing injection point: {unit.system.name} does not offer {points}; {unit.system.hint}"
        return self.not_asked(unit)

    def broken_reason(self, unit: Unit) -> str:
        """Return why the unit's system cannot be built, or an empty string."""
        reason = self._broken.get(id(unit))
        if reason is None:
            reason = self._broken[id(unit)] = self._build_error(unit)
        return reason

    def not_asked(self, unit: Unit) -> str:
        """Return why a unit whose system could be built is not run: nobody allowed what it needs. Else an empty string.

        It is skipped as a whole, before its local part (a retriever, an index) does work that nobody would see. A plan
        sends nothing, so that it may count everything.
        """
        if self._options.live or self._options.plan_only:
            return ""
        reason = self._not_asked.get(id(unit))
        if reason is None:
            reason = self._not_asked[id(unit)] = _not_allowed(unit)
        return reason

    def runnable(self, spec: Spec) -> bool:
        """Say whether ``spec`` can run: its system is there, may be asked, and offers the points."""
        return not self.broken_reason(spec.unit) and not spec.missing_points and not self.not_asked(spec.unit)

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


def _no_vectors(spec: Spec) -> str:
    return (
        f"needs a retriever with vectors (dense), and {spec.unit.system.name} shows none" if spec.lacks_vectors else ""
    )


def _not_allowed(unit: Unit) -> str:
    live = sorted(name for name, endpoint in unit.endpoints.items() if endpoint.live)
    if not live:
        return ""
    costs = "costs money or leaves the machine" if len(live) == 1 else "cost money or leave the machine"
    return f"not asked: {', '.join(live)} {costs}; allow it with --robust-live"
