"""Variants: what operators make of questions, as plain values to be read, printed or written as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from robustcore.calls.flows import values
from robustcore.calls.types import Flow
from robustcore.case import Case, Condition
from robustcore.corpus.records import Corpus, Dataset, Passage
from robustcore.perturb.edit import CorpusEdit, Models
from robustcore.perturb.writing import NOT_RUN, compared
from robustcore.stats.validity import below_people
from robustcore.systems.changes import changed_passages, edit_share
from robustcore.systems.drive import guarded
from robustcore.systems.mirror import Mirror
from robustcore.systems.trial import Trial

Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A question under one condition: before and after, how much changed, and whether it is still the same test.

    ``status`` is ``applied``, ``not_run``, ``error`` or a reason of `Trial`; ``note`` says why in words. ``question``
    is the text that was made, also if it was rejected; ``before`` and ``after`` are the passages (id, text) where the
    condition edits them or what is indexed. ``change`` is the share of characters, ``similarity`` the cosine of the
    questions (None: no encoder), ``validity`` the verdict (empty: the operator is not gated), ``oracles`` who said
    what, ``score`` the encoder's. ``writer`` names the model that wrote the text.
    """

    item: str
    asked: str
    condition: str
    severity: float
    operators: tuple[str, ...]
    preserves: tuple[str, ...]
    status: str
    note: str
    question: str
    before: Texts = ()
    after: Texts = ()
    change: float | None = None
    similarity: float | None = None
    validity: str = ""
    oracles: Mapping[str, str] = field(default_factory=dict)
    score: float | None = None
    writer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the questions of one condition: counts, and means over those kept."""

    condition: str
    severity: float
    generated: int
    kept: int
    rejected: int
    undecided: int
    noop: int
    not_run: int
    other: int
    change: float | None
    similarity: float | None
    warning: str


def variants(
    dataset: Dataset, conditions: Sequence[Condition], models: Models
) -> Iterator[tuple[tuple[int, int], Flow[Variant]]]:
    """Yield the flow of each variant, with the places of its question and its condition."""
    for row, example in enumerate(dataset.examples):
        system = Mirror(example=example, corpus=dataset.corpus)
        for column, condition in enumerate(conditions):
            case = Case(f"{condition.name}-{example.id}", example, condition)
            yield (row, column), _variant(case, system, models)


def _variant(case: Case, system: Mirror, models: Models) -> Flow[Variant]:
    missing = sorted(case.condition.points - system.points)
    if missing:
        needs = f"{NOT_RUN}needs documents" if set(missing) <= {"context", "corpus"} else f"{NOT_RUN}edits no text"
        trial = Trial(case=case, question=case.example.question, skip="not_applicable", note=needs)
        return _seen(case, system, trial, None)
    of_question = case.condition.points <= {"question"}  # then no documents are looked up
    trial = yield from guarded(case, replace(system, corpus=Corpus()) if of_question else system, system.corpus, models)
    similarity = trial.verdict.similarity if trial.verdict else trial.similarity
    made = _made(trial)
    if similarity is None and models.encoder and made != case.example.question:
        (found,) = yield from values([compared(models.encoder, case.example.question, made)])
        similarity = found["cosine"]
    return _seen(case, system, trial, similarity)


def _made(trial: Trial) -> str:
    return trial.rejected if isinstance(trial.rejected, str) else trial.question


def _seen(case: Case, system: Mirror, trial: Trial, similarity: float | None) -> Variant:
    steps = case.condition.steps
    made, verdict = _made(trial), trial.verdict
    before, after = _passages(case, system, trial)
    return Variant(
        item=case.example.id,
        asked=case.example.question,
        condition=case.condition.label,
        severity=case.condition.severity,
        operators=tuple(step.operator.name for step in steps),
        preserves=tuple(dict.fromkeys(step.operator.preserves.value for step in steps)),
        status=_status(trial),
        note=trial.error.message if trial.error else trial.note or _remarks(trial),
        question=made,
        before=_texts(before),
        after=_texts(after),
        change=_change(case, made, before, after),
        similarity=similarity,
        validity=verdict.validity if verdict else "",
        oracles=dict(verdict.oracles) if verdict else {},
        score=verdict.score if verdict else None,
        writer=", ".join(dict.fromkeys(origin.writer for _, origin in trial.origins)),
    )


def _remarks(trial: Trial) -> str:
    mark = "below_gate: " if trial.below_gate else ""
    return mark + "; ".join(note for _, note in trial.remarks)


def _status(trial: Trial) -> str:
    if trial.error:
        return "error"
    return "not_run" if trial.note.startswith(NOT_RUN) else trial.skip or "applied"


def _passages(case: Case, system: Mirror, trial: Trial) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """Return the passages before and after, where the condition touches them at all."""
    points = case.condition.points
    if points <= {"question"}:
        return (), ()
    whole = system.passages(trial.question, CorpusEdit()) if "corpus" in points else ()
    before = whole or trial.ranking or ()
    if isinstance(trial.rejected, tuple):
        return before, trial.rejected
    shown = trial.answer.passages if trial.answer else None
    return before, before if shown is None else shown


def _change(case: Case, made: str, before: Sequence[Passage], after: Sequence[Passage]) -> float | None:
    shares = [edit_share(case.example.question, made)] if made != case.example.question else []
    shares += [changed_passages(before, after)] if before != after else []
    return max(shares, default=None)


def _texts(passages: Iterable[Passage]) -> Texts:
    return tuple((passage.doc_id, passage.text) for passage in passages)


def tallies(found: Sequence[Variant]) -> list[Tally]:
    """Return a tally per condition, in the order in which they come first."""
    groups: dict[tuple[str, float], list[Variant]] = {}
    for variant in found:
        groups.setdefault((variant.condition, variant.severity), []).append(variant)
    return [_tally(group) for group in groups.values()]


def _tally(group: Sequence[Variant]) -> Tally:
    count = [variant.status for variant in group].count
    kept = [variant for variant in group if variant.status == "applied"]
    known = sum(map(count, ("applied", "invalid_case", "undecided_case", "noop", "not_run")))
    verdicts = [variant.validity for variant in group if variant.validity]
    first = group[0]
    single = first.operators[0] if len(first.operators) == 1 else ""
    return Tally(
        condition=first.condition,
        severity=first.severity,
        generated=len(group),
        kept=len(kept),
        rejected=count("invalid_case"),
        undecided=count("undecided_case"),
        noop=count("noop"),
        not_run=count("not_run"),
        other=len(group) - known,
        change=_mean([variant.change for variant in kept]),
        similarity=_mean([variant.similarity for variant in kept]),
        warning=below_people(single, verdicts.count("valid"), len(verdicts)),
    )


def _mean(found: Sequence[float | None]) -> float | None:
    known = [value for value in found if value is not None]
    return sum(known) / len(known) if known else None
