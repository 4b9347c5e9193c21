"""Passages that contradict the evidence: its sentence with another value of the same type, once or many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import documents, evidence_in
from robustcore.perturb.draw import count_at
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.dates import dated_after, stamped
from robustcore.perturb.facts.evidence import holds
from robustcore.perturb.facts.falsehood import Falsehood, falsehood

PLACES: Final = ("first", "last", "gold")
SHARES: Final = ("", "minority", "tie", "majority", "ladder")


@perturbation(
    "context.conflict",
    preserves=Preserves.CONTESTED,
    main="place",
    choices={"place": PLACES, "share": SHARES},
    ranges={"copies": (1, 1000)},
    gated=True,
)
def conflict(
    context: Passages, at: At, *, place: str = "first", copies: int = 1, share: str = "", dated: bool = False
) -> Edit[Passages]:
    """Add ``ceil(copies * severity)`` passages that state a false value where the evidence states the answer (ours).

    Each is the answer's sentence with the answer replaced and at most one sentence before and after it. The value is
    the example's first wrong answer, else one by rule (`other_values` of numbers and dates, `others_like` of names); it
    is ``planted``. It goes first, last, or behind the gold passage (``gold``); its document id is ``conflict:`` and the
    id of its source.

    ``share`` counts the copies by the ``g`` passages of the evidence: ``minority`` 1, ``tie`` g, ``majority`` 2g, each
    at severity 1; under ``ladder`` the severity picks one of the three (up to 1/3, up to 2/3, above). ``dated`` copies
    name a date of their own, later than every year in the evidence.

    ``not_applicable``: unanswerable, or no passage holds the answer (nothing would be contested). ``no_oracle``: the
    answer stands in no gold document word for word, or has no value of its type. ``invalid_case``: the false value is
    a gold answer, already stands in a passage, or a gold answer would stand in the false passage.
    """
    found = falsehood(context, at)
    if isinstance(found, Edit):
        return found
    number = copies_at(len(evidence_in(context, at.example)), at.severity, share, copies)
    added = false_passages(found, number, at, dated=dated)
    if any(holds(passage, at.example.answers) for passage in added):
        return refused(context, "invalid_case", "the date of a false passage would state the answer")
    value = placed(context, added, place, at)
    return Edit(value=value, edits=len(added), planted=found.value, added=documents(added))


OPERATORS: tuple[Operator, ...] = (conflict,)


def placed(context: Passages, added: Sequence[Passage], place: str, at: At) -> Passages:
    """Return the passages with ``added`` before them, behind them, or behind the first that holds the answer."""
    if place == "first":
        return (*added, *context)
    if place == "last":
        return (*context, *added)
    gold = next(i for i, passage in enumerate(context) if holds(passage, at.example.answers))
    return (*context[: gold + 1], *added, *context[gold + 1 :])


def copies_at(evidence: int, severity: float, share: str, copies: int) -> int:
    """Return how many false passages there are beside ``evidence`` true ones."""
    counts = {"minority": 1, "tie": evidence, "majority": 2 * evidence}
    if share == "ladder":
        rung = count_at(3, severity)  # 1, 2 or 3
        return tuple(counts.values())[rung - 1]
    return count_at(counts.get(share, copies), severity)


def false_passages(found: Falsehood, number: int, at: At, *, dated: bool) -> list[Passage]:
    """Return that many passages of the falsehood, each with an id and, if ``dated``, a date of its own."""
    texts = [found.text] * number
    if dated:
        dates = [dated_after(found.evidence.source.text, at.rng) for _ in texts]
        texts = [stamped(date, text) for date, text in zip(dates, texts, strict=True)]
    ids = [f"conflict:{found.origin}", *(f"conflict:{found.origin}#{copy}" for copy in range(2, number + 1))]
    title = found.title(at.example.answers)
    return [Passage(doc_id=doc_id, text=text, title=title) for doc_id, text in zip(ids, texts, strict=True)]
