"""The outcome table: the only place where values become pytest outcomes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from pytest_robust.failure import case_text, gate_text
from pytest_robust.items import Spec
from robustcore.calls.types import CallError
from robustcore.case import Case
from robustcore.gates.types import Verdict
from robustcore.measures.base import Score
from robustcore.perturb.writing import NOT_RUN
from robustcore.report.inert import inert
from robustcore.report.types import CaseOutcome
from robustcore.scenario.meets import DEFAULT, INFRASTRUCTURE
from robustcore.scenario.types import Each
from robustcore.scenario.unit import Result, Unit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pytest is told. ``short`` fits the summary line; ``text`` is what a person reads."""

    kind: CaseOutcome
    short: str = ""
    text: str = ""


PASSED = Outcome("passed")
SHOWN = 10  # cases named in the text of a group


def of_case(unit: Unit, case: Case) -> Outcome:
    """Return the outcome of one case; its result and its clean twin's are there."""
    result, twin = unit.results[case.id], unit.twin(case)
    outcome = judged(unit, result, twin)
    if outcome.kind == "failed" or (outcome.kind == "error" and not outcome.text):
        return replace(outcome, text=case_text(unit, case, result, twin, outcome.short))
    return outcome


def judged(unit: Unit, result: Result, twin: Result) -> Outcome:
    """Return the outcome of a case from its result and that of its clean twin, without the text about a failure."""
    trial = result.trial
    if trial.error is not None and trial.error.kind == "system_error":
        return _raised(trial.error, twin)
    if trial.reason:
        return _unscored(trial.reason, trial.note or (trial.error.message if trial.error else ""))
    met = unit.met(result, twin)
    if met.value is None and trial.unread and unit.scenario.each is None:
        return Outcome("tolerated", "ranked; nobody reads, gates count it")
    if met.value is None:
        return _unscored(met.reason, met.note)
    if met.value:
        return PASSED
    each = unit.scenario.each or DEFAULT
    short = _short(each, result.scores[each.measure], twin.scores[each.measure])
    if unit.scenario.each is None:
        gates = ", ".join(gate.name for gate in unit.scenario.gates)
        return Outcome("tolerated", f"tolerated, counted by gate {gates}: {short}" if gates else f"observed: {short}")
    return Outcome("failed", short)


def of_group(spec: Spec) -> Outcome:
    """Return the outcome of all cases of a condition: the worst kind, with counts and the first failures."""
    unit = spec.unit
    kinds: Counter[CaseOutcome] = Counter()
    first: dict[CaseOutcome, list[str]] = {}
    for condition in spec.conditions:
        for case, result, twin in unit.done(condition):
            if twin is None:
                continue  # the run was cut off
            outcome = judged(unit, result, twin)
            kinds[outcome.kind] += 1
            shown = first.setdefault(outcome.kind, [])
            if len(shown) < SHOWN:
                shown.append(f"{case.id}: {outcome.short}")
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    worst: tuple[CaseOutcome, ...] = ("error", "failed", "tolerated", "passed", "skipped")
    kind: CaseOutcome = next((kind for kind in worst if kinds[kind]), "skipped")
    if kind == "passed":
        return PASSED
    shown = first.get(kind, [])
    more = f"\n… and {kinds[kind] - len(shown)} more" if kinds[kind] > len(shown) else ""
    return Outcome(kind, counts, f"{counts}\n" + "\n".join(shown) + more)


def of_gate(unit: Unit, verdict: Verdict) -> Outcome:
    """Return the outcome of a gate cell."""
    if verdict.status == "passed":
        return PASSED
    if verdict.status == "not_run":
        return Outcome("skipped", verdict.sentence)
    text = gate_text(unit, verdict)
    if verdict.status == "error":
        return Outcome("error", verdict.sentence, text)
    if verdict.status == "inconclusive" and verdict.gate.inconclusive == "warn":
        return Outcome("tolerated", f"inconclusive: {verdict.sentence}")
    return Outcome("failed", verdict.sentence, text)


def _raised(error: CallError, twin: Result) -> Outcome:
    what = inert(f"{error.exception}: {error.message}")
    if twin.trial.error is not None:
        return Outcome("error", f"the system raised, on the clean question too: {what}")
    return Outcome("failed", f"the system raises on the perturbed input (twice), not on the clean one: {what}")


def _unscored(reason: str, note: str) -> Outcome:
    note = inert(note, keep="\n")
    words = note if note.startswith(NOT_RUN) else f"{reason}: {note}" if note else reason
    if reason in INFRASTRUCTURE or reason == "system_error":
        return Outcome("error", words, words)
    if reason == "parse_error":  # default policy of spec metrics 0.2: counted, with a gate of its own
        return Outcome("tolerated", f"counted as unparsed: {note}")
    return Outcome("skipped", words)


def _short(each: Each, score: Score, clean: Score) -> str:
    if each.invariant:
        return f"{each.measure} fell from {clean.value:g} (clean) to {score.value:g}"
    bound = f"at least {each.at_least:g}" if each.at_least is not None else f"at most {each.at_most:g}"
    return f"{each.measure} is {score.value:g}, expected {bound}"
