"""Why cases of a gate have no value; gates of which no case was run are told apart from those that were undecided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pytest_robust.items import Cell
from robustcore.gates.types import Gate, Verdict
from robustcore.perturb.writing import NOT_RUN
from robustcore.scenario.unit import Unit
from robustcore.stats.rows import Row


def told_apart(verdict: Verdict, unit: Unit, rows: Sequence[Row]) -> Verdict:
    """Return ``verdict``, or ``not_run`` in its place if every case it rests on lacked something that runs it.

    ``rows`` are those the gate was judged on, with or without its aggregate's other parts. Something that runs a case
    is a language model, an agent, a judge, a writer: what the note of the case says after "not run:".
    """
    if verdict.status != "inconclusive" or verdict.estimate.value is not None:
        return verdict
    from robustcore.gates.expression import parse_expression
    from robustcore.gates.judge import not_run

    suite = parse_expression(verdict.gate.measure).suite
    notes = list(_notes(unit, suite.fold(rows) if suite else rows))
    if not notes or not all(note.startswith(NOT_RUN) for note in notes):
        return verdict
    return not_run(verdict, Counter(notes).most_common(1)[0][0])


def why_unscored(unit: Unit, rows: Sequence[Row]) -> str:
    """Return what most of the unscored cases among ``rows`` say, where they are more than those with a value."""
    said = Counter(_notes(unit, rows))
    scored = said.pop("", 0)
    return said.most_common(1)[0][0] if sum(said.values()) > scored else ""


def unasked(gate: Gate, cell: Cell, why: str) -> Verdict:
    """Return the verdict of a gate whose cases were not put to the system, because of ``why``."""
    from robustcore.gates.judge import judge_cell, not_run

    return not_run(judge_cell(gate, cell, ()), f"{NOT_RUN}{why}")


def _notes(unit: Unit, rows: Sequence[Row]) -> Iterator[str]:
    """Yield why the case of each row was not run, or not scored; an empty string for one that was."""
    for row in rows:
        result = unit.results.get(row.case_id)
        if row.value is not None or result is None:
            yield ""
        else:
            score = result.scores.get(row.measure)
            yield result.trial.note or (score.note if score else "")
