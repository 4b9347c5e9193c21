"""Trial: one case driven through one system, kept with what was seen on the way and no opinion about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from robustcore.calls.types import CallError
from robustcore.case import Case
from robustcore.corpus.records import Origin, Passage
from robustcore.systems.again import Again
from robustcore.systems.base import Answer
from robustcore.systems.gate import Verdict
from robustcore.systems.trace import trace_to_json

OF_VECTORS: Final = frozenset(("certificate", "style"))
"""The fields of `Trial` that only a retriever with vectors of questions fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What happened to a case.

    ``question`` is what the system was asked; ``answer`` its reply, or None; ``error`` why there is none;
    ``ranking`` the retrieved passages before any edit of the context (None if the system does not show them);
    ``skip`` a reason of spec metrics 0.2 (``noop``, ``invalid_case``, ``undecided_case``, ``no_oracle``,
    ``not_applicable``) with ``note`` in words; ``planted`` the false value of a contested case; ``added`` and
    ``removed`` the document ids the perturbation put in or took out; ``edits`` the number of elementary edits;
    ``change`` what share of the characters they changed (None: nothing seen of it); ``idle`` the operators of a chain
    that found nothing to change where others did; ``verdict`` whether a gated operator's text is valid, ``rejected``
    the text or the passages that the gate let not pass, ``origins`` which model wrote what was used, by operator;
    ``remarks`` what operators note of the edits they made (counts by kind, the error rate of a reader), by operator;
    ``similarity`` the lowest cosine that an operator with several tries reached, ``below_gate`` that it was too low;
    ``again`` asks the system more about the case, where it shows what it retrieves.

    What only some measures ask for: ``before`` is the ranking of the clean question on the clean corpus (document ids),
    ``certificate`` what a dense retriever says of the question's displacement, ``style`` of its styles. ``unread``: the
    system only retrieves, so there is no answer, and none is missing. ``twin`` is what an agent answered undisturbed.
    """

    case: Case
    question: str
    answer: Answer | None = None
    error: CallError | None = None
    ranking: tuple[Passage, ...] | None = None
    skip: str = ""
    note: str = ""
    planted: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edits: int = 0
    change: float | None = None
    idle: tuple[str, ...] = ()
    verdict: Verdict | None = None
    rejected: Any = None
    origins: tuple[tuple[str, Origin], ...] = ()
    twin: Answer | None = None
    before: tuple[str, ...] | None = None
    certificate: Mapping[str, Any] | None = None
    style: Mapping[str, Any] | None = None
    unread: bool = False
    remarks: tuple[tuple[str, str], ...] = ()
    similarity: float | None = None
    below_gate: bool = False
    again: Again | None = field(default=None, compare=False, repr=False)

    @property
    def reason(self) -> str:
        """Return why this trial cannot be scored, or an empty string."""
        return self.skip or (self.error.kind if self.error else "")


def detail(trial: Trial) -> dict[str, Any]:
    """Return the trial as JSON values, for reports."""
    answer = trial.answer
    return {
        "question": trial.question,
        "answer": None if answer is None else answer.text,
        "abstained": None if answer is None else answer.abstained,
        "citations": [] if answer is None else [[c.doc_id, c.text] for c in answer.citations],
        "passages": [p.doc_id for p in (answer.passages or ())] if answer else [],
        "error": None if trial.error is None else {"kind": trial.error.kind, "message": trial.error.message},
        "skip": trial.skip,
        "note": trial.note,
        "planted": trial.planted,
        "change": trial.change,
        "validity": None if trial.verdict is None else trial.verdict.validity,
        **_way(answer),
    }


def _way(answer: Answer | None) -> dict[str, Any]:
    """Return the way of an agent; nothing for any other system."""
    return {} if answer is None or answer.trace is None else {"trace": trace_to_json(answer.trace)}
