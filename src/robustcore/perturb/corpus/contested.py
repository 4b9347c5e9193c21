"""What is indexed contradicts itself, holds an older version beside the current one, or is older than the facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from robustcore.corpus.records import Doc, Passage
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.conflict import SHARES, copies_at, false_passages
from robustcore.perturb.context.ending import evidence_in
from robustcore.perturb.context.stale import dates_of
from robustcore.perturb.edit import At, CorpusEdit, Edit, Passages, refused
from robustcore.perturb.facts.dates import Date, stamped
from robustcore.perturb.facts.evidence import holds
from robustcore.perturb.facts.falsehood import Falsehood, falsehood, with_value
from robustcore.perturb.facts.lexical import index_of


@perturbation(
    "corpus.conflict",
    preserves=Preserves.CONTESTED,
    main="share",
    choices={"share": SHARES},
    ranges={"copies": (1, 1000)},
    gated=True,
)
def conflict(edit: CorpusEdit, at: At, *, share: str = "", copies: int = 1, dated: bool = False) -> Edit[CorpusEdit]:
    """Index documents that state a false value beside those that state the answer (ours).

    Each is what ``context.conflict`` puts among the passages, with the same ``copies``, ``share`` and ``dated``; here
    the retriever decides what the reader sees of both. The evidence is the gold documents that are indexed and state
    the answer. The documents bear the tags of their source.

    Statuses as in ``context.conflict``, over the gold documents.
    """
    gold = _gold(edit, at)
    found = falsehood(gold, at)
    if isinstance(found, Edit):
        return refused(edit, found.status, found.note)
    number = copies_at(len(evidence_in(gold, at.example)), at.severity, share, copies)
    false = false_passages(found, number, at, dated=dated)
    if any(holds(passage, at.example.answers) for passage in false):
        return refused(edit, "invalid_case", "the date of a false document would state the answer")
    return _served(edit, found, [_doc(passage, found, at) for passage in false])


@perturbation(
    "corpus.stale",
    preserves=Preserves.CONTESTED,
    levels=(1.0,),
    main="newest",
    choices={"newest": ("present", "absent")},
    gated=True,
)
def stale(edit: CorpusEdit, at: At, *, newest: str = "present") -> Edit[CorpusEdit]:
    """Index an older version of the evidence, with an explicit earlier date and an old value (ours).

    The older version is that of ``context.stale``. With ``newest: present`` the gold documents that state the answer
    bear a later date, so the dates resolve the conflict. With ``absent`` they are hidden, as is every other document
    that states the answer: caution is the right reply, so gate ``misled`` there, not ``answer_correct``.

    Statuses as in ``context.stale``, over the gold documents that are indexed.
    """
    gold = _gold(edit, at)
    found = falsehood(gold, at)
    if isinstance(found, Edit):
        return refused(edit, found.status, found.note)
    dates = dates_of(found, at)
    if dates is None:
        return refused(edit, "invalid_case", "the dates of the versions would state the answer or the old value")
    text, title = stamped(dates[0], found.text), found.title(at.example.answers)
    old = _doc(Passage(doc_id=f"stale:{found.origin}", text=text, title=title), found, at)
    if newest == "absent":
        gone = (*(passage.doc_id for passage in gold), *_stating(at))
        return _served(edit, found, [old], hide=gone)
    docs = at.corpus.docs
    evidence = [docs[gold[rank].doc_id] for rank in evidence_in(gold, at.example)]
    return _served(edit, found, [old, *(replace(doc, text=stamped(dates[1], doc.text)) for doc in evidence)])


@perturbation("corpus.snapshot", preserves=Preserves.CONTESTED, levels=(1.0,), gated=True)
def snapshot(edit: CorpusEdit, at: At, *, dated: bool = True) -> Edit[CorpusEdit]:
    """Serve an index that is older than the fact asked about (ours).

    The gold documents stand in it whole, as they were: with another value of the answer's type wherever they state the
    answer, and, if ``dated``, with the date of the snapshot. Every other document that states the answer came later
    and is hidden. Whoever follows the old value is ``misled``; caution is the right reply, so gate that, not
    ``answer_correct``. ``invalid_case`` also if a gold document would still state the answer in another spelling.

    Statuses otherwise as in ``context.stale``, over the gold documents that are indexed.
    """
    gold = _gold(edit, at)
    found = falsehood(gold, at)
    if isinstance(found, Edit):
        return refused(edit, found.status, found.note)
    dates = dates_of(found, at)
    if dates is None:
        return refused(edit, "invalid_case", "the date of the snapshot would state the answer or the old value")
    answers = at.example.answers
    docs = [_as_it_was(at.corpus.docs[passage.doc_id], found, at, dates[0] if dated else None) for passage in gold]
    if any(holds(doc, answers) for doc in docs):
        return refused(edit, "invalid_case", "the answer would still stand in the older version")
    kept = {passage.doc_id for passage in gold}
    return _served(edit, found, docs, hide=[doc_id for doc_id in _stating(at) if doc_id not in kept])


OPERATORS: tuple[Operator, ...] = (conflict, stale, snapshot)


def _gold(edit: CorpusEdit, at: At) -> Passages:
    """Return the gold documents that are indexed, as passages."""
    changed = {doc.id: doc for doc in edit.add}
    ids = [doc_id for doc_id in dict.fromkeys(at.example.gold_doc_ids) if doc_id not in edit.hide]
    docs = [changed.get(doc_id) or at.corpus.docs[doc_id] for doc_id in ids if doc_id in at.corpus.docs]
    return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)


def _stating(at: At) -> list[str]:
    """Return the ids of all documents of the corpus that state the answer."""
    return [doc.id for doc in index_of(at.corpus).holding(at.example.answers)]


def _doc(passage: Passage, found: Falsehood, at: At) -> Doc:
    source = at.corpus.docs.get(found.origin)
    return Doc(id=passage.doc_id, text=passage.text, title=passage.title, tags=source.tags if source else ())


def _as_it_was(doc: Doc, found: Falsehood, at: At, date: Date | None) -> Doc:
    """Return a gold document with the old value in place of the answer, undated without ``date``."""
    answers = at.example.answers
    text, title = (with_value(part, found.value, answers) for part in (doc.text, doc.title))
    return Doc(id=doc.id, text=stamped(date, text) if date else text, title=title, tags=doc.tags)


def _served(edit: CorpusEdit, found: Falsehood, docs: Sequence[Doc], hide: Iterable[str] = ()) -> Edit[CorpusEdit]:
    """Return the edit that indexes ``docs`` and hides what is to be hidden besides."""
    new = tuple(doc_id for doc_id in dict.fromkeys(hide) if doc_id not in edit.hide)
    ids = tuple(doc.id for doc in docs)
    kept = tuple(doc for doc in edit.add if doc.id not in ids)
    value = CorpusEdit(hide=(*edit.hide, *new), add=(*kept, *docs))
    return Edit(value=value, edits=len(docs) + len(new), planted=found.value, added=ids, removed=new)
