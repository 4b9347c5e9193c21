"""Passages moved or taken away between retrieval and reading. The value is the passages, best ranked first."""

from __future__ import annotations

from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import below, in_random_order, share_of
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds, may_hold


@perturbation("context.position_shuffle", preserves=Preserves.ADDS_NOISE)
def position_shuffle(passages: Passages, at: At) -> Edit[Passages]:
    """Permute a share ``severity`` of the positions so that each of them gets another passage (our own recipe).

    The permutation is one random cycle (Sattolo), so at severity 1 no passage keeps its rank.
    """
    if len(passages) < 2:
        return refused(passages, "noop", "fewer than two passages")
    wanted = max(2, share_of(len(passages), at.severity))
    order = in_random_order(at.rng, range(len(passages)))
    places = [next(order) for _ in range(wanted)]
    moved = [passages[place] for place in places]
    for index in range(len(moved) - 1, 0, -1):
        other = below(at.rng, index)
        moved[index], moved[other] = moved[other], moved[index]
    shuffled = list(passages)
    for place, passage in zip(places, moved, strict=True):
        shuffled[place] = passage
    return Edit(value=tuple(shuffled), edits=wanted)


@perturbation("context.empty", preserves=Preserves.EVIDENCE_REMOVING, levels=(1.0,))
def empty(passages: Passages, at: At) -> Edit[Passages]:
    """Take every passage away: a context that was promised and is missing (FailSafeQA, arXiv 2502.06329).

    The system reads the question with its usual prompt; `no_documents` asks it without one that promises passages.
    """
    return Edit(value=(), edits=len(passages), removed=tuple(dict.fromkeys(p.doc_id for p in passages)))


@perturbation("context.no_documents", preserves=Preserves.EVIDENCE_REMOVING, levels=(1.0,), setting=True)
def no_documents(passages: Passages, at: At) -> Edit[Passages]:
    """Ask from memory: no passage, and no prompt that promises one (the probe of RARE, arXiv 2506.00789).

    It finds out what the model knows without documents; it is no robustness condition, and enters no other average.
    A system with a method ``probe`` is asked through that, with its prompt for questions alone; any other reads an
    empty context, as under `empty`, where the prompt stays the usual one and its passages are missing.
    """
    return Edit(value=(), edits=len(passages), removed=tuple(dict.fromkeys(p.doc_id for p in passages)), probe=True)


@perturbation("context.remove_gold", preserves=Preserves.EVIDENCE_REMOVING, levels=(1.0,))
def remove_gold(passages: Passages, at: At) -> Edit[Passages]:
    """Take away the passages of gold documents and every other passage that holds a gold answer (our own recipe).

    ``undecided_case`` if what is left may still hold a gold answer in another shape; ``noop`` if nothing of gold was
    retrieved; ``not_applicable`` to an unanswerable question; ``no_oracle`` without gold answers.
    """
    example = at.example
    if not example.answerable:
        return refused(passages, "not_applicable", "the question has no gold to remove")
    if not example.answers:
        return refused(passages, "no_oracle", "without gold answers nobody can tell whether the evidence is gone")
    kept = tuple(p for p in passages if p.doc_id not in example.gold_doc_ids and not holds(p, example.answers))
    if len(kept) == len(passages):
        return refused(passages, "noop", "nothing of gold in the context")
    doubtful = [p.doc_id for p in kept if may_hold(p, example.answers)]
    if doubtful:
        return refused(passages, "undecided_case", f"a gold answer may still stand in {', '.join(doubtful)}")
    gone = tuple(dict.fromkeys(p.doc_id for p in passages if p not in kept))
    return Edit(value=kept, edits=len(passages) - len(kept), removed=gone)


OPERATORS: tuple[Operator, ...] = (position_shuffle, empty, no_documents, remove_gold)
