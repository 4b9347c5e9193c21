"""The rule that tries until the texts are alike: RARE's gate, whose misses are marked and never passed silently."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from robustcore.calls.flows import values
from robustcore.calls.types import Flow
from robustcore.perturb.edit import At, Edit, refused
from robustcore.perturb.writing import compared

ALIKE: Final = 0.85  # cosine of the texts from which a draft is taken at once (RARE, arXiv 2506.00789)
TRIES: Final = 5


def first_alike(text: str, drafts: Iterable[Edit[str]], at: At) -> Flow[Edit[str]]:
    """Return the flow of the first of ``drafts`` (at most five) whose cosine to ``text`` is at least .85.

    If there is none, the one with the highest cosine, marked as ``below_gate`` with the limit and the cosine in its
    note. Drafts are asked for only as far as they are needed. Without an encoder, or if no draft changes anything, the
    first one is returned as it is.
    """
    best: Edit[str] | None = None
    first: Edit[str] | None = None
    for draft in islice(drafts, TRIES):
        first = first or draft
        if draft.status != "applied":
            continue
        if not at.models.encoder:
            return draft
        (likeness,) = yield from values([compared(at.models.encoder, text, draft.value)])
        draft = draft._replace(similarity=likeness["cosine"])
        if draft.similarity is not None and draft.similarity >= ALIKE:
            return draft
        if best is None or (draft.similarity or 0.0) > (best.similarity or 0.0):
            best = draft
    if best is None:
        return first or refused(text, "noop", "there is no draft")
    note = f"the best of {TRIES} drafts has a cosine of {best.similarity:.2f}, and {ALIKE:g} is asked for"
    return best._replace(below_gate=True, note=note)
