"""Where the evidence stands among the passages, and how often an unhelpful one is repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import documents, evidence_in
from robustcore.perturb.draw import count_at, pick
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import may_hold

_BY_NAME: Final = -1


@perturbation(
    "context.gold_position",
    preserves=Preserves.ADDS_NOISE,
    levels=(1.0,),
    main="position",
    choices={"position": ("first", "middle", "last")},
    ranges={"index": (_BY_NAME, 10_000)},
)
def gold_position(context: Passages, at: At, *, position: str = "first", index: int = _BY_NAME) -> Edit[Passages]:
    """Move the evidence to the first, middle or last place, or to ``index`` (from 0); the others stay in order (ours).

    The evidence is the gold passages that state the answer, else whatever passages do; several move as a block, whose
    first one stands at ``index``. A position is a parameter, not a strength: the one severity is 1. ``noop`` if it
    stands there already; ``not_applicable`` if no passage states the answer, or there is no such place.
    """
    ranks = evidence_in(context, at.example)
    if not ranks:
        return refused(context, "not_applicable", "no passage states the answer, so there is nothing to move")
    others = [passage for rank, passage in enumerate(context) if rank not in ranks]
    named = {"first": 0, "middle": (len(others) + 1) // 2, "last": len(others)}
    place = named[position] if index == _BY_NAME else index
    if place > len(others):
        return refused(context, "not_applicable", f"no place {index} among {len(context)} passages")
    moved = (*others[:place], *(context[rank] for rank in ranks), *others[place:])
    return Edit(value=moved, edits=len(ranks))


@perturbation("context.duplicate", preserves=Preserves.ADDS_NOISE, main="copies", ranges={"copies": (1, 10_000)})
def duplicate(context: Passages, at: At, *, copies: int = 5) -> Edit[Passages]:
    """Repeat one unhelpful passage ``ceil(copies * severity)`` times, right behind itself (ours).

    The passage is drawn from those that are of no gold document and hold no gold answer in any shape. The copies' ids
    are ``duplicate:`` and its id, numbered from the second on. ``noop`` if there is no such passage.
    """
    example = at.example
    idle = [
        rank
        for rank, passage in enumerate(context)
        if passage.doc_id not in example.gold_doc_ids and not may_hold(passage, example.answers)
    ]
    if not idle:
        return refused(context, "noop", "no passage that could be repeated without repeating evidence")
    rank = pick(at.rng, idle)
    name = f"duplicate:{context[rank].doc_id}"
    ids = [name, *(f"{name}#{number}" for number in range(2, count_at(copies, at.severity) + 1))]
    added = [replace(context[rank], doc_id=doc_id) for doc_id in ids]
    value = (*context[: rank + 1], *added, *context[rank + 1 :])
    return Edit(value=value, edits=len(added), added=documents(added))


OPERATORS: tuple[Operator, ...] = (gold_position, duplicate)
