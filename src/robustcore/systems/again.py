"""Ask a system again about a case that it has answered: from other passages, or on a corpus without some documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from robustcore.calls.types import Flow
from robustcore.corpus.records import Corpus, Passage
from robustcore.perturb.edit import CorpusEdit

if TYPE_CHECKING:
    from robustcore.systems.base import Answer, TransparentSystem


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Again:
    """The system, and what it was asked: the question, the edit of the ``corpus``, the replicate.

    ``question`` is the bare one to retrieve with, ``asked`` the message as it was put (empty: the question), after the
    ``history``. Measures that need more than one reply (leave-one-out effects, votes) yield its calls, which are shared
    with all others of the session.
    """

    system: TransparentSystem
    question: str
    edit: CorpusEdit
    replicate: int
    corpus: Corpus
    asked: str = ""
    history: tuple[tuple[str, str], ...] = ()

    def read(self, passages: tuple[Passage, ...]) -> Flow[Answer]:
        """Return the flow of the answer from exactly ``passages``."""
        earlier: dict[str, Any] = {"history": self.history} if self.history else {}
        asked = self.asked or self.question
        return (yield from self.system.read(asked, passages, replicate=self.replicate, **earlier))

    def retrieve(self, hide: tuple[str, ...]) -> Flow[tuple[Passage, ...]]:
        """Return the flow of what is retrieved with the documents ``hide`` withdrawn, too."""
        edit = CorpusEdit(hide=(*self.edit.hide, *hide), add=tuple(doc for doc in self.edit.add if doc.id not in hide))
        return (yield from self.system.retrieve(self.question, corpus=edit, replicate=self.replicate))

    @property
    def withdraws(self) -> bool:
        """Say whether documents can be withdrawn from its index."""
        return "corpus" in self.system.points
