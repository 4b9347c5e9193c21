"""The one sentence a verdict licenses: rounded so that it never claims more than the numbers do."""

from __future__ import annotations

import math
from collections.abc import Mapping

from robustcore.gates.cells import Cell, words_of
from robustcore.gates.types import Gate, VerdictStatus
from robustcore.stats.rows import NOTHING_CLEAN, Estimate

SCOPE = "for questions like these and this generator"


def sentence(
    gate: Gate,
    cell: Cell,
    status: VerdictStatus,
    estimate: Estimate,
    needed: int | None,
    *,
    covers: str = "",
    replicates: int | None = None,
) -> str:
    """Return what may be quoted of a verdict that is not an error; ``covers`` is what a suite aggregate rests on."""
    subject = f"{gate.measure} over {covers}" if covers else f"{gate.measure} {words_of(cell)}"
    if estimate.reason == NOTHING_CLEAN:
        clean = f"the clean score of {_count(estimate)} is 0, and no share of it can be lost"
        return f"{subject} has no value: {clean}; {_wanted(gate)}: {status}"
    if estimate.value is None:
        return f"{subject} has no value: no scored case{_reasons(estimate.unscored)}; {_wanted(gate)}: {status}"
    if not gate.sampled:
        basis = f"({_count(estimate)}, conditional on these questions)"
        return f"{subject} is {_near(estimate.value)} {basis}; {_wanted(gate)}: {status}"
    basis = f"({_percent(gate.confidence)} one-sided, {_count(estimate)}, {estimate.method}), {SCOPE}"
    if estimate.low is None or estimate.high is None:
        says = f"{subject} is {_near(estimate.value)} on {_count(estimate)}; {estimate.method}{_hint(estimate)}"
        return f"{says}; {_wanted(gate)}: {status}{_more(needed, replicates)}"
    lower = (status == "passed") == (gate.at_least is not None)
    if status == "inconclusive":
        says = f"is {_near(estimate.value)}, between {_down(estimate.low)} and {_up(estimate.high)}"
    else:
        says = f"is at least {_down(estimate.low)}" if lower else f"is at most {_up(estimate.high)}"
    return f"{subject} {says} {basis}; {_wanted(gate)}: {status}{_more(needed, replicates)}"


def lost_sentence(gate: Gate, cell: Cell, lost: Mapping[str, int], asked: int) -> str:
    """Return the sentence of a gate that cannot be judged because too many cases were lost."""
    total = sum(lost.values())
    share = f"{total} of {asked} cases lost{_reasons(lost)}"
    allowed = _percent(gate.max_unscored)
    return f"{gate.measure} {words_of(cell)} cannot be judged: {share}, more than the {allowed} allowed: error"


def not_run_sentence(gate: Gate, cell: Cell, why: str) -> str:
    """Return the sentence of a gate of which no case was run; ``why`` says what that would take."""
    return f"{gate.measure}{f' {words_of(cell)}' if cell else ''} {why}"


def _wanted(gate: Gate) -> str:
    return f"required at least {gate.at_least:g}" if gate.at_least is not None else f"required at most {gate.at_most:g}"


def _count(estimate: Estimate) -> str:
    questions = f"{estimate.clusters} question{'s' * (estimate.clusters != 1)}"
    return questions if estimate.n == estimate.clusters else f"{questions}, {estimate.n} cases"


def _more(needed: int | None, replicates: int | None) -> str:
    again = f"about {replicates} replicates of each case" if replicates else ""
    asked = f"about {needed} questions" if needed else ""
    return f"; {' or '.join(filter(None, (asked, again)))} would decide" if needed or replicates else ""


def _hint(estimate: Estimate) -> str:
    varied = "the clusters do not vary"
    return " (split the gate by perturbation and severity, or gate worst_case)" if varied in estimate.method else ""


def _reasons(counts: Mapping[str, int]) -> str:
    spelled = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
    return f" ({spelled})" if spelled else ""


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


def _near(value: float) -> str:
    return f"{value:.3f}"


def _down(value: float) -> str:
    return f"{math.floor(value * 1000 + 1e-9) / 1000:.3f}"


def _up(value: float) -> str:
    return f"{math.ceil(value * 1000 - 1e-9) / 1000:.3f}"
