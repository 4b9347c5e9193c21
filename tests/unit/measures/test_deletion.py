"""Measures that ask a system again: effects of single documents, deletions that flip, votes; and what leaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from trials import REMOVED, run, trial

from robustcore.calls.types import Call, Endpoint, Flow
from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Corpus, Doc, Passage
from robustcore.errors import InputError
from robustcore.measures.base import Score
from robustcore.measures.deletion import (
    AdditivityError,
    CertifiedAccuracy,
    InfluenceDepth,
    Leak,
    LoadBearing,
    MinFlip,
    StillRetrieved,
    Votes,
)
from robustcore.measures.registry import parse_measure
from robustcore.perturb.base import CorpusEdit
from robustcore.systems.again import Again
from robustcore.systems.base import Answer
from robustcore.systems.trial import Trial

PARIS, OTHER, IDLE = "It is Paris.", "It is Rome.", "Nothing of note."


@dataclass(kw_only=True)
class Quotes:
    """A reader that answers with the first capital that its passages name; it counts what it reads."""

    name: str = "quotes"
    hint: str = ""
    points: frozenset[str] = frozenset({"question", "context", "corpus"})
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    read_so_far: list[tuple[str, ...]] = field(default_factory=list)

    def retrieve(self, question: str, *, corpus: CorpusEdit, replicate: int) -> Flow[tuple[Passage, ...]]:
        return tuple(p for p in PASSAGES if p.doc_id not in corpus.hide)
        yield list[Call]()

    def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
        self.read_so_far.append(tuple(p.doc_id for p in passages))
        found = next((city for p in passages for city in ("Paris", "Rome") if city in p.text), "")
        return Answer(text=found or "I could not find this.", abstained=not found, passages=passages)
        yield list[Call]()


PASSAGES = tuple(Passage(doc_id=f"d{i}", text=text) for i, text in enumerate((IDLE, PARIS, OTHER)))


def asked(*texts: str, reply: str = "Paris", **seen: object) -> Trial:
    given = tuple(Passage(doc_id=f"d{i}", text=text) for i, text in enumerate(texts))
    again = Again(system=Quotes(), question="?", edit=CorpusEdit(), replicate=0, corpus=Corpus())
    return trial(reply, "Paris", given=given, gold_docs=("d1",), again=again, **seen)  # type: ignore[arg-type]


def score(measure: object, seen: Trial) -> Score:
    return run(measure.flow(seen), {})  # type: ignore[attr-defined]


def test_the_document_that_an_answer_rests_on_is_found() -> None:
    found = score(LoadBearing(), asked(IDLE, PARIS, OTHER))
    assert (found.value, found.note) == (-1.0, "d1 (gold)")
    assert score(LoadBearing(), asked(IDLE, PARIS, PARIS)).value == 0  # said twice


def test_the_smallest_deletion_is_verified_and_redundant_evidence_counts() -> None:
    assert score(MinFlip(), asked(IDLE, PARIS, OTHER)).value == 1
    twice = score(MinFlip(), asked(PARIS, PARIS, IDLE))
    assert (twice.value, twice.note) == (2.0, "d0, d1")
    assert score(MinFlip(where="index"), asked(IDLE, PARIS, OTHER)).value == 1


def test_effects_that_do_not_add_up_are_told() -> None:
    assert score(AdditivityError(), asked(IDLE, PARIS, OTHER)).value == 0
    assert score(AdditivityError(), asked(PARIS, PARIS)).value == -1  # each alone is not missed, both are


def test_where_influence_lies() -> None:
    assert score(InfluenceDepth(), asked(IDLE, PARIS, OTHER)).value == 1
    assert score(InfluenceDepth(), asked(PARIS, PARIS)).reason == "not_applicable"


@pytest.mark.parametrize("measure", [LoadBearing(), MinFlip(), AdditivityError(), InfluenceDepth()])
def test_a_case_that_fails_or_an_opaque_system_is_not_asked_again(measure: LoadBearing) -> None:
    assert score(measure, asked(IDLE, reply="Rome")).reason == "not_applicable"
    assert score(measure, trial("Paris", "Paris")).reason == "not_applicable"


def test_a_vote_of_passages() -> None:
    assert score(Votes(), asked(PARIS, PARIS, PARIS, PARIS)).value == 1
    assert score(Votes(injected=2), asked(PARIS, PARIS, PARIS, PARIS)).value == 0
    assert score(Votes(), asked(PARIS, OTHER)).value == 0  # a tie
    assert score(Votes(), asked(IDLE, IDLE)).value == 0  # nobody answers: not certified, and no null
    assert score(CertifiedAccuracy(), asked(OTHER, OTHER, OTHER, OTHER)).value == 0
    with pytest.raises(InputError, match="exact, published"):
        parse_measure("cert.votes(rule=none)")


DOCS = Corpus.of([Doc(id="gold", text="The treaty was signed in Paris on the second day of a long and cold winter.")])


def withdrawn(reply: str, *, cites: Sequence[tuple[str, str]] = (), abstained: bool | None = None) -> Score:
    again = Again(system=Quotes(), question="?", edit=CorpusEdit(), replicate=0, corpus=DOCS)
    seen = trial(
        reply, "Paris", under=REMOVED, cites=cites, given=(), abstained=abstained, removed=("gold",), again=again
    )
    return score(Leak(), seen)


def test_a_leak_is_a_citation_a_copy_or_the_answer_itself() -> None:
    assert withdrawn("I could not find this.", abstained=True).value == 0
    assert withdrawn("Somewhere in France.").value == 0
    assert withdrawn("Paris").value == 1
    assert withdrawn("I do not know.", cites=[("gold", "")], abstained=True).value == 1
    copied = withdrawn("They say it was on the second day of a long and cold winter, but not where.")
    assert (copied.value, copied.note) == (1.0, "reproduces a withdrawn document")
    assert score(Leak(), trial("Paris", "Paris")).reason == "not_applicable"


def test_a_stale_index_shows() -> None:
    from trials import condition

    from robustcore.perturb.base import Preserves

    under = condition(Preserves.EVIDENCE_REMOVING, "corpus")
    ranking = (Passage(doc_id="gold", text="x"),)
    assert score(StillRetrieved(), trial("x", "Paris", under=under, removed=("gold",), ranking=ranking)).value == 1
    assert score(StillRetrieved(), trial("x", "Paris", under=under, removed=("gold",), ranking=())).value == 0
    assert not contains_answer(IDLE, ["Paris"])
