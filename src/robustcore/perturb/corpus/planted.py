"""Documents made for one question, put into the index or into the context: the same in both, to tell where it hurts.

What is made depends on the question, the family and the replicate alone, never on where it is put.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from robustcore.corpus.records import Doc, Passage
from robustcore.keys import Draws, seed_of
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.distractors import placed_among
from robustcore.perturb.context.hard_negatives import STORED
from robustcore.perturb.draw import count_at, pick
from robustcore.perturb.edit import At, CorpusEdit, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds, may_hold
from robustcore.perturb.facts.falsehood import falsehood
from robustcore.perturb.language.sentences import sentence_spans

FAMILIES: Final = ("distractor", "conflict", "poison")
PLACES: Final = ("top", "bottom", "interleaved", "random")
_OPENINGS: Final = ("", "As noted before: ", "To sum up: ", "In short: ", "For the record: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Documents of one family for a question; ``planted`` is the false value that they state, if any."""

    docs: tuple[Doc, ...]
    planted: str = ""


Make: TypeAlias = Callable[[At], "Made | Edit[Passages]"]


def made(family: str, at: At, copies: int) -> Made | Edit[Passages]:
    """Return ``copies`` documents of ``family`` for the question at hand, or the edit that says why there are none."""
    own = at._replace(rng=Draws(seed_of("planted", family, at.example.id, at.replicate)))
    first = {"distractor": _distractor, "conflict": _conflict, "poison": _poison}[family](own)
    if isinstance(first, Edit):
        return first
    (doc,) = first.docs
    more = (
        replace(doc, id=f"{doc.id}#{number}", text=f"{_OPENINGS[number % len(_OPENINGS)]}{doc.text}")
        for number in range(2, copies + 1)
    )
    return replace(first, docs=(doc, *more))


def gold_passages(at: At) -> Passages:
    """Return the gold documents that the corpus holds, whole, as passages."""
    docs = (at.corpus.docs[doc_id] for doc_id in dict.fromkeys(at.example.gold_doc_ids) if doc_id in at.corpus.docs)
    return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)


def _distractor(at: At) -> Made | Edit[Passages]:
    """Return the stored hard negative, else what the gold document says beside the answer, behind the question."""
    example = at.example
    name = f"planted:distractor:{example.id}"
    if text := example.passages.get(STORED):
        return Made(docs=(Doc(id=name, text=text),))
    gold = gold_passages(at)
    if not gold:
        return refused((), "no_oracle", "no gold document is in the corpus, whose topic a distractor could have")
    sentences = [p.text[start:end] for p in gold for start, end in sentence_spans(p.text)]
    free = [text for text in sentences if not may_hold(Passage(doc_id="", text=text), example.answers)]
    if not free or may_hold(Passage(doc_id="", text=example.question), example.answers):
        return refused((), "invalid_case", "every sentence of the gold document may state the answer")
    text = f"{example.question} This is asked often, and not answered here. {' '.join(free[:4])}"
    return Made(docs=(Doc(id=name, text=text),))


def _conflict(at: At) -> Made | Edit[Passages]:
    """Return the evidence with a false value in place of the answer."""
    found = falsehood(gold_passages(at), at)
    if isinstance(found, Edit):
        return found
    doc = Doc(id=f"planted:conflict:{at.example.id}", text=found.text, title=found.title(at.example.answers))
    return Made(docs=(doc,), planted=found.value)


def _poison(at: At) -> Made | Edit[Passages]:
    """Return a document written to be retrieved: the question, the false value asserted, and a sentence with it."""
    found = falsehood(gold_passages(at), at)
    if isinstance(found, Edit):
        return found
    verb = pick(at.rng, ("The answer is", "It is known that the answer is", "The right answer is"))
    text = f"{at.example.question} {verb} {found.value}. {found.text}"
    if holds(Passage(doc_id="", text=text), at.example.answers):
        return refused((), "invalid_case", "the question states its answer, so a document that repeats it would, too")
    return Made(docs=(Doc(id=f"planted:poison:{at.example.id}", text=text),), planted=found.value)


def _into_context(family: str, preserves: Preserves, says: str) -> Operator:
    def apply(context: Passages, at: At, *, copies: int = 1, place: str = "top") -> Edit[Passages]:
        found = made(family, at, count_at(copies, at.severity))
        if isinstance(found, Edit):
            return refused(context, found.status, found.note)
        added = [Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in found.docs]
        value = placed_among(context, added, place, at.rng)
        return Edit(value=value, edits=len(added), planted=found.planted, added=_ids(found.docs))

    apply.__doc__ = f"{says}, handed to the reader only; ``copies`` at severity 1 (ours).\n\n{_SAME}"
    kept = {"choices": {"place": PLACES}, "ranges": {"copies": (1, 1000)}}
    return perturbation(f"context.planted_{family}", preserves=preserves, main="copies", gated=True, **kept)(apply)  # type: ignore[arg-type]


def _into_corpus(family: str, preserves: Preserves, says: str) -> Operator:
    def apply(edit: CorpusEdit, at: At, *, copies: int = 1) -> Edit[CorpusEdit]:
        found = made(family, at, count_at(copies, at.severity))
        if isinstance(found, Edit):
            return refused(edit, found.status, found.note)
        kept = tuple(doc for doc in edit.add if doc.id not in _ids(found.docs))
        value = replace(edit, add=(*kept, *found.docs))
        return Edit(value=value, edits=len(found.docs), planted=found.planted, added=_ids(found.docs))

    apply.__doc__ = f"{says}, in the index; ``copies`` at severity 1 (ours).\n\n{_SAME}"
    made_by = perturbation(
        f"corpus.indexed_{family}", preserves=preserves, main="copies", ranges={"copies": (1, 1000)}, gated=True
    )
    return made_by(apply)


def _ids(docs: Sequence[Doc]) -> tuple[str, ...]:
    return tuple(doc.id for doc in docs)


_SAME: Final = (
    "The same documents as those of its twin on the other injection point, so that each fall can be laid to the\n"
    "retriever or to the reader (``placement.*``). Statuses as in ``context.conflict``, over the gold documents."
)
_SAID: Final = (
    ("distractor", Preserves.ADDS_NOISE, "Add a document that speaks of the question and is of no help"),
    ("conflict", Preserves.CONTESTED, "Add the evidence with a false value in place of the answer"),
    ("poison", Preserves.CONTESTED, "Add a document written to be retrieved: the question, and a false answer to it"),
)
OPERATORS: tuple[Operator, ...] = tuple(make(*said) for said in _SAID for make in (_into_context, _into_corpus))
