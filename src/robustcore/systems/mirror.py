"""A mirror: a system that hands over passages near a question by words and answers nothing, to look at edits alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from robustcore.calls.types import Endpoint, Flow
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.perturb.facts.lexical import index_of
from robustcore.systems.base import Answer, History

PASSAGES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A transparent system for one ``example``: its answers hold the passages that a reader would be given.

    The passages are its gold documents and the nearest others by words (BM25), five in all, best first: like those of a
    retriever that finds the evidence. A document that a corpus edit hides is not among them, and one that it adds comes
    before them, as one would that was written to be found.
    """

    example: Example
    corpus: Corpus
    name: str = "mirror"
    hint: str = ""
    adds: bool = True

    @property
    def points(self) -> frozenset[str]:
        """Return the injection points whose edits can be seen."""
        beside = {"question", "framing", "history"}
        return frozenset(beside | {"context", "corpus"}) if self.corpus.docs else frozenset(beside)

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return nothing: it makes no calls."""
        return {}

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        """Return the flow of the passages; a reworded ``question`` may find others."""
        del replicate
        yield from ()
        return self.passages(question, corpus)

    def read(
        self, question: str, passages: tuple[Passage, ...], *, replicate: int, history: History = ()
    ) -> Flow[Answer]:
        """Return the flow of an empty answer that shows ``passages``."""
        del question, replicate, history
        yield from ()
        return Answer(text="", passages=passages)

    def passages(self, question: str, edit: CorpusEdit) -> tuple[Passage, ...]:
        """Return what `retrieve` does."""
        changed = {doc.id: doc for doc in edit.add}
        gone = frozenset(edit.hide)
        known = [changed.pop(doc.id, doc) for doc in self._ranked(question) if doc.id not in gone]
        docs = [*changed.values(), *known][: PASSAGES + len(changed)]
        return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)

    def _ranked(self, question: str) -> list[Doc]:
        if not self.corpus.docs:
            return []
        near = index_of(self.corpus).nearest(question)
        gold = [self.corpus.docs[name] for name in self.example.gold_doc_ids if name in self.corpus.docs]
        reached = {doc.id for doc in near[:PASSAGES]}
        missed = [doc for doc in gold if doc.id not in reached]
        first = near[: max(PASSAGES - len(missed), 0)]
        rest = [doc for doc in near if doc not in first and doc not in missed]
        return [*first, *missed, *rest]
