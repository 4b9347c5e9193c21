"""Endpoints that compare texts, with an encoder whose vectors are written down: every number by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from trials import passages, score, trial

from robustcore.calls.types import Call, CallError, Response
from robustcore.corpus.records import Passage
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.errors import InputError
from robustcore.keys import content_key
from robustcore.measures.base import Measure, Score
from robustcore.measures.entailed import EntailedClaim, calls_of, judged, pairs_of
from robustcore.measures.registry import parse_measure
from robustcore.measures.similarity import AnswerSimilarity
from robustcore.measures.similarity_endpoint import SimilarityEndpoint
from robustcore.measures.similarity_parts import SimilarityParts, facts_covered, parts_of_text
from robustcore.measures.support import FullySupported, Supported
from robustcore.measures.support_endpoint import SupportEndpoint


class Angles:
    """An encoder that places each text at an angle, in degrees; texts it does not know are at 90."""

    fingerprint = "angles"

    def __init__(self, degrees: Mapping[str, float]) -> None:
        self.degrees = degrees
        self.batches: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append(list(texts))
        turned = np.deg2rad([self.degrees.get(text, 90.0) for text in texts])
        return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def compared(reply: str, gold: str, degrees: Mapping[str, float]) -> SimilarityParts:
    encoder = Angles(degrees)
    call = Call(endpoint="similarity", op="compare", payload={"reply": reply, "gold": gold})
    ((_, found),) = SimilarityEndpoint(lambda: encoder).run([call])
    assert isinstance(found, Response)
    return SimilarityParts.from_json(found.value)


def test_sentences_are_matched_both_ways_and_negative_cosines_count_nothing() -> None:
    found = compared("One bird. Two cats.", "Three dogs.", {"One bird.": 0, "Two cats.": 60, "Three dogs.": 0})
    assert found.sentences == pytest.approx(((1 + 0.5) / 2 + 1) / 2)
    apart = compared("One bird.", "Three dogs.", {"One bird.": 0, "Three dogs.": 120})
    assert apart.sentences == 0
    whole = compared("One bird. Two cats.", "One bird. Two cats.", {"One bird.": 0, "Two cats.": 90})
    assert whole == SimilarityParts(f1=1.0, facts=1.0, sentences=1.0)


def test_every_sentence_of_a_batch_is_encoded_once() -> None:
    encoder = Angles({})
    pairs = [("One bird.", "Two cats."), ("Two cats.", "One bird. Three dogs.")]
    calls = [Call(endpoint="s", op="compare", payload={"reply": r, "gold": g}) for r, g in pairs]
    assert [index for index, _ in SimilarityEndpoint(lambda: encoder).run(calls)] == [0, 1]
    assert encoder.batches == [["One bird.", "Two cats.", "Three dogs."]]


def test_the_identity_of_an_endpoint_is_that_of_its_rules_and_encoder() -> None:
    endpoint = SimilarityEndpoint(lambda: Angles({}))
    assert endpoint.fingerprint == content_key("similarity", 1, "angles")
    assert SupportEndpoint(lambda: Angles({})).fingerprint == content_key("support", 1, "angles")
    assert (endpoint.live, endpoint.packing.max_calls, endpoint.packing.by_length) == (False, 4096, False)

    class Nameless(Angles):
        fingerprint = None  # type: ignore[assignment]

    assert SimilarityEndpoint(lambda: Nameless({})).fingerprint is None


def similarity(reply: str, *golds: str, degrees: Mapping[str, float], **weights: float) -> Score:
    encoder = Angles(degrees)
    return score(AnswerSimilarity(encoder=lambda: encoder, **weights), trial(reply, *golds))


def test_the_parts_are_weighed_and_the_nearest_gold_counts() -> None:
    degrees = {"the red barn": 0.0, "red barn 5": 60.0, "far away": 90.0}
    found = similarity("the red barn", "far away", "red barn 5", degrees=degrees)
    f1 = 2 * 2 / (3 + 3)
    assert found.value == pytest.approx(0.2 * f1 + 0.1 * 0 + 0.7 * 0.5)
    assert found.note == "F1 0.67, facts 0.00, sentences 0.50"
    no_facts = similarity("the red barn", "red barn 5"[:-2], degrees={"red barn": 60.0, "the red barn": 0.0})
    assert no_facts.value == pytest.approx((0.2 * 0.8 + 0.7 * 0.5) / 0.9)
    assert no_facts.note == "F1 0.80, no facts, sentences 0.50"
    own = {"f1_weight": 0.5, "facts_weight": 0.25, "encoder_weight": 0.25}
    weighed = similarity("the red barn", "red barn 5", degrees=degrees, **own)
    assert weighed.value == pytest.approx(0.5 * f1 + 0.25 * 0.5)
    empty = similarity("...", "red barn", degrees={})
    assert (empty.value, empty.note) == (0.0, "an empty reply")


def test_a_comparison_is_one_call_a_gold_answer_with_content() -> None:
    (first, second) = next(AnswerSimilarity().flow(trial("abc", "de", "...", "fgh")))
    assert (first.endpoint, first.op, first.payload, first.length) == (
        "similarity",
        "compare",
        {"reply": "abc", "gold": "de"},
        5,
    )
    assert second.payload["gold"] == "fgh"


@pytest.mark.parametrize(
    "weights",
    [(-0.2, 0.2, 1.0), (0.5, 0.5, 0.1), (0.0, 1.0, 0.0), (0.3, 0.3, 0.3)],
)
def test_weights_must_make_one_whole(weights: tuple[float, float, float]) -> None:
    f1, facts, encoder = weights
    with pytest.raises(InputError, match="the weights must be 0 or more, sum to 1, and not rest on facts alone"):
        AnswerSimilarity(f1_weight=f1, facts_weight=facts, encoder_weight=encoder)
    assert AnswerSimilarity(f1_weight=1.0, facts_weight=0.0, encoder_weight=0.0).f1_weight == 1.0


def test_facts_and_sentences_of_texts() -> None:
    assert facts_covered("It was 5 %.", "5 % of Oslo is wet") == 0.5
    assert facts_covered("It was 5.", "5 % is wet") == 0.0
    assert facts_covered("In 5 minutes", "5 hours") == 0.0
    assert facts_covered("In 5", "5 hours") == 1.0
    assert parts_of_text("One. Two.") == ["One.", "Two."]
    assert parts_of_text("  ") == ["  "]


QUESTION = "Who chairs the council of the northern town?"
WINDOW = "Torstein Vik leads it."


def claims(reply: str, *texts: str, degrees: Mapping[str, float], **settings: Any) -> list[dict[str, Any]]:
    options = {"coverage_weight": 0.5, "threshold": 0.45, "candidates": 2, **settings}
    shown = [{"title": "", "text": text} for text in texts]
    payload = {"question": QUESTION, "reply": reply, "passages": shown}
    call = Call(endpoint="support", op="check", payload=payload, settings=options)
    ((_, found),) = SupportEndpoint(lambda: Angles(degrees)).run([call])
    assert isinstance(found, Response)
    made: list[dict[str, Any]] = found.value["claims"]
    return made


def test_a_claim_is_backed_by_coverage_and_cosine_together() -> None:
    text = f"{QUESTION} Torstein Vik"
    (one,) = claims("Torstein Vik", "Nothing here.", WINDOW, degrees={text: 0.0, WINDOW: 60.0})
    covered = 2 / 6  # Torstein and Vik of those and chair, council, northern, town
    assert one == {
        "claim": text,
        "supported": False,
        "window": WINDOW,
        "passage": 1,
        "coverage": pytest.approx(covered, abs=1e-6),
        "similarity": pytest.approx(0.5),
        "score": pytest.approx(0.5 * covered + 0.25, abs=1e-6),
        "broken": "",
    }
    (near,) = claims("Torstein Vik", WINDOW, degrees={text: 0.0, WINDOW: 30.0})
    assert near["supported"]
    (loose,) = claims("Torstein Vik", WINDOW, degrees={text: 0.0, WINDOW: 60.0}, threshold=0.41)
    assert loose["supported"]
    (heavy,) = claims("Torstein Vik", WINDOW, degrees={text: 0.0, WINDOW: 60.0}, coverage_weight=0.1, threshold=0.48)
    assert (heavy["supported"], heavy["score"]) == (True, pytest.approx(0.1 * covered + 0.9 * 0.5, abs=1e-6))


def test_the_best_of_several_candidates_counts() -> None:
    text = f"{QUESTION} Torstein Vik"
    second = "Torstein Vik sits."
    degrees = {text: 0.0, WINDOW: 80.0, second: 10.0}
    (both,) = claims("Torstein Vik", WINDOW, second, degrees=degrees)
    assert (both["window"], both["passage"], both["supported"]) == (second, 1, True)
    (one,) = claims("Torstein Vik", WINDOW, second, degrees=degrees, candidates=1)
    assert (one["window"], one["supported"]) == (WINDOW, False)


def test_where_a_rule_is_broken_the_best_covered_window_is_shown() -> None:
    (one,) = claims("Torstein Berg", "Nothing here.", WINDOW, degrees={})
    assert (one["broken"], one["window"], one["similarity"], one["supported"]) == ("name berg", WINDOW, None, False)


def test_notes_name_the_first_claim_that_is_not_backed() -> None:
    seen = trial("Torstein Berg", "x", question=QUESTION, given=passages(WINDOW))
    found = score(Supported(encoder=lambda: Angles({})), seen)
    assert (found.value, found.note) == (0.0, f"not backed (name berg): {QUESTION} Torstein Berg")
    far = trial("Torstein Vik", "x", question=QUESTION, given=passages(WINDOW))
    text = f"{QUESTION} Torstein Vik"
    found = score(FullySupported(encoder=lambda: Angles({text: 0.0})), far)
    assert found.note == f"not backed (too far): {text}"
    assert score(FullySupported(encoder=lambda: Angles({text: 0.0, WINDOW: 0.0})), far) == Score(value=1.0)


def failing(measure: Measure, seen: Any) -> Score:
    broken = ScriptedEndpoint(lambda call: CallError(kind="infra_error", message="out of memory"))
    flow = measure.flow(seen)
    calls = next(flow)
    with pytest.raises(StopIteration) as stop:
        flow.send([reply for _, reply in broken.run(calls)])
    found: Score = stop.value.value
    return found


def test_an_encoder_or_a_model_that_breaks_is_a_judge_error() -> None:
    seen = trial("Torstein Vik", "x", question=QUESTION, given=passages(WINDOW))
    for name in ("supported", "fully_supported", "supported(checker=entailment, model=m)"):
        found = failing(parse_measure(name), seen)
        assert (found.value, found.reason, found.note) == (None, "judge_error", "out of memory")


def test_premises_are_the_closest_windows_under_their_titles() -> None:
    shown = [Passage(doc_id="a", text="Dogs bark.", title="Dogs"), Passage(doc_id="b", text=WINDOW)]
    pairs = pairs_of(QUESTION, "Torstein Vik", shown, candidates=2)
    claim = f"{QUESTION} Torstein Vik"
    assert pairs == {claim: [WINDOW, "Dogs. Dogs bark."]}
    assert pairs_of(QUESTION, "Torstein Vik", shown, candidates=1) == {claim: [WINDOW]}
    assert pairs_of(QUESTION, "...", shown, candidates=1) == {}
    first, second = calls_of("m", pairs)
    assert (first.endpoint, first.op, first.payload) == ("m", "entail", {"premise": WINDOW, "hypothesis": claim})
    assert first.length == len(WINDOW) + len(claim)
    assert second.payload["premise"] == "Dogs. Dogs bark."


def test_a_claim_is_judged_by_its_best_premise() -> None:
    def reply(entailment: float) -> Response:
        return Response(value={"entailment": entailment})

    pairs = {"one": ["p", "q", "r"], "two": ["s"], "three": []}
    found = judged(pairs, [reply(0.2), reply(0.7), reply(0.7), reply(0.0)])
    assert found == [
        EntailedClaim(claim="one", window="q", score=0.7),
        EntailedClaim(claim="two", window="", score=0.0),
        EntailedClaim(claim="three", window="", score=0.0),
    ]
    error = CallError(kind="infra_error", message="gone")
    assert judged(pairs, [reply(0.2), error, reply(0.7), reply(0.0)]) is error


def test_a_reply_is_entailed_from_its_threshold_on() -> None:
    seen = trial("Torstein Vik", "x", question=QUESTION, given=passages(WINDOW))

    def entailed(at: float, probability: float) -> Score:
        measure = Supported(checker="entailment", model="m", entailed_at=at, candidates=1)
        flow = measure.flow(seen)
        (call,) = next(flow)
        assert call.endpoint == "entailment:m"
        with pytest.raises(StopIteration) as stop:
            flow.send([Response(value={"entailment": probability})])
        found: Score = stop.value.value
        return found

    assert entailed(0.5, 0.5) == Score(value=1.0)
    missed = entailed(0.5, 0.49)
    assert (missed.value, missed.note) == (0.0, f"not entailed (0.49): {QUESTION} Torstein Vik")
    named = Supported(checker="entailment", model="m", revision="r")
    (call, *_) = next(named.flow(seen))
    assert call.endpoint == "entailment:m@r"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("supported(checker=rule)", "supported has no checker 'rule'"),
        ("supported(checker=entailment)", "supported: checker=entailment and model=... go together"),
        ("fully_supported(model=m)", "fully_supported: checker=entailment and model=... go together"),
    ],
)
def test_options_that_do_not_go_together_are_refused(name: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_measure(name)
    assert refused.value.problems[0].what == words
