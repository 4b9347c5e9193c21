"""An older version of the evidence with its old value, beside the current one or in its place."""

from __future__ import annotations

from dataclasses import replace

from robustcore.corpus.records import Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.conflict import PLACES, placed
from robustcore.perturb.context.ending import documents, evidence_in
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.dates import Date, dated_after, later, stamped
from robustcore.perturb.facts.evidence import holds, may_hold
from robustcore.perturb.facts.falsehood import Falsehood, falsehood

_TRIES = 8


@perturbation(
    "context.stale",
    preserves=Preserves.CONTESTED,
    levels=(1.0,),
    main="newest",
    choices={"newest": ("present", "absent"), "place": PLACES},
    gated=True,
)
def stale(context: Passages, at: At, *, newest: str = "present", place: str = "first") -> Edit[Passages]:
    """Add an older version of the evidence, with an explicit earlier date and an old value (ours).

    The older version is the answer's sentence with another value of its type (as in ``context.conflict``) and bears
    a date; the old value is ``planted``; its document id is ``stale:`` and the id of its source. With ``newest:
    present`` the passages of the evidence bear a date one to four years later, so the dates resolve the conflict. With
    ``absent`` every passage of gold is ``removed`` and the old version stands alone: caution is the right reply, so
    gate ``misled`` there, not ``answer_correct``. Both dates follow every year that the evidence mentions.

    Statuses as in ``context.conflict``; ``undecided_case`` if with ``absent`` a passage left may hold the answer.
    """
    found = falsehood(context, at)
    if isinstance(found, Edit):
        return found
    dates = dates_of(found, at)
    if dates is None:
        return refused(context, "invalid_case", "the dates of the versions would state the answer or the old value")
    old = Passage(
        doc_id=f"stale:{found.origin}",
        text=stamped(dates[0], found.text),
        title=found.title(at.example.answers),
    )
    if newest == "absent":
        return _alone(context, old, found, at)
    evidence = evidence_in(context, at.example)
    current = tuple(
        replace(passage, text=stamped(dates[1], passage.text)) if rank in evidence else passage
        for rank, passage in enumerate(context)
    )
    value = placed(current, [old], place, at)
    return Edit(value=value, edits=1 + len(evidence), planted=found.value, added=(old.doc_id,))


OPERATORS: tuple[Operator, ...] = (stale,)


def dates_of(found: Falsehood, at: At) -> tuple[Date, Date] | None:
    """Return an earlier and a later date that state neither the answer nor the old value; None if none are found."""
    for _ in range(_TRIES):
        old = dated_after(found.evidence.source.text, at.rng)
        new = later(old, at.rng)
        versions = [Passage(doc_id="", text=stamped(old, found.text)), Passage(doc_id="", text=stamped(new, ""))]
        values = (*at.example.answers, found.value)
        if not holds(versions[0], at.example.answers) and not holds(versions[1], values):
            return old, new
    return None


def _alone(context: Passages, old: Passage, found: Falsehood, at: At) -> Edit[Passages]:
    """Return the edit that leaves the old version where the best passage of gold stood, and no gold."""
    answers, gold = at.example.answers, at.example.gold_doc_ids
    gone = [passage for passage in context if passage.doc_id in gold or holds(passage, answers)]
    kept = [passage for passage in context if passage not in gone]
    doubtful = [passage.doc_id for passage in kept if may_hold(passage, answers)]
    if doubtful:
        return refused(context, "undecided_case", f"a gold answer may still stand in {', '.join(doubtful)}")
    kept.insert(context.index(gone[0]), old)
    value = tuple(kept)
    return Edit(value=value, edits=1 + len(gone), planted=found.value, added=(old.doc_id,), removed=documents(gone))
