"""Measures that ask a system again: effects of single documents, deletions that flip, votes; and what leaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from trials import REMOVED, condition, run, trial

from robustcore.calls.flows import FlowError
from robustcore.calls.types import Call, CallError, Endpoint, Flow
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
from robustcore.perturb.base import Preserves
from robustcore.perturb.edit import CorpusEdit
from robustcore.systems.again import Again
from robustcore.systems.base import Answer
from robustcore.systems.trial import Trial

WITHDRAWN_EVIDENCE = condition(Preserves.EVIDENCE_REMOVING, "corpus")
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


def passages_of(*ids: str) -> tuple[Passage, ...]:
    return tuple(Passage(doc_id=doc_id, text="x") for doc_id in ids)


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
    under = WITHDRAWN_EVIDENCE
    ranking = (Passage(doc_id="gold", text="x"),)
    assert score(StillRetrieved(), trial("x", "Paris", under=under, removed=("gold",), ranking=ranking)).value == 1
    assert score(StillRetrieved(), trial("x", "Paris", under=under, removed=("gold",), ranking=())).value == 0
    assert not contains_answer(IDLE, ["Paris"])


def test_a_graded_reply_is_scored_by_its_f1() -> None:
    found = score(LoadBearing(by="answer_f1"), asked(IDLE, PARIS, OTHER, reply="Paris it is"))
    assert found.value == pytest.approx(-0.5)  # F1 2 * 1 / (3 + 1) with all of them, 0 without d1
    assert score(LoadBearing(by="answer_f1", pass_at_least=0.6), asked(PARIS, reply="Paris it is")).value is None
    assert score(LoadBearing(by="answer_f1", pass_at_least=0.5), asked(PARIS, reply="Paris it is")).value == -0.5


def test_passages_of_one_document_go_together_and_influence_is_by_passage() -> None:
    again = Again(system=Quotes(), question="?", edit=CorpusEdit(), replicate=0, corpus=Corpus())
    given = tuple(Passage(doc_id=doc, text=text) for doc, text in (("a", PARIS), ("b", IDLE), ("a", PARIS)))
    seen = trial("Paris", "Paris", given=given, gold_docs=("a",), again=again)
    assert score(LoadBearing(), seen).note == "a (gold)"
    assert score(LoadBearing(), seen).value == -1
    assert score(InfluenceDepth(), seen).reason == "not_applicable"  # each passage alone is not missed
    spread = score(InfluenceDepth(), asked(PARIS, IDLE, IDLE, OTHER))
    assert (spread.value, spread.note) == (0.0, "of 4 passages, uniform 1.5")


def test_what_is_not_asked_says_why() -> None:
    opaque = "needs a system that shows what it retrieves (retriever and reader apart)"
    assert score(LoadBearing(), trial("Paris", "Paris")).note == opaque
    assert score(Votes(), trial("Paris", "Paris")).note == opaque
    assert score(LoadBearing(), asked(IDLE, reply="Rome")).note == "the case fails with all its documents"
    assert score(LoadBearing(), asked(reply="Paris")).note == "no document was given"
    assert score(AdditivityError(), asked(PARIS)).note == "fewer than two documents were given"
    assert score(InfluenceDepth(), asked(PARIS, PARIS)).note == "no single passage has an influence"
    assert score(LoadBearing(), asked(PARIS, under=REMOVED)).note == "the right reply is to decline"
    again = Again(system=Quotes(), question="?", edit=CorpusEdit(), replicate=0, corpus=Corpus())
    no_gold = trial("Paris", given=PASSAGES, again=again)
    for measure in (LoadBearing(), CertifiedAccuracy()):
        found = score(measure, no_gold)
        assert (found.reason, found.note) == ("no_oracle", "no gold answer with content")
    lost_reply = score(Votes(), trial(None, "Paris", skip="noop", note="nothing to change"))
    assert (lost_reply.reason, lost_reply.note) == ("noop", "nothing to change")
    nothing = score(StillRetrieved(), trial("x", "Paris", removed=("gold",), ranking=()))
    assert nothing.note == "nothing was withdrawn from the index, or retrieval is not shown"
    assert score(Leak(), trial("Paris", "Paris")).note == "no evidence was withdrawn"


def test_no_deletion_may_flip_the_answer() -> None:
    @dataclass(kw_only=True)
    class Knows(Quotes):
        def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
            return Answer(text="Paris", passages=passages)
            yield list[Call]()

    again = Again(system=Knows(), question="?", edit=CorpusEdit(), replicate=0, corpus=Corpus())
    seen = trial("Paris", "Paris", given=PASSAGES, again=again)
    found = score(MinFlip(), seen)
    assert (found.reason, found.note) == ("not_applicable", "no deletion that was tried flips the answer")
    titled = trial("Paris", "Paris", given=(Passage(doc_id="t", title="Paris", text="A city."),), again=again)
    assert score(MinFlip(), titled).reason == "not_applicable"
    assert again.system.read_so_far == []  # type: ignore[attr-defined]


def test_documents_leave_the_index_and_others_take_their_places() -> None:
    quotes = Quotes()
    again = Again(system=quotes, question="?", edit=CorpusEdit(), replicate=0, corpus=Corpus())
    seen = trial("Paris", "Paris", given=PASSAGES[1:2], again=again)
    assert score(LoadBearing(where="index"), seen).value == -1
    assert quotes.read_so_far == [("d0", "d2")]


def test_notes_of_votes_name_the_winner() -> None:
    assert score(Votes(), asked(PARIS, PARIS, OTHER)).note == "paris"
    assert score(Votes(), asked(IDLE)).note == "nobody wins"
    assert score(CertifiedAccuracy(), asked(PARIS, PARIS, PARIS)).value == 1
    assert score(CertifiedAccuracy(), asked(PARIS, OTHER)).note == "nobody wins"
    many = [PARIS] * 5
    assert score(Votes(injected=2, rule="published"), asked(*many)).value == 1
    assert score(Votes(injected=2, rule="published"), asked(*[PARIS] * 4)).value == 0
    assert score(Votes(injected=2, rule="published"), asked(*[PARIS] * 3, OTHER, OTHER)).value == 0
    assert score(Votes(injected=2), asked(*[PARIS] * 3, OTHER, OTHER)).value == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("deletion.min_flip(by=x)", "deletion.min_flip: by cannot be 'x'"),
        ("deletion.min_flip(where=x)", "deletion.min_flip: where cannot be 'x'"),
        ("deletion.min_flip(pass_at_least=0)", "deletion.min_flip: pass_at_least must be above 0 and up to 1"),
        ("deletion.min_flip(pass_at_least=1.1)", "deletion.min_flip: pass_at_least must be above 0 and up to 1"),
        ("cert.votes(injected=-1)", "cert.votes: injected must be 0 or more, not -1"),
        ("cert.accuracy(rule=x)", "cert.accuracy: rule cannot be 'x'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_measure(name)
    assert refused.value.problems[0].what == words


def test_a_copy_is_eight_words_that_nothing_given_holds() -> None:
    again = Again(system=Quotes(), question="?", edit=CorpusEdit(), replicate=0, corpus=DOCS)
    run_of_eight = "on the second day of a long and"

    def leaked(reply: str, *given: str) -> Score:
        shown = tuple(Passage(doc_id=f"p{i}", text=text) for i, text in enumerate(given))
        return score(
            Leak(), trial(reply, "Paris", under=REMOVED, given=shown, removed=("gold", "unknown"), again=again)
        )

    assert leaked(run_of_eight).value == 1
    assert leaked(run_of_eight.removesuffix(" and")).value == 0
    assert leaked(run_of_eight, f"It was {run_of_eight} dark night.").value == 0
    assert (leaked("Paris").value, leaked("Paris").note) == (1.0, "states the answer, which nothing given states")
    assert leaked("Paris", "Paris is a city.").value == 0
    assert (leaked("Paris", "Paris").note, leaked("Rome").note) == ("", "")
    cited = score(Leak(), trial("x", "Paris", under=REMOVED, removed=("b", "a"), cites=[("b", ""), ("a", "")]))
    assert cited.note == "cites a, b"
    stale = trial("x", "Paris", under=WITHDRAWN_EVIDENCE, removed=("b", "a"), ranking=passages_of("b", "a", "c"))
    assert score(StillRetrieved(), stale).note == "retrieved: a, b"


def test_a_system_that_fails_when_asked_again_is_lost_with_its_reason() -> None:
    @dataclass(kw_only=True)
    class Fails(Quotes):
        def read(self, question: str, passages: tuple[Passage, ...], *, replicate: int) -> Flow[Answer]:
            raise FlowError(CallError(kind="infra_error", message="gone"))
            yield list[Call]()

    again = Again(system=Fails(), question="?", edit=CorpusEdit(), replicate=0, corpus=Corpus())
    seen = trial("Paris", "Paris", given=PASSAGES, again=again)
    for measure in (LoadBearing(), Votes(), InfluenceDepth()):
        found = score(measure, seen)
        assert (found.value, found.reason, found.note) == (None, "infra_error", "gone")
