"""A reader that knows how every item of a pack may be put, sound or with one planted weakness; it needs no model.

It sees what a system sees, a question and passages, and never that something was perturbed. It answers with a gold
answer that stands in its passages, and refuses otherwise: its answers come from what it is given, or not at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from robustcore.calls.types import Endpoint, Flow
from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Corpus, Dataset, Example, Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer

REFUSAL = "I could not find this in the documents."
GUESS = "It is forty-two wagons of gravel."


def trigrams(text: str) -> Counter[str]:
    flat = re.sub(r"\s+", " ", text.casefold())
    return Counter(flat[i : i + 3] for i in range(len(flat) - 2))


@dataclass(kw_only=True)
class PackReader:
    """The sound system."""

    name: str = "sound"
    data: Dataset
    points: frozenset[str] = frozenset({"question", "context"})
    hint: str = ""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    _meant: dict[str, Example] = field(default_factory=dict)

    @cached_property
    def known(self) -> list[tuple[Counter[str], Example]]:
        ways = ((way, e) for e in self.data.examples for way in (e.question, *e.variants.values()))
        return [(trigrams(way), example) for way, example in ways]

    def meant(self, question: str) -> Example | None:
        """Return the item whose wording, in any of its variants, shares most with ``question``."""
        if question not in self._meant:
            self._meant[question] = self._likest(question)
        return self._meant[question]

    def _likest(self, question: str) -> Example:
        asked = trigrams(question)
        return max(self.known, key=lambda way: (asked & way[0]).total() / max(way[0].total(), asked.total()))[1]

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        example = self.meant(question)
        return _passages(self.data.corpus, example.gold_doc_ids if example else tuple(self.data.corpus.docs)[:1])
        yield []

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        example = self.meant(question)
        held = [a for a in example.answers if any(contains_answer(p.text, (a,)) for p in passages)] if example else []
        return Answer(text=held[0] if held else self.without(), passages=passages)
        yield []

    def without(self) -> str:
        """Return the reply to a question whose answer is not in the passages."""
        return REFUSAL


class Bold(PackReader):
    """Guesses where it should refuse."""

    def without(self) -> str:
        return GUESS


class Shy(PackReader):
    """Refuses everything."""

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        return Answer(text=REFUSAL, passages=passages)
        yield []


@dataclass(kw_only=True)
class Hears(PackReader):
    """Understands only wordings that ``hears`` accepts; any other question it takes for one it does not know."""

    hears: Callable[[str, Dataset], bool]

    def meant(self, question: str) -> Example | None:
        return super().meant(question) if self.hears(question, self.data) else None


def spelt_right(question: str, data: Dataset) -> bool:
    """Say whether every word of ``question`` stands in some wording of the items: typing errors do not."""
    ways = (way for e in data.examples for way in (e.question, *e.variants.values()))
    return set(_words(question)) <= {word for way in ways for word in _words(way)}


def expert(question: str, data: Dataset) -> bool:
    """Say whether ``question`` is put in none of the lay rewordings."""
    return question not in {e.variants.get("question.lay_rewording") for e in data.examples}


def _words(text: str) -> Iterable[str]:
    return re.findall(r"\w+", text.casefold())


def _passages(corpus: Corpus, ids: Iterable[str]) -> tuple[Passage, ...]:
    docs = (corpus.docs[doc_id] for doc_id in ids)
    return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)
