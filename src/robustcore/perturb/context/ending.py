"""How the operators on passages end: new texts put in place, and one check that the evidence came through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from robustcore.corpus.records import Example, Passage
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds


def evidence_in(context: Passages, example: Example) -> tuple[int, ...]:
    """Return the ranks (from 0) of the evidence: gold passages that hold an answer, else whatever passages hold one."""
    holding = [rank for rank, passage in enumerate(context) if holds(passage, example.answers)]
    gold = [rank for rank in holding if context[rank].doc_id in example.gold_doc_ids]
    return tuple(gold or holding)


def with_texts(context: Passages, texts: Sequence[str]) -> Passages:
    """Return the passages with ``texts`` in place of theirs; titles and ids stay."""
    return tuple(
        passage if text == passage.text else replace(passage, text=text)
        for passage, text in zip(context, texts, strict=True)
    )


def evidence_survives(before: Passages, after: Passages, example: Example) -> bool:
    """Say whether a passage of the evidence still holds an answer, rank by rank; True if there was no evidence."""
    evidence = evidence_in(before, example)
    return not evidence or any(holds(after[rank], example.answers) for rank in evidence)


def retyped(context: Passages, texts: Sequence[str], at: At, *, edits: int, note: str) -> Edit[Passages]:
    """Return the edit that put ``texts`` in place; ``invalid_case`` if no passage of the evidence states an answer."""
    value = with_texts(context, texts)
    if not evidence_survives(context, value, at.example):
        return refused(context, "invalid_case", "the gold answer would be destroyed in every passage that states it")
    return Edit(value=value, edits=edits, note=note)


def each_text(context: Passages, at: At, rewrite: Callable[[str], Edit[str]], *, otherwise: str) -> Edit[Passages]:
    """Return the edit that ``rewrite``, an operator on one text, makes of every passage; no text changed is ``noop``.

    A status other than ``applied`` and ``noop`` on any passage is the status of the whole.
    """
    edits = [rewrite(passage.text) for passage in context]
    bad = next((edit for edit in edits if edit.status not in ("applied", "noop")), None)
    if bad is not None:
        return refused(context, bad.status, bad.note)
    if all(edit.status == "noop" for edit in edits):
        return refused(context, "noop", otherwise)
    return retyped(context, [edit.value for edit in edits], at, edits=sum(edit.edits for edit in edits), note="")


def documents(passages: Sequence[Passage]) -> tuple[str, ...]:
    """Return the document ids of ``passages``, each once."""
    return tuple(dict.fromkeys(passage.doc_id for passage in passages))
