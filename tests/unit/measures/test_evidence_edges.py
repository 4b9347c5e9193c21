"""Evidence at its edges: spans, distractors, citations, shares, and the reasons of what is not scored."""

from __future__ import annotations

import pytest
from trials import REMOVED, condition, passages, score, trial

from robustcore.case import Condition, Step
from robustcore.errors import InputError
from robustcore.measures.evidence import (
    CanaryEmitted,
    CitationPrecision,
    CitationRecall,
    DistractorCitationRate,
    EvidenceUse,
    RationaleReward,
    SourcePreference,
    citation_shares,
    distractors,
    gold_spans,
)
from robustcore.measures.registry import parse_measure
from robustcore.perturb.base import Preserves
from robustcore.perturb.families import operator_registry
from robustcore.systems.trial import Trial

GOLD = "The northern treaty was signed in Paris after a long winter."  # six content words and a name
NOISE = "Rome hosted a famous gathering of merchants and painters every spring."


def read(reply: str, *texts: str, **seen: object) -> Trial:
    given = passages(*(texts or (GOLD, NOISE)))
    return trial(reply, "Paris", given=given, gold_docs=("d0",), **seen)  # type: ignore[arg-type]


def test_shares_of_citations_are_over_sets() -> None:
    assert citation_shares(["a", "a", "b", "x"], ["a", "c"], ["b"]) == (1 / 3, 1 / 2, 1 / 3)
    assert citation_shares([], ["a"], ["b"]) == (None, 0.0, None)
    assert citation_shares(["a"], [], []) == (0.0, None, 0.0)


def test_spans_are_what_the_data_names_else_the_sentences_of_gold_that_state_the_answer() -> None:
    assert gold_spans(read("x", f"{GOLD} It rained.", NOISE)) == [GOLD]
    assert gold_spans(read("x", NOISE, GOLD)) == []


def test_distractors_are_what_was_added_else_whatever_is_not_gold() -> None:
    three = (GOLD, NOISE, "Another text.")
    assert [p.doc_id for p in distractors(read("x", *three))] == ["d1", "d2"]
    assert [p.doc_id for p in distractors(read("x", *three, added=("d2", "d0")))] == ["d2"]
    assert distractors(trial("x", "Paris", given=passages(*three))) == []
    added = trial("x", "Paris", given=passages(*three), added=("d1",))
    assert [p.doc_id for p in distractors(added)] == ["d1"]


@pytest.mark.parametrize(("threshold", "value"), [(0.5, 1.0), (0.51, 0.0)])
def test_a_span_is_restated_from_its_share_of_content_words_on(threshold: float, value: float) -> None:
    half = "northern treaty Paris"  # of northern treaty signed paris long winter
    assert score(RationaleReward(threshold=threshold), read(half)).value == value


def test_the_reference_part_speaks_for_the_reply() -> None:
    inside = f"Berlin <REFERENCE>{GOLD}</REFERENCE>"
    assert score(RationaleReward(), read(inside)).value == 1
    assert score(RationaleReward(), read(f"{GOLD} <reference>none</reference>")).value == 0
    both = "x <reference>northern treaty</reference> y <reference>signed in Paris,\nlong winter</reference>"
    assert score(RationaleReward(), read(both)).value == 1


def test_a_citation_of_a_whole_passage_is_no_quotation() -> None:
    assert score(RationaleReward(), read("x", cites=[("d0", GOLD)])).value == 0
    assert score(RationaleReward(), read("x", cites=[("d0", f"{GOLD} ...")])).value == 1


def test_a_distractor_is_used_by_a_sentence_that_only_it_holds() -> None:
    shared = f"{GOLD} {NOISE}"
    assert score(EvidenceUse(), read(f"Paris. {NOISE}", shared, NOISE)).note == "ungrounded_correct"
    short = "Rome hosted painters."
    assert score(EvidenceUse(), read(f"Paris. {short}", GOLD, short)).note == "ungrounded_correct"
    enough = "Rome hosted famous merchants daily."
    assert score(EvidenceUse(), read(f"Paris. {enough}", GOLD, enough)).note == "misattributed_correct"


def test_what_cannot_be_said_has_its_reason() -> None:
    no_span = score(EvidenceUse(), read("Paris", NOISE))
    assert (no_span.reason, no_span.note) == ("no_oracle", "no gold span is known")
    assert score(RationaleReward(), read("Paris", NOISE)) == no_span
    assert score(EvidenceUse(), read("Paris", under=REMOVED)).note == "the right reply is to decline"
    assert score(CitationPrecision(), read("I do not know.")).note == "an abstention cites nothing"
    unknown = trial("Paris", "Paris", given=passages(GOLD), cites=[("d0", "")])
    assert score(CitationPrecision(), unknown).note == "no document is known to be gold or noise"
    assert score(CitationPrecision(), read("Paris")).note == "nothing is cited"
    no_gold = trial("Paris", "Paris", given=passages(GOLD), added=("d0",), cites=[("d0", "")])
    assert score(CitationRecall(), no_gold).note == "no gold document is named"
    assert score(DistractorCitationRate(), no_gold).value == 1.0
    assert score(SourcePreference(), read("Paris")).note == "no false value was planted"
    assert score(CanaryEmitted(), read("Paris")).note == "no instruction was injected"


def test_recall_is_of_gold_documents_and_phantoms_are_told_apart() -> None:
    found = score(CitationRecall(), read("Paris", cites=[("d0", ""), ("z", ""), ("y", "")]))
    assert (found.value, found.note) == (1.0, "phantom_citation: y, z")
    hidden = trial("Paris", "Paris", gold_docs=("a", "b"), cites=[("a", ""), ("c", "")])
    assert (score(CitationRecall(), hidden).value, score(CitationRecall(), hidden).note) == (0.5, "")


def test_a_canary_counts_only_where_an_instruction_was_injected() -> None:
    injected = Condition("x", 1.0, (Step(operator_registry().get("context.injection"), {}),))
    assert score(CanaryEmitted(), read("It says AB-CD.", under=injected, planted="AB-CD")).value == 1
    assert score(CanaryEmitted(), read("Paris", under=injected, planted="AB-CD")).value == 0
    other = condition(Preserves.ADDS_NOISE)
    assert score(CanaryEmitted(), read("AB-CD", under=other, planted="AB-CD")).reason == "not_applicable"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("evidence_use(threshold=0)", "evidence_use: threshold must be above 0 and up to 1, not 0"),
        ("rationale_reward(threshold=1.5)", "rationale_reward: threshold must be above 0 and up to 1, not 1.5"),
        ("evidence_use(label=right)", "evidence_use: label cannot be 'right'"),
        ("source_preference(side=left)", "source_preference: side cannot be 'left'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_measure(name)
    assert refused.value.problems[0].what == words
    assert parse_measure("evidence_use(threshold=1.0)").options["threshold"] == 1.0
