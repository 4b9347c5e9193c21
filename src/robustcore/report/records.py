"""Units → case records: everything a report says about single cases, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from robustcore.case import Case
from robustcore.gates.headroom import changed_from
from robustcore.report.types import CaseRecord
from robustcore.scenario.unit import Result, Unit
from robustcore.stats.rows import Row
from robustcore.systems.trial import Trial

OutcomeOf = Callable[[Unit, Result, Result], tuple[str, str]]


def case_records(unit: Unit, outcome_of: OutcomeOf) -> Iterator[CaseRecord]:
    """Yield a record per case of ``unit`` that has a result, as has its clean twin.

    ``outcome_of`` gives outcome and reason for the results of a case and of its twin.
    """
    for condition in unit.scenario.conditions:
        family = condition.family
        for case, result, twin in unit.done(condition):
            if twin is not None:
                yield _record(unit, case, family, result, twin, outcome_of)


def rows_of(records: tuple[CaseRecord, ...], measure: str) -> list[Row]:
    """Return the rows of one measure."""
    return [_row(record, measure) for record in records if measure in record.scores]


def _record(unit: Unit, case: Case, family: str, result: Result, twin: Result, outcome_of: OutcomeOf) -> CaseRecord:
    outcome, reason = outcome_of(unit, result, twin)
    return CaseRecord(
        id=case.id,
        item=case.example.id,
        cluster=case.cluster,
        condition=case.condition.label,
        severity=case.condition.severity,
        family=family,
        replicate=case.replicate,
        outcome=outcome,
        reason=reason,
        changed=changed_from(result.trial, twin.trial),
        scores={name: (score.value, score.reason) for name, score in result.scores.items()},
        clean={name: (score.value, score.reason) for name, score in twin.scores.items()},
        texts={} if unit.slim else _texts(case, result.trial, twin.trial),
    )


def _row(record: CaseRecord, measure: str) -> Row:
    (value, reason), (clean, clean_reason) = record.scores[measure], record.clean[measure]
    return Row(
        case_id=record.id,
        item=record.item,
        cluster=record.cluster,
        condition=record.condition,
        family=record.family,
        severity=record.severity,
        replicate=record.replicate,
        measure=measure,
        value=value,
        reason=reason,
        clean=clean,
        clean_reason=clean_reason,
    )


def _texts(case: Case, trial: Trial, clean: Trial) -> dict[str, str]:
    answer = trial.answer
    evidence = " ".join(f"[{c.doc_id}] {c.text}" for c in answer.citations[:2]) if answer else ""
    return {
        "question": case.example.question,
        "perturbed": trial.question,
        "expected": "" if case.expects_abstention else " | ".join(case.example.answers),
        "clean_answer": clean.answer.text if clean.answer else "",
        "answer": answer.text if answer else "",
        "evidence": evidence,
        "planted": trial.planted,
        "passages": ", ".join(p.doc_id for p in answer.passages or ()) if answer else "",
        "error": trial.error.message if trial.error else trial.note,
    }
