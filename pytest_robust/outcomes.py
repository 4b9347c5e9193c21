"""The outcome table: the only place where values become pytest outcomes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pytest_robust.failure import case_text, gate_text
from pytest_robust.items import Spec
from robustcore.case import Case
from robustcore.gates.types import Verdict
from robustcore.measures.base import Measure, Score
from robustcore.scenario.types import Each
from robustcore.scenario.unit import Result, Unit

Kind: TypeAlias = Literal["passed", "failed", "tolerated", "skipped", "error"]
NOT_ASKED = frozenset({"noop", "invalid_case", "undecided_case", "no_oracle", "not_applicable"})
INFRASTRUCTURE = frozenset({"missing_reply", "judge_error", "infra_error"})
DEFAULT_MEASURE = "passes"  # answer_correct where an answer is expected, abstained where refusing is right


@dataclass(frozen=True, slots=True)
class Outcome:
    """What pytest is told. ``short`` fits the summary line; ``text`` is what a person reads."""

    kind: Kind
    short: str = ""
    text: str = ""


PASSED = Outcome("passed")


def of_case(unit: Unit, case: Case) -> Outcome:
    """Return the outcome of one case; its result and its clean twin's are there."""
    result, twin = unit.results[case.id], unit.twin(case)
    trial = result.trial
    if trial.error is not None and trial.error.kind == "system_error":
        return _raised(unit, case, result, twin)
    if trial.reason:
        return _unscored(trial.reason, trial.note or (trial.error.message if trial.error else ""))
    each = unit.scenario.each or Each(measure=DEFAULT_MEASURE, at_least=1.0)
    score = result.scores[each.measure]
    if score.value is None:
        return _unscored(score.reason, score.note)
    measure = next(m for m in unit.measures if m.name == each.measure)
    clean = twin.scores[each.measure]
    if each.invariant:
        if clean.value is None:
            return _unscored(clean.reason if clean.reason in INFRASTRUCTURE else "not_applicable", "no clean score")
        if _worst(measure, clean):
            return Outcome("skipped", f"not applicable: the clean twin already fails {each.measure}")
    if _meets(each, measure, score, clean):
        return PASSED
    short = _short(each, score, clean)
    if unit.scenario.each is None and unit.scenario.gates:
        gates = ", ".join(gate.name for gate in unit.scenario.gates)
        return Outcome("tolerated", f"tolerated, counted by gate {gates}: {short}")
    return Outcome("failed", short, case_text(unit, case, result, twin, short))


def of_group(spec: Spec) -> Outcome:
    """Return the outcome of all cases of a condition: the worst kind, with counts and the first failures."""
    outcomes = [(case, of_case(spec.unit, case)) for case in spec.cases()]
    kinds = Counter(outcome.kind for _, outcome in outcomes)
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    worst: tuple[Kind, ...] = ("error", "failed", "tolerated", "passed", "skipped")
    kind = next((kind for kind in worst if kinds[kind]), "skipped")
    if kind == "passed":
        return PASSED
    shown = [f"{case.id}: {outcome.short}" for case, outcome in outcomes if outcome.kind == kind][:10]
    more = f"\n… and {kinds[kind] - len(shown)} more" if kinds[kind] > len(shown) else ""
    return Outcome(kind, counts, f"{counts}\n" + "\n".join(shown) + more)


def of_gate(unit: Unit, verdict: Verdict) -> Outcome:
    """Return the outcome of a gate cell."""
    if verdict.status == "passed":
        return PASSED
    text = gate_text(unit, verdict)
    if verdict.status == "error":
        return Outcome("error", verdict.sentence, text)
    if verdict.status == "inconclusive" and verdict.gate.inconclusive == "warn":
        return Outcome("tolerated", f"inconclusive: {verdict.sentence}")
    return Outcome("failed", verdict.sentence, text)


def _raised(unit: Unit, case: Case, result: Result, twin: Result) -> Outcome:
    error = result.trial.error
    what = f"{error.exception}: {error.message}" if error else ""
    if twin.trial.error is not None:
        return Outcome("error", f"the system raised, on the clean question too: {what}", what)
    short = f"the system raises on the perturbed input (twice), not on the clean one: {what}"
    return Outcome("failed", short, case_text(unit, case, result, twin, short))


def _unscored(reason: str, note: str) -> Outcome:
    words = f"{reason}: {note}" if note else reason
    if reason in INFRASTRUCTURE or reason == "system_error":
        return Outcome("error", words, words)
    if reason == "parse_error":  # default policy of spec metrics 0.2: counted, with a gate of its own
        return Outcome("tolerated", f"counted as unparsed: {note}")
    return Outcome("skipped", words)


def _worst(measure: Measure, clean: Score) -> bool:
    return clean.value is not None and (clean.value <= 0 if measure.higher_is_better else clean.value >= 1)


def _meets(each: Each, measure: Measure, score: Score, clean: Score) -> bool:
    value = score.value if score.value is not None else 0.0
    if each.invariant:
        reference = clean.value if clean.value is not None else 0.0
        return value >= reference if measure.higher_is_better else value <= reference
    return (each.at_least is None or value >= each.at_least) and (each.at_most is None or value <= each.at_most)


def _short(each: Each, score: Score, clean: Score) -> str:
    if each.invariant:
        return f"{each.measure} fell from {clean.value:g} (clean) to {score.value:g}"
    bound = f"at least {each.at_least:g}" if each.at_least is not None else f"at most {each.at_most:g}"
    return f"{each.measure} is {score.value:g}, expected {bound}"
