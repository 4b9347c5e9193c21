"""The session against a baseline: what items of the comparison are judged on, and which single failures are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_robust.items import Spec
from pytest_robust.outcomes import PASSED, Outcome
from robustcore.case import Case
from robustcore.report.baseline import PASSED as PASS_RATE
from robustcore.report.baseline import ScenarioRows, Snapshot, Split, read_snapshot, scenario_rows
from robustcore.report.comparison import BaselineReport, Comparison
from robustcore.scenario.unit import Unit

if TYPE_CHECKING:
    from robustcore.report.types import ScenarioReport

SHOWN = 12  # broken cases named in the text of a comparison


class Against:
    """A baseline, read at the start. ``source`` is how reports name it.

    All comparisons of a session are one family (Holm), so that they are made together, once everything they rest on
    has a result.
    """

    def __init__(self, path: Path, shown: str) -> None:
        self.source = shown
        self.snapshot: Snapshot = read_snapshot(path)
        self.found: BaselineReport | None = None
        self._passed = {name: _passed(rows) for name, rows in self.snapshot.items()}

    def compare(self, specs: Iterable[Spec], reports: Mapping[int, ScenarioReport]) -> BaselineReport:
        """Return the comparison of what ``specs`` ask for; ``reports`` holds the cases of each unit by its identity."""
        from robustcore.report.compare import compare

        wanted: dict[str, list[Split]] = {}
        rows: dict[str, ScenarioRows] = {}
        for spec in specs:
            name = spec.unit.scenario.name
            rows[name] = rows.get(name) or scenario_rows(reports[id(spec.unit)])
            wanted.setdefault(name, []).append((spec.gate.measure if spec.gate else PASS_RATE, spec.cell))
        self.found = compare(self.snapshot, rows, source=self.source, wanted=wanted)
        return self.found

    def outcome(self, spec: Spec) -> Outcome:
        """Return the outcome of a comparison that has been made."""
        assert self.found is not None
        measure, name = spec.gate.measure if spec.gate else PASS_RATE, spec.unit.scenario.name
        key = (name, measure, dict(spec.cell))
        one = next(c for c in self.found.comparisons if (c.scenario, c.measure, dict(c.cell)) == key)
        if one.status == "new":
            return Outcome("skipped", one.sentence)
        if one.status == "error":
            return Outcome("error", one.sentence, one.sentence)
        if one.status == "regressed":
            return Outcome("failed", one.sentence, self._text(one))
        return PASSED

    def tolerate(self, outcome: Outcome, unit: Unit, case: Case | None = None) -> Outcome:
        """Return ``outcome`` of single cases where a baseline decides: a failure is counted, not fatal."""
        if outcome.kind != "failed":
            return outcome
        known = "counted by the comparison"
        if case is not None:
            passed = self._passed.get(unit.scenario.name, {}).get(
                (case.condition.name, case.example.id, case.replicate)
            )
            known = {1.0: "broken since the baseline", 0.0: "still failing"}.get(
                -1.0 if passed is None else passed, "new"
            )
        return Outcome("tolerated", f"{known}: {outcome.short}")

    def _text(self, one: Comparison) -> str:
        assert self.found is not None
        broken: Sequence[str] = self.found.cases[one.scenario].broken
        limits = f"  worse by    {_number(one.worse.value)}  [{_number(one.worse.low)}, {_number(one.worse.high)}]"
        names = [f"  broken      {case_id}" for case_id in broken[:SHOWN]]
        more = [f"  … and {len(broken) - SHOWN} more"] if len(broken) > SHOWN else []
        accept = "  accept      pytest-robust baseline REPORT.json, if this is meant"
        return "\n".join([one.sentence, "", limits, f"  method      {one.worse.method}", *names, *more, accept])


def tolerate_gate(outcome: Outcome, *, inconclusive: bool, known: bool) -> Outcome:
    """Return the outcome of a gate where a baseline decides: one that is only undecided does not fail the run."""
    if outcome.kind == "failed" and inconclusive and known:
        return replace(outcome, kind="tolerated", short=f"inconclusive, left to the comparison: {outcome.short}")
    return outcome


def _passed(rows: ScenarioRows) -> dict[tuple[str, str, int], float | None]:
    """Return whether each case passed, by condition, question and replicate; None without a verdict."""
    return {
        (name, *key): value if isinstance(value := values[rows.columns.index(PASS_RATE)], int | float) else None
        for name, condition in rows.conditions.items()
        for key, values in condition.values.items()
    }


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"
