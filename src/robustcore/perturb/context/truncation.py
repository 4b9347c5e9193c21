"""Passages cut in the middle: one operator for the cases whose evidence comes through, one for those that lose it."""

from __future__ import annotations

from robustcore.corpus.records import Example
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import evidence_in, evidence_survives, with_texts
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds, may_hold

MARKER = " [… text left out …] "  # with words in it: what stands before and behind is not read as one


@perturbation("context.truncate", preserves=Preserves.MEANING)
def truncate(context: Passages, at: At) -> Edit[Passages]:
    """Cut a share ``severity`` out of the middle of every passage, where the evidence survives (arXiv 2601.21937).

    Of each text the first and the last half of a budget of ``1 - severity`` of its characters stay, a marker between
    them. ``edits`` counts the characters left out. Titles stay.

    What a cut preserves depends on where the answer stands, and an operator preserves one thing. So this one takes the
    cases that keep their answer (the reply should stay right), and `truncate_evidence` the others, for the same cut:
    each is ``not_applicable`` to what belongs to the other.
    """
    if not context:
        return refused(context, "noop", "no passage to cut")
    value, lost = _cut(context, at.severity)
    if not evidence_survives(context, value, at.example):
        return refused(context, "not_applicable", "the cut takes the answer: a case of context.truncate_evidence")
    return Edit(value=value, edits=lost)


@perturbation("context.truncate_evidence", preserves=Preserves.EVIDENCE_REMOVING)
def truncate_evidence(context: Passages, at: At) -> Edit[Passages]:
    """Cut a share ``severity`` out of the middle of every passage, where that takes the answer (arXiv 2601.21937).

    The cut is that of `truncate`; here declining is the right reply. ``not_applicable``: no passage states the answer,
    or it survives; ``undecided_case``: another passage still states it, or may do so in another shape.
    """
    example = at.example
    if not example.answerable or not evidence_in(context, example):
        return refused(context, "not_applicable", "no passage states an answer that a cut could take")
    value, lost = _cut(context, at.severity)
    if evidence_survives(context, value, example):
        return refused(context, "not_applicable", "the answer survives the cut: a case of context.truncate")
    doubtful = _doubtful(value, example)
    if doubtful:
        return refused(context, "undecided_case", f"a gold answer may still stand in {doubtful}")
    return Edit(value=value, edits=lost)


OPERATORS: tuple[Operator, ...] = (truncate, truncate_evidence)


def _cut(context: Passages, share: float) -> tuple[Passages, int]:
    """Return the passages without the share of each that is cut, and how many characters that is."""
    texts = []
    lost = 0
    for passage in context:
        size = len(passage.text)
        budget = int((1 - share) * size + 0.5)
        head, tail = budget - budget // 2, budget // 2
        cut = f"{passage.text[:head]}{MARKER}{passage.text[size - tail :]}".strip()
        texts.append(cut if budget < size else passage.text)
        lost += size - budget
    return with_texts(context, texts), lost


def _doubtful(context: Passages, example: Example) -> str:
    answers = example.answers
    return ", ".join(p.doc_id for p in context if holds(p, answers) or may_hold(p, answers))
