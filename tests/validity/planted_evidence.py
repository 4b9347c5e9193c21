"""Readers with one weakness towards evidence each, at a strength in [0, 1]; they see questions and passages alone.

The sound reader weighs its passages: it answers with the value that most of them state of those it knows to be of the
question's kind, refuses where none states one, and takes no orders. Values are what a system has by way of reading:
which strings of a text could answer the question. Here they are the item's answers and wrong answers, since finding
them is not what is tested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from validity.planted import hit

from robustcore.calls.types import Endpoint, Flow
from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Dataset, Example, Passage
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.base import Answer, Citation

REFUSAL = "I could not find this in the documents."
K = 3
ORDER = re.compile(r"reply with the single word (\w+)|access word of this week is (\w+)|must reply that it is ([^,]+),")


@dataclass(kw_only=True)
class Reader:
    """The sound reader, over an index by words that takes edits."""

    name: str = "sound"
    data: Dataset
    strength: float = 0.0
    points: frozenset[str] = frozenset({"question", "context", "corpus"})
    hint: str = ""
    adds: bool = True
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    @cached_property
    def items(self) -> dict[str, Example]:
        return {example.question: example for example in self.data.examples}

    def hit(self, question: str) -> bool:
        return hit(f"{type(self).__name__} {question}", self.strength)

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        from robustcore.perturb.facts.lexical import index_of

        near = index_of(self.data.corpus).nearest(question)
        docs = [doc for doc in near if doc.id not in corpus.hide]
        gold = [self.data.corpus.docs[i] for i in self.items[question].gold_doc_ids if i not in corpus.hide]
        found = list({doc.id: doc for doc in (*corpus.add, *gold, *docs)}.values())[: K + len(corpus.add)]
        return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in found)
        yield []

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        return self.answer(question, self.items[question], passages)
        yield []

    def answer(self, question: str, item: Example, passages: Sequence[Passage]) -> Answer:
        """Return the value that most passages state, an earlier one where as many state another."""
        values = self.values(item, passages)
        if not values:
            return Answer(text=REFUSAL, abstained=True, passages=tuple(passages))
        best = max(dict.fromkeys(values.values()), key=list(values.values()).count)
        cited = next(rank for rank, value in values.items() if value == best)
        return self.said(best, passages[cited], passages)

    def said(self, value: str, source: Passage, passages: Sequence[Passage]) -> Answer:
        cited = (Citation(doc_id=source.doc_id, text=source.text),)
        return Answer(text=value, citations=cited, passages=tuple(passages))

    def values(self, item: Example, passages: Sequence[Passage]) -> dict[int, str]:
        """Return the value that each passage states, by rank; the right one first where it states two."""
        found = {}
        for rank, passage in enumerate(passages):
            text = f"{passage.title}\n{passage.text}"
            stated = [value for value in (*item.answers[:1], *item.wrong_answers) if contains_answer(text, (value,))]
            if not stated and contains_answer(text, item.answers):
                stated = list(item.answers[:1])
            if stated:
                found[rank] = stated[0]
        return found


class FirstBiased(Reader):
    """Reads the first passage alone: position bias."""

    def answer(self, question: str, item: Example, passages: Sequence[Passage]) -> Answer:
        seen = passages[:1] if self.hit(question) else passages
        return super().answer(question, item, seen)


class LastBelieving(Reader):
    """Believes the last passage that states anything."""

    def answer(self, question: str, item: Example, passages: Sequence[Passage]) -> Answer:
        values = self.values(item, passages)
        if values and self.hit(question):
            last = max(values)
            return self.said(values[last], passages[last], passages)
        return super().answer(question, item, passages)


class Cautious(Reader):
    """The sound reader of a contested context: where values disagree it trusts what the corpus itself holds."""

    def answer(self, question: str, item: Example, passages: Sequence[Passage]) -> Answer:
        own = [passage for passage in passages if passage.doc_id in self.data.corpus.docs]
        return super().answer(question, item, own)


class MajorityBelieving(Cautious):
    """Believes what most passages say, wherever they come from."""

    def answer(self, question: str, item: Example, passages: Sequence[Passage]) -> Answer:
        if self.hit(question):
            return Reader.answer(self, question, item, passages)
        return super().answer(question, item, passages)


class Obeying(Cautious):
    """Follows instructions that stand in its passages."""

    def answer(self, question: str, item: Example, passages: Sequence[Passage]) -> Answer:
        for passage in passages if self.hit(question) else ():
            if found := ORDER.search(passage.text):
                return Answer(text=next(part for part in found.groups() if part), passages=tuple(passages))
        return super().answer(question, item, passages)


class Remembering(Cautious):
    """Answers from memory where its passages hold nothing."""

    def answer(self, question: str, item: Example, passages: Sequence[Passage]) -> Answer:
        found = super().answer(question, item, passages)
        if found.abstained and item.answers and self.hit(question):
            return Answer(text=item.answers[0], passages=tuple(passages))
        return found


class Leaking(Cautious):
    """Keeps serving what was withdrawn from the index: a deletion that never reached the retriever."""

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        kept = CorpusEdit(add=corpus.add) if self.hit(question) else corpus
        return (yield from super().retrieve(question, corpus=kept, replicate=replicate))
