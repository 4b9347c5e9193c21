"""Report: what a session found, as plain values with a versioned schema. docs/report-schema.md documents the JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from robustcore.gates.types import VerdictStatus
from robustcore.report.comparison import BaselineReport
from robustcore.report.findings import Findings
from robustcore.report.spending import BudgetReport
from robustcore.stats.rows import Estimate

SCHEMA = "pytest-robust/report"
VERSION = 1
COUNTED = ("asked", "unique", "hits", "sent", "failed")  # of calls, in every report

CaseOutcome: TypeAlias = Literal["passed", "failed", "tolerated", "skipped", "error"]
"""What a case came to; a tolerated one missed its expectation and is counted by a gate, or only observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One case: its outcome, and each measure's value beside that of its clean twin.

    ``scores`` and ``clean`` map measure names to ``[value, reason]``, value None if unscored. ``changed`` says whether
    the reply or the ranking differs from the clean twin's. ``texts`` holds question, perturbed question, answers and
    evidence (empty in group mode); ``tags`` are the question's. ``status`` is what became of the perturbation:
    ``applied``, the reason why the case was not put to the system, or ``not_run`` where it needed a model that is not
    configured. ``change`` is the share of characters that were changed, ``similarity`` the cosine before and after
    (None: not asked), ``validity`` the verdict on a gated operator's text and ``oracles`` what each oracle said
    (empty: not gated), ``origins`` by operator the model that wrote what was used, and the key of its prompt;
    ``operators`` the condition's, by their full names, ``remarks`` what they note of their edits. ``below_gate`` marks
    the best of several tries none of which was similar enough; ``confidence`` and ``clean_confidence`` are the system's
    own, on its own scale (None: it tells none). ``gold`` are the documents that hold the answer;
    ``ranking`` are the passages that were retrieved and ``given`` those the reader got, as keys of
    `ScenarioReport.passages`, beside those of the clean twin (None: the system does not show them, or in group mode).
    Under a budget ``slice`` is ``random`` or ``hunted`` (which enters no rate) and ``chance`` that with which a hunted
    case was drawn. ``place`` is where the case stands among all that its scenario plans: by condition as the file
    lists them, question and replicate.
    """

    id: str
    item: str
    cluster: str
    condition: str
    severity: float
    family: str
    replicate: int
    outcome: CaseOutcome
    reason: str
    changed: bool
    scores: Mapping[str, tuple[float | None, str]]
    clean: Mapping[str, tuple[float | None, str]]
    texts: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    status: str = "applied"
    change: float | None = None
    similarity: float | None = None
    validity: str = ""
    oracles: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    operators: tuple[str, ...] = ()
    confidence: float | None = None
    clean_confidence: float | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)
    below_gate: bool = False
    gold: tuple[str, ...] = ()
    ranking: tuple[str, ...] | None = None
    clean_ranking: tuple[str, ...] | None = None
    given: tuple[str, ...] | None = None
    clean_given: tuple[str, ...] | None = None
    slice: str = ""
    chance: float | None = None
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Realised:
    """What became of the cases of one condition.

    ``generated`` = ``kept`` + ``rejected`` + ``undecided`` + ``noop`` + ``not_run`` + ``other`` (no oracle, not
    applicable). ``change`` and ``similarity`` are means over the kept cases that have one; ``below_gate`` counts those
    that are the best of several tries, none of them similar enough. ``agreement`` maps pairs of oracles ("encoder,
    judge") to how many of their verdicts were the same, and how many there were. ``below_people`` warns where far fewer
    texts are valid than people found of the same operator.
    """

    generated: int = 0
    kept: int = 0
    rejected: int = 0
    undecided: int = 0
    noop: int = 0
    not_run: int = 0
    other: int = 0
    gated: bool = False
    why_not_run: str = ""
    change: float | None = None
    similarity: float | None = None
    below_gate: int = 0
    agreement: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    below_people: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureCell:
    """A measure under one condition: clean and perturbed estimates on the same pairs, and the paired drop.

    ``headroom`` is an empty string, or the reason why this stress could not have shown a weakness here. ``if_rejected``
    is the range of ``perturbed`` if the rejected and undecided cases had all scored 0 or all 1 (None: there are none,
    or the measure leaves [0, 1]).
    """

    measure: str
    clean: Estimate
    perturbed: Estimate
    drop: Estimate
    headroom: str = ""
    if_rejected: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionReport:
    """A perturbation at one severity: outcome counts, its measures, and what became of its cases."""

    label: str
    severity: float
    family: str
    outcomes: Mapping[str, int]
    measures: tuple[MeasureCell, ...]
    realised: Realised = field(default_factory=lambda: Realised())


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """The verdict of one gate cell in words and numbers.

    ``needed`` questions, or ``replicates`` of each case, would decide an inconclusive one (None: not known, or none
    would); ``flips`` is the chance that a re-run on the same questions gives another verdict (None: no replicates);
    ``asked`` are the questions asked and planned under ``--robust-sequential`` (None: judged once, on everything);
    ``place`` is where the cell stands among all gates of its scenario and their cells, in the order of the file.
    """

    name: str
    measure: str
    cell: Mapping[str, str]
    threshold: str
    confidence: float
    status: VerdictStatus
    estimate: Estimate
    sentence: str
    needed: int | None
    where: str
    replicates: int | None = None
    flips: float | None = None
    asked: tuple[int, int] | None = None
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteReport:
    """An aggregate over several conditions: its options and status tag, its value, and what it really ``covers``.

    ``complete`` says that no part of it is missing.
    """

    name: str
    status: str
    options: Mapping[str, Any]
    estimate: Estimate
    covers: str
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReport:
    """What the questions came from: name, number of documents and questions, and the corpus's fingerprint."""

    name: str
    docs: int
    questions: int
    unanswerable: int
    fingerprint: str

    @property
    def size(self) -> str:
        """Return how much it is, in words."""
        return f"{self.questions} questions ({self.unanswerable} unanswerable), {self.docs} documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureReport:
    """What a reader has to know of a measure: its status tag, direction, kind and options.

    ``unscored`` says why no case has a value, clean or perturbed; empty where one has.
    """

    status: str
    higher_is_better: bool
    binary: bool
    descriptive: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    unscored: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioReport:
    """A scenario on its data and system. ``measures`` are by name.

    ``suites`` are the aggregates over several conditions, ``limits`` what a reader has to bear in mind, in words,
    ``findings`` what the rows say beyond means and gates. ``passages`` maps the keys that cases name to texts;
    ``rerun`` is the command that runs a case again, with ``{case}`` for its id, or ``{condition}`` for its condition in
    group mode. ``place`` is where the scenario stands among all that were collected.
    """

    name: str
    where: str
    claim: str
    system: str
    data: DataReport
    measures: Mapping[str, MeasureReport]
    conditions: tuple[ConditionReport, ...]
    gates: tuple[GateReport, ...]
    cases: tuple[CaseRecord, ...]
    suites: tuple[SuiteReport, ...] = ()
    limits: tuple[str, ...] = ()
    findings: Findings = field(default_factory=lambda: Findings())
    passages: Mapping[str, str] = field(default_factory=dict)
    rerun: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointReport:
    """What an endpoint was sent in this session and what that took; replies from the ledger cost nothing.

    ``seconds`` is the time of its responses, that of calls side by side added up; tokens are 0 where none are told;
    ``cost`` is None without a price; ``live`` says that calls cost money or leave the machine.
    """

    name: str
    sent: int
    failed: int
    seconds: float
    input_tokens: int
    output_tokens: int
    cost: float | None
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A session.

    ``calls`` are the engine's counters, ``endpoints`` what each took, ``notes`` what a reader should know, ``versions``
    the tools'; ``baseline`` how it compares with an earlier run (None: nothing was given to compare with). Paths are
    relative to where pytest was started: ``folder``, below the root of the repository.
    ``budget`` is what a budget was spent on (None: everything was asked).
    """

    created: str
    versions: Mapping[str, str]
    run: str
    resumed: bool
    calls: Mapping[str, int | float]
    notes: tuple[str, ...]
    scenarios: tuple[ScenarioReport, ...]
    endpoints: tuple[EndpointReport, ...] = ()
    baseline: BaselineReport | None = None
    folder: str = ""
    budget: BudgetReport | None = None
