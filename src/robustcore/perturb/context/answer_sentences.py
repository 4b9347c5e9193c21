"""The sentences that state the answer taken out of the passages; what only resembles them stays."""

from __future__ import annotations

from dataclasses import replace

from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import documents, evidence_in
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds, may_hold
from robustcore.perturb.language.sentences import sentence_spans
from robustcore.perturb.language.text import spliced


@perturbation("context.remove_answer_sentences", preserves=Preserves.EVIDENCE_REMOVING, levels=(1.0,))
def remove_answer_sentences(context: Passages, at: At) -> Edit[Passages]:
    """Delete every sentence that states a gold answer, whatever its case, from every passage (RARE, arXiv 2506.00789).

    Everything else stays, sentences close to the question in their words too: passages that look as if they held the
    answer and do not. A title that states the answer goes, and so does a passage of which nothing is left (its
    document is ``removed`` if no passage of it is left). ``edits`` counts sentences and titles.

    Rule check: no passage holds a gold answer afterwards; ``undecided_case`` if one still may, in another shape or
    across two sentences. ``noop`` if nothing of gold was retrieved; ``no_oracle`` without gold answers, or if a gold
    passage is there and does not state one word for word; ``not_applicable`` to an unanswerable question.
    """
    example = at.example
    if not example.answerable:
        return refused(context, "not_applicable", "the question has no answer to remove")
    if not example.answers:
        return refused(context, "no_oracle", "without gold answers nobody can tell which sentences state them")
    if not evidence_in(context, example):
        if any(passage.doc_id in example.gold_doc_ids for passage in context):
            return refused(context, "no_oracle", "the gold passage does not state the answer word for word")
        return refused(context, "noop", "nothing of gold in the context")
    cut = [_without(passage, example.answers) for passage in context]
    kept = tuple(passage for passage, _ in cut if passage is not None)
    doubtful = [p.doc_id for p in kept if holds(p, example.answers) or may_hold(p, example.answers)]
    if doubtful:
        return refused(context, "undecided_case", f"a gold answer may still stand in {', '.join(doubtful)}")
    left = documents(kept)
    gone = tuple(doc_id for doc_id in documents(context) if doc_id not in left)
    return Edit(value=kept, edits=sum(count for _, count in cut), removed=gone)


OPERATORS: tuple[Operator, ...] = (remove_answer_sentences,)


def _without(passage: Passage, answers: tuple[str, ...]) -> tuple[Passage | None, int]:
    """Return the passage without what states one of ``answers`` (None: nothing is left) and how much that was."""
    stating = [(s, e) for s, e in sentence_spans(passage.text) if contains_answer(passage.text[s:e], answers)]
    titled = contains_answer(passage.title, answers)
    if not stating and not titled:
        return passage, 0
    cuts = [(start, _to_next(passage.text, end), "") for start, end in stating]
    text = spliced(passage.text, cuts).rstrip() if stating else passage.text
    left = replace(passage, text=text, title="" if titled else passage.title)
    return (left if text.strip() else None), len(stating) + titled


def _to_next(text: str, end: int) -> int:
    """Return where what follows the white space behind ``end`` begins."""
    return end + len(text[end:]) - len(text[end:].lstrip())
