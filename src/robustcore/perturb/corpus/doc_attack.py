"""Documents made to be found: edited, stuffed with key words, copied without the answer, or planted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from robustcore.corpus.normalise import tokens
from robustcore.corpus.records import Doc
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.draw import below, count_at, in_random_order, share_of
from robustcore.perturb.edit import At, CorpusEdit, Edit, refused
from robustcore.perturb.facts.evidence import may_hold
from robustcore.perturb.facts.lexical import index_of
from robustcore.perturb.language.sentences import sentence_spans
from robustcore.perturb.language.wordlists import STOP_WORDS

MODES = ("stuff", "edit", "duplicate", "plant")
NEAR = 20  # documents next to the question among which the target is drawn
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@perturbation(
    "corpus.doc_attack",
    preserves=Preserves.ADDS_NOISE,
    main="mode",
    choices={"mode": MODES},
    ranges={"budget": (0.01, 1.0), "copies": (1, 100)},
)
def doc_attack(
    edit: CorpusEdit, at: At, *, mode: str = "stuff", budget: float = 0.2, copies: int = 3
) -> Edit[CorpusEdit]:
    """Lift a document that does not hold the answer in the ranking, without looking at any ranking (our own recipe).

    The target is one of the 20 documents nearest to the question by words that neither are gold nor hold an answer.
    ``stuff`` puts the question's key words behind its text over and over, ``edit`` each of them once at a random place,
    both up to ``budget * severity`` of its words. ``duplicate`` adds ``ceil(copies * severity)`` copies of a gold
    document without the sentences that may state the answer; ``plant`` adds as many texts made of the question and
    sentences of the target. The attacked document is ``added``. ``noop`` if there is no target or no key word,
    ``not_applicable`` to copy the gold of a question that has none.
    """
    words = list(dict.fromkeys(word for word in _WORD.findall(at.example.question) if _carries(word)))
    if not words:
        return refused(edit, "noop", "the question has no key word")
    if mode == "duplicate":
        return _duplicated(edit, at, count_at(copies, at.severity))
    target = next(_targets(edit, at), None)
    if target is None:
        return refused(edit, "noop", "no document that could be attacked")
    if mode == "plant":
        return _added(edit, list(islice(_planted(target, at), count_at(copies, at.severity))))
    places = share_of(len(target.text.split()), budget * at.severity)
    text, changed = _stuffed(target, words, places) if mode == "stuff" else _scattered(target, words, places, at)
    return _added(edit, [replace(target, text=text)], edits=changed)


OPERATORS: tuple[Operator, ...] = (doc_attack,)


def _carries(word: str) -> bool:
    return any(token not in STOP_WORDS and len(token) > 1 for token in tokens(word))


def _targets(edit: CorpusEdit, at: At) -> Iterator[Doc]:
    taken = {*at.example.gold_doc_ids, *edit.hide, *(doc.id for doc in edit.add)}
    free = (d for d in index_of(at.corpus).nearest(at.example.question) if d.id not in taken and d.text.strip())
    near = list(islice((doc for doc in free if not may_hold(doc, at.example.answers)), NEAR))
    return in_random_order(at.rng, near)


def _stuffed(target: Doc, words: list[str], places: int) -> tuple[str, int]:
    repeated = [words[place % len(words)] for place in range(max(places, 1))]
    return f"{target.text} {' '.join(repeated)}.", len(repeated)


def _scattered(target: Doc, words: list[str], places: int, at: At) -> tuple[str, int]:
    text, chosen = target.text.split(" "), list(islice(in_random_order(at.rng, words), max(places, 1)))
    for word in chosen:
        text.insert(below(at.rng, len(text) + 1), word)
    return " ".join(text), len(chosen)


def _planted(target: Doc, at: At) -> Iterator[Doc]:
    own = _sentences(target.text) or [target.text]
    for number in range(1, 101):
        start = below(at.rng, len(own))
        text = " ".join([at.example.question, *own[start : start + 2]])
        yield Doc(id=f"planted{number}:{target.id}", title=target.title, text=text)


def _duplicated(edit: CorpusEdit, at: At, wanted: int) -> Edit[CorpusEdit]:
    gold = [at.corpus.docs[doc_id] for doc_id in at.example.gold_doc_ids if doc_id in at.corpus.docs]
    if not gold:
        return refused(edit, "not_applicable", "the question has no gold document to copy")
    kept = [one for one in _sentences(gold[0].text) if not may_hold(Doc(id="", text=one), at.example.answers)]
    text = " ".join(one.strip() for one in kept)
    if not text or may_hold(Doc(id="", text=text, title=gold[0].title), at.example.answers):
        return refused(edit, "noop", "nothing is left of the gold document without the answer")
    copies = [replace(gold[0], id=f"copy{number}:{gold[0].id}", text=text) for number in range(1, wanted + 1)]
    return _added(edit, copies)


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def _added(edit: CorpusEdit, docs: list[Doc], *, edits: int = 0) -> Edit[CorpusEdit]:
    new = {doc.id for doc in docs}
    kept = tuple(doc for doc in edit.add if doc.id not in new)
    value = replace(edit, add=(*kept, *docs))
    return Edit(value=value, edits=edits or len(docs), added=tuple(doc.id for doc in docs))
