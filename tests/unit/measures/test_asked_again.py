"""A rare word by itself, and a document that says everything twice, asked of a real retriever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from trials import condition

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Flow
from robustcore.case import CLEAN, Case, Condition
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.errors import InputError
from robustcore.measures.asked_again import rarest_word
from robustcore.measures.base import Score
from robustcore.measures.registry import parse_measure
from robustcore.perturb.base import Preserves
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.again import Again
from robustcore.systems.retrieval.base import Ranking
from robustcore.systems.retrieval.lexical import Bm25
from robustcore.systems.retrieval.system import RetrieverSystem
from robustcore.systems.trial import Trial

pytest.importorskip("bm25s", reason="needs the extra 'local'")

PLACES = ("Aldermoor", "Brackwell", "Culverton", "Dunmere", "Eskdale", "Farnholt")
DOCS = Corpus.of(
    [Doc(id=f"d{i}", text=f"The ferry to {name} leaves at {i} from the pier.") for i, name in enumerate(PLACES)]
)
ASKED = Example(id="q", question="When leaves the ferry to Dunmere?", answers=("3",), gold_doc_ids=("d3",))


class ByLength(Bm25):
    """BM25 that puts the shortest of what it finds first, or the longest."""

    sign = 1

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the rankings by length, ties as they were."""
        found = super().search(queries, edits, k)
        return [self._sorted(one, edit) for one, edit in zip(found, edits, strict=True)]

    def _sorted(self, one: Ranking, edit: CorpusEdit) -> Ranking:
        sizes = {doc.id: self.sign * len(doc.text.split()) for doc in (*DOCS.docs.values(), *edit.add)}
        return replace(one, ids=tuple(sorted(one.ids, key=lambda doc: sizes[doc])))


class Longest(ByLength):
    """The longest first."""

    sign = -1


def scored(name: str, retriever: Bm25 | None = None, example: Example = ASKED, under: Condition = CLEAN) -> Score:
    """Return the score of a trial whose ranking the retriever gave."""
    data = Dataset(name="ferries", corpus=DOCS, examples=(example,))
    system = RetrieverSystem(retriever or Bm25(DOCS), data)
    again = Again(system=system, question=example.question, edit=CorpusEdit(), replicate=0, corpus=DOCS)

    def flow() -> Flow[Score]:
        ranking = yield from system.retrieve(example.question, corpus=CorpusEdit(), replicate=0)
        case = Case("c", example, under, 0)
        seen = Trial(case=case, question=example.question, ranking=ranking, unread=True, again=again)
        return (yield from parse_measure(name).flow(seen))

    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints(system.endpoints)
    return dict(engine.run([("one", flow())]))["one"]


def test_a_rare_word_finds_its_document_and_misspelt_it_finds_nothing_in_an_index_of_words() -> None:
    assert scored("rank.rare_word").value == 1
    assert scored("rank.rare_word").note == "asked for 'Dunmere'"
    assert scored("rank.rare_word(spelling=misspelt)").value == 0
    assert scored("rank.rare_word(spelling=misspelt)") == scored("rank.rare_word(spelling=misspelt)")


class Once(Bm25):
    """BM25 whose index is gone once it has been asked."""

    asked = False

    def search(self, queries: Sequence[str], edits: Sequence[CorpusEdit], k: int) -> list[Ranking]:
        """Return the rankings of the first batch of questions."""
        if self.asked:
            raise OSError("the index is gone")
        self.asked = True
        return super().search(queries, edits, k)


def test_a_retriever_that_fails_when_asked_again_is_told_with_what_it_raised() -> None:
    found = scored("rank.rare_word", Once(DOCS))
    assert (found.value, found.reason) == (None, "system_error")
    assert "the index is gone" in found.note


def test_a_word_that_many_documents_hold_is_not_rare() -> None:
    common = replace(ASKED, question="When leaves the ferry from the pier?")
    assert scored("rank.rare_word", example=common).reason == "not_applicable"
    assert scored("rank.rare_word(docs=6)", example=common).value == 1
    assert rarest_word(replace(ASKED, question="Is Eskdale near Dunmere?"), DOCS, 3) == "Dunmere"  # gold holds it


def test_what_is_said_twice_keeps_its_place_unless_length_decides() -> None:
    assert scored("rank.doubled_fell").value == 0
    assert scored("rank.doubled_fell(times=5)").value == 0
    first = replace(ASKED, gold_doc_ids=("d0",))
    fell = scored("rank.doubled_fell", ByLength(DOCS), first)
    assert (fell.value, fell.note) == (1, "d0: 1 documents above it, then 5")
    assert scored("rank.doubled_fell", Longest(DOCS), first).value == 0


def test_a_rival_that_is_said_twice_stays_below_unless_length_decides() -> None:
    assert scored("rank.doubled_fell(of=rival)").value == 0
    assert scored("rank.doubled_fell(of=rival)", Longest(DOCS)).value == 1
    assert scored("rank.doubled_fell(of=rival)", ByLength(DOCS)).value == 0
    all_gold = replace(ASKED, gold_doc_ids=tuple(DOCS.docs))
    assert scored("rank.doubled_fell(of=rival)", example=all_gold).note == "no other document is below gold"


def test_only_clean_questions_with_gold_in_the_ranking_are_asked() -> None:
    perturbed = condition(Preserves.MEANING, "question")
    for name in ("rank.rare_word", "rank.doubled_fell"):
        assert scored(name, under=perturbed).reason == "not_applicable"
    lost = replace(ASKED, question="Zebra?", gold_doc_ids=("d3",))
    assert scored("rank.doubled_fell(k=1)", example=replace(ASKED, gold_doc_ids=("d0",))).reason == "not_applicable"
    assert scored("rank.doubled_fell", example=lost).note == "no gold document is among the first 10"


def test_options_that_cannot_be_are_refused() -> None:
    for name in (
        "rank.rare_word(k=0)",
        "rank.doubled_fell(k=0)",
        "rank.rare_word(docs=0)",
        "rank.doubled_fell(times=1)",
    ):
        with pytest.raises(InputError, match="at least"):
            parse_measure(name)
    with pytest.raises(InputError, match="gold, rival"):
        parse_measure("rank.doubled_fell(of=first)")
    with pytest.raises(InputError, match="right, misspelt"):
        parse_measure("rank.rare_word(spelling=wrong)")
