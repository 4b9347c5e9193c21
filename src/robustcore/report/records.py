"""Units → case records: everything a report says about single cases, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from robustcore.case import Case
from robustcore.gates.headroom import changed_from
from robustcore.measures.base import Measure, Score
from robustcore.perturb.writing import NOT_RUN
from robustcore.report.passages import Passages
from robustcore.report.types import CaseOutcome, CaseRecord
from robustcore.scenario.unit import Result, Unit
from robustcore.stats.rows import Row
from robustcore.systems.trace import way_lines
from robustcore.systems.trial import Trial

KEPT = 10  # cases of a condition, of each kind that `_tells`, whose texts are kept where an item is a condition
PlainScore: TypeAlias = tuple[float | None, str]
OutcomeOf: TypeAlias = Callable[[Unit, Result, Result], tuple[CaseOutcome, str]]


def case_records(unit: Unit, outcome_of: OutcomeOf, passages: Passages | None = None) -> Iterator[CaseRecord]:
    """Yield a record per case of ``unit`` that has a result, as has its clean twin.

    Where an item is a condition, texts are kept of its first cases that lost something and that failed like their twin.
    ``outcome_of`` gives outcome and reason for the results of a case and of its twin; ``passages`` takes up the texts
    of what was retrieved and read.
    """
    pool = passages or Passages()
    plain = _Plain()
    replicates, questions = unit.scenario.replicates, {one.id: at for at, one in enumerate(unit.dataset.examples)}
    for row, condition in enumerate(unit.scenario.conditions):
        family = condition.family
        operators = tuple(step.operator.name for step in condition.steps)
        kept: Counter[str] = Counter()
        for case, result, twin in unit.done(condition):
            if twin is None:
                continue  # the run was cut off
            outcome, reason = outcome_of(unit, result, twin)
            tells = _tells(outcome, unit.measures, result, twin) if unit.slim else ""
            kept[tells] += 1
            told = not unit.slim or (tells != "" and kept[tells] <= KEPT)
            yield CaseRecord(
                id=case.id,
                item=case.example.id,
                cluster=case.cluster,
                condition=condition.label,
                severity=condition.severity,
                family=family,
                replicate=case.replicate,
                outcome=outcome,
                reason=reason,
                changed=changed_from(result.trial, twin.trial),
                scores=plain.of(result.scores),
                clean=plain.of(twin.scores),
                texts=_texts(case, result.trial, twin.trial) if told else {},
                tags=case.example.tags,
                operators=operators,
                slice="" if unit.sampled is None else "random" if case.cluster in unit.sampled else "hunted",
                confidence=result.trial.answer.confidence if result.trial.answer else None,
                clean_confidence=twin.trial.answer.confidence if twin.trial.answer else None,
                gold=case.example.gold_doc_ids,
                place=(row * len(questions) + questions[case.example.id]) * replicates + case.replicate,
                **({} if unit.slim else _shown(result.trial, twin.trial, pool)),
                **_realised(result.trial),
            )


def _tells(outcome: str, measures: Sequence[Measure], result: Result, twin: Result) -> str:
    """Return ``lost`` if a case lost something against its twin, ``failed`` if it failed like it, else nothing."""
    for one in measures:
        value, clean = result.scores[one.name].value, twin.scores[one.name].value
        if value is not None and clean is not None and (value < clean if one.higher_is_better else value > clean):
            return "lost"
    return "failed" if outcome == "failed" else ""


def rated(records: Sequence[CaseRecord]) -> Sequence[CaseRecord]:
    """Return the records that enter rates: those that were not chosen for being likely to fail."""
    return [record for record in records if record.slice != "hunted"]


def rows_of(records: Sequence[CaseRecord], measure: str) -> list[Row]:
    """Return the rows of one measure."""
    return [_row(record, measure) for record in records if measure in record.scores]


class _Plain:
    """Scores as plain values, made once for scores that several results share."""

    def __init__(self) -> None:
        self._made: dict[int, Mapping[str, PlainScore]] = {}

    def of(self, scores: Mapping[str, Score]) -> Mapping[str, PlainScore]:
        made = self._made.get(id(scores))  # results outlive this object, so that no id is used twice
        if made is None:
            made = {name: (score.value, score.reason) for name, score in scores.items()}
            self._made[id(scores)] = made
        return made


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
        tags=record.tags,
    )


def _realised(trial: Trial) -> dict[str, Any]:
    """Return what became of the perturbation: its status, how much it changed, and whether it is valid."""
    status = "not_run" if trial.note.startswith(NOT_RUN) else trial.skip or "applied"
    found: dict[str, Any] = {"status": status, "change": trial.change, "similarity": trial.similarity}
    found |= {"remarks": dict(trial.remarks)} if trial.remarks else {}
    found |= {"below_gate": True} if trial.below_gate else {}
    if trial.origins:
        found["origins"] = {name: {"writer": o.writer, "prompt": o.prompt} for name, o in trial.origins}
    verdict = trial.verdict
    if verdict is None:
        return found
    return found | {
        "similarity": verdict.similarity,
        "validity": verdict.validity,
        "oracles": dict(verdict.oracles),
    }


def _shown(trial: Trial, clean: Trial, pool: Passages) -> dict[str, Any]:
    """Return what was retrieved and what was read, of the case and of its clean twin."""
    return {
        "ranking": pool.keys(trial.ranking),
        "clean_ranking": pool.keys(clean.ranking),
        "given": pool.keys(trial.answer.passages if trial.answer else None),
        "clean_given": pool.keys(clean.answer.passages if clean.answer else None),
    }


def _texts(case: Case, trial: Trial, clean: Trial) -> dict[str, str]:
    answer = trial.answer
    evidence = " ".join(f"[{c.doc_id}] {c.text}" for c in answer.citations[:2]) if answer else ""
    if answer is not None and answer.trace is not None:
        evidence = "; ".join((*([evidence] if evidence else []), *way_lines(answer.trace)))
    return {
        "question": case.example.question,
        "perturbed": trial.rejected if isinstance(trial.rejected, str) else trial.question,
        "expected": "" if case.expects_abstention else " | ".join(case.example.answers),
        "clean_answer": clean.answer.text if clean.answer else "",
        "answer": answer.text if answer else "",
        "evidence": evidence,
        "planted": trial.planted,
        "passages": ", ".join(p.doc_id for p in answer.passages or ()) if answer else "",
        "error": trial.error.message if trial.error else trial.note,
    }
