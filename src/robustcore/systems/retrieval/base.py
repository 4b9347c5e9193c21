"""What a retriever is: a batch of queries, each with the edit of the corpus that it sees, to ranked document ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from robustcore.corpus.records import Corpus, Doc
from robustcore.perturb.edit import CorpusEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Documents for one query, best first, with the scores of the retriever on its own scale, higher is better."""

    ids: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()


@runtime_checkable
class Retriever(Protocol):
    """Something that ranks documents.

    ``name`` is what reports call it; ``exact`` says that nothing it can return is overlooked (an HNSW or IVF index is
    not exact); ``fingerprint`` is a content key of all that rankings depend on, or None.
    """

    @property
    def name(self) -> str:
        """Return the name reports use."""
        ...

    @property
    def exact(self) -> bool:
        """Say whether the best documents are always found."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """Return a content key, or None."""
        ...

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the best ``k`` documents for each query; query i sees the corpus under ``edits[i]``."""
        ...


def text_of(doc: Doc) -> str:
    """Return a document as it is indexed: under its title."""
    return f"{doc.title}. {doc.text}" if doc.title else doc.text


def edited(corpus: Corpus, edit: CorpusEdit) -> Corpus:
    """Return the corpus that a rebuild under ``edit`` would index: an edited document keeps its place."""
    added = {doc.id: doc for doc in edit.add}
    hidden = frozenset(edit.hide)
    kept = [added.pop(doc.id, doc) for doc in corpus.docs.values() if doc.id in added or doc.id not in hidden]
    return Corpus.of([*kept, *added.values()])


def distinct(edits: Iterable[CorpusEdit]) -> dict[CorpusEdit, list[int]]:
    """Return the queries that see each distinct edit, so that an edit is worked out once."""
    found: dict[CorpusEdit, list[int]] = {}
    for index, edit in enumerate(edits):
        found.setdefault(edit, []).append(index)
    return found
