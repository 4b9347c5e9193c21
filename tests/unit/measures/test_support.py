"""Is a reply backed by the passages it was given? The rules one by one, then the whole with a real small encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from trials import lost, passages, score, trial

from robustcore.calls.types import Call, Response
from robustcore.corpus.normalise import tokens
from robustcore.measures.support import FullySupported, Supported
from robustcore.measures.support_endpoint import SupportEndpoint
from robustcore.measures.support_rules import broken, claims_of, coverage, windows_of
from robustcore.measures.support_text import facts_of, stem

LEAVE = (
    "Every full-time employee of Orlewick receives 27 days of paid leave per year. Part-time colleagues receive less, "
    "and nobody needs to apply for it. The contribution is €35 per flight, or 4.5 per cent of 3.42 million euros. "
    "Dogs are not allowed in the wet laboratory. Torstein Vik chairs the works council."
)


class HashedWords:
    """A small deterministic encoder: words hashed into 256 signed buckets. Counts the texts it was given."""

    fingerprint = "hashed words"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen += texts
        return np.stack([self._vector(text) for text in texts])

    @staticmethod
    def _vector(text: str) -> NDArray[np.float32]:
        vector = np.zeros(256, np.float32)
        for word in tokens(text):
            digest = hashlib.blake2b(stem(word).encode(), digest_size=2).digest()
            vector[digest[0]] += 1 if digest[1] % 2 else -1
        return vector / max(float(np.linalg.norm(vector)), 1e-9)


def backed(question: str, reply: str, *texts: str, title: str = "") -> bool:
    """Say whether every claim of the reply is backed."""
    seen = trial(reply, "x", question=question, given=passages(*(texts or (LEAVE,)), title=title))
    return score(FullySupported(encoder=HashedWords), seen).value == 1.0


def rule(question: str, reply: str) -> str:
    """Return the rule that the best window breaks."""
    (claim,) = claims_of(question, reply)
    return broken(claim, max(windows_of("", LEAVE), key=lambda window: coverage(claim, window)))


@pytest.mark.parametrize(
    ("reply", "claimed"),
    [
        ("Torstein Vik chairs works council", "Who leads? Torstein Vik chairs works council"),
        ("Torstein Vik chairs large works council", "Torstein Vik chairs large works council"),
    ],
)
def test_a_reply_of_five_content_words_is_read_with_the_question_and_a_longer_one_alone(
    reply: str, claimed: str
) -> None:
    assert [claim.text for claim in claims_of("Who leads?", reply)] == [claimed]


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("How many days of paid leave does an employee receive?", "27 days"),
        ("How many days of paid leave does an employee receive?", "twenty-seven days"),
        ("What is the contribution per flight?", "35 euros"),
        ("What is the contribution per flight?", "EUR 35"),
        ("What share is the contribution?", "4.5%"),
        ("Of which amount is the contribution a share?", "3,420,000 euros"),
        ("Who chairs the works council?", "Torstein Vik"),
        ("Are dogs allowed in the wet laboratory?", "No"),
        ("Who chairs the works council?", "Torstein Vik chairs the works council."),
        ("Anything?", "Every full-time employee of Orlewick receives 27 days of paid leave per year."),
        ("Anything?", "Dogs are not allowed in the wet laboratory."),
    ],
)
def test_what_a_passage_says_is_backed(question: str, reply: str) -> None:
    assert backed(question, reply)


@pytest.mark.parametrize(
    ("question", "reply", "reason"),
    [
        ("How many days of paid leave does an employee receive?", "25 days", "number 25 day"),
        ("How many days of paid leave does an employee receive?", "27 weeks", "number 27 week"),
        ("What share is the contribution?", "4.5 euros", "number 4.5 euro"),
        ("What share is the contribution?", "35%", "number 35 %"),
        ("Who chairs the works council?", "Halvard Brekke", "name brekk"),
        ("What are employees paid?", "bonuses", "word bonus"),
        ("Are dogs allowed in the wet laboratory?", "Yes", "polarity"),
    ],
)
def test_a_swapped_number_unit_name_word_or_negation_is_not_backed(question: str, reply: str, reason: str) -> None:
    assert not backed(question, reply)
    assert rule(question, reply) == reason


@pytest.mark.parametrize(
    "reply",
    [
        "Every full-time employee of Orlewick receives 31 days of paid leave per year.",
        "Every full-time employee of Meridian receives 27 days of paid leave per year.",
        "Dogs are allowed in the wet laboratory on every working day of the year.",
        "Every full-time employee does not receive 27 days of paid leave per year.",
    ],
)
def test_a_sentence_with_one_thing_changed_is_not_backed(reply: str) -> None:
    assert not backed("Anything?", reply)


def test_the_right_words_in_another_passage_still_back_a_claim() -> None:
    assert backed("Who chairs the works council?", "Torstein Vik", "Nothing to see here.", LEAVE)


def test_a_name_may_stand_in_the_title() -> None:
    text = "The council has nine members and meets on the first Monday of each month."
    reply = "The Sallowby council has nine members and meets on the first Monday of each month."
    assert backed("Anything?", reply, text, title="Council of Sallowby")
    assert not backed("Anything?", reply, text)


def test_supported_is_the_share_of_claims_and_fully_supported_all_of_them() -> None:
    reply = (
        "Every full-time employee of Orlewick receives 27 days of paid leave per year. "
        "Torstein Vik chairs the board of directors of Meridian since 1999."
    )
    seen = trial(reply, "x", given=passages(LEAVE))
    assert score(Supported(encoder=HashedWords), seen).value == 0.5
    found = score(FullySupported(encoder=HashedWords), seen)
    assert found.value == 0.0
    assert "Meridian" in found.note


def test_an_answer_without_passages_is_zero_and_an_abstention_is_not_judged() -> None:
    measure = Supported(encoder=HashedWords)
    assert score(measure, trial("27 days", "x", given=())).value == 0.0
    assert score(measure, trial("I don't know", "x", given=())).reason == "not_applicable"
    assert score(measure, trial("...", "x", given=passages(LEAVE))).reason == "not_applicable"
    assert score(measure, trial("27 days", "x")).reason == "not_applicable"
    assert score(measure, lost()).reason == "infra_error"


def call(reply: str, question: str = "How many days of leave does an employee get?", **settings: Any) -> Call:
    options = {"coverage_weight": 0.5, "threshold": 0.45, "candidates": 2, **settings}
    payload = {"question": question, "reply": reply, "passages": [{"title": "", "text": LEAVE}]}
    return Call(endpoint="support", op="check", payload=payload, settings=options)


def test_a_batch_encodes_each_text_once_and_gives_what_single_calls_give() -> None:
    encoder = HashedWords()
    endpoint = SupportEndpoint(lambda: encoder)
    calls = [call("27 days"), call("27 days"), call("31 days"), call("Torstein Vik", "Who chairs the council here?")]
    found = dict(endpoint.run(calls))
    assert len(encoder.seen) == len(set(encoder.seen))
    for index, one in enumerate(calls):
        assert dict(endpoint.run([one]))[0] == found[index]


def test_the_encoder_is_not_asked_where_the_rules_decide() -> None:
    encoder = HashedWords()
    endpoint = SupportEndpoint(lambda: encoder)
    verbatim = "Every full-time employee of Orlewick receives 27 days of paid leave per year."
    found = dict(endpoint.run([call("31 days"), call(verbatim)]))
    assert encoder.seen == []
    assert [one["supported"] for i in (0, 1) for one in _claims(found[i])] == [False, True]


def test_each_claim_keeps_its_best_window_and_why_it_failed() -> None:
    (one,) = _claims(dict(SupportEndpoint(HashedWords).run([call("31 days")]))[0])
    assert one["broken"] == "number 31 day"
    (one,) = _claims(dict(SupportEndpoint(HashedWords).run([call("27 days")]))[0])
    assert one["window"].startswith("Every full-time employee")
    assert one["passage"] == 0
    assert 0 <= one["similarity"] <= 1


def test_a_lower_threshold_backs_more() -> None:
    asked = call("Torstein Vik", "By whom was the assembly led last autumn?", threshold=0.9)
    (strict,) = _claims(dict(SupportEndpoint(HashedWords).run([asked]))[0])
    (loose,) = _claims(
        dict(SupportEndpoint(HashedWords).run([call("Torstein Vik", asked.payload["question"], threshold=0.1)]))[0]
    )
    assert (strict["supported"], loose["supported"]) == (False, True)


def test_the_fingerprint_follows_the_encoder() -> None:
    other = HashedWords()
    other.fingerprint = "another one"
    first = SupportEndpoint(HashedWords).fingerprint
    assert first == SupportEndpoint(HashedWords).fingerprint
    assert first != SupportEndpoint(lambda: other).fingerprint


def test_a_perturbed_question_does_not_change_what_is_checked() -> None:
    seen = trial("27 days", "x", question="How many days of leave?", given=passages(LEAVE))
    (made,) = next(Supported(encoder=HashedWords).flow(seen))
    assert made.payload["question"] == "How many days of leave?"


def test_quantities_are_read_with_scale_unit_and_spelling() -> None:
    spelled = ("3.42 million euros", "€3.42 million", "3,420,000 euros", "EUR 3.42 million")
    assert len({facts_of(text).quantities for text in spelled}) == 1
    assert facts_of("ninety centimetres").quantities == facts_of("90 cm").quantities
    assert facts_of("15th of January").quantities == facts_of("January 15").quantities


def test_names_are_capitals_inside_a_sentence_or_in_a_row() -> None:
    assert facts_of("Yesterday the Danube froze. Maud Ellingrave saw it.").names == {"danub", "maud", "ellingrav"}
    assert facts_of("Three years later").names == frozenset()


def _claims(reply: object) -> list[dict[str, Any]]:
    assert isinstance(reply, Response)
    claims: list[dict[str, Any]] = reply.value["claims"]
    return claims
