"""answer_similarity: one graded number for long answers, without a judge."""

from __future__ import annotations

import pytest
from trials import REMOVED, lost, score, trial

from robustcore.calls.types import CallError
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.errors import InputError
from robustcore.measures.registry import parse_measure
from robustcore.measures.similarity import ENDPOINT, AnswerSimilarity
from robustcore.measures.similarity_parts import facts_covered

GOLD = (
    "Orlewick repays what a meal really cost, with a ceiling of 12 euros for breakfast and 34 euros for dinner. "
    "Alcohol is not repaid, except one drink per guest if customers were invited."
)
REWORDED = (
    "Meals are reimbursed at their actual price: up to 12 euros in the morning, at most 34 euros in the evening at "
    "Orlewick. Drinks with alcohol are at one's own cost, but for a single one each when clients are guests."
)


def value(reply: str, *golds: str) -> float:
    found = score(AnswerSimilarity(), trial(reply, *(golds or (GOLD,)))).value
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _encoder() -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra 'local'")


def test_the_reference_itself_is_1_and_an_empty_reply_0() -> None:
    assert value(GOLD) == pytest.approx(1, abs=1e-5)
    assert value("...") == 0


def test_better_replies_score_higher() -> None:
    first = REWORDED.split(". ")[0] + "."
    false = REWORDED.replace("12", "50").replace("34", "90")
    ordered = [value(reply) for reply in (GOLD, REWORDED, first, "The cat sat on the mat.")]
    assert ordered == sorted(ordered, reverse=True)
    assert value(REWORDED) > value(false)


def test_the_nearest_gold_counts() -> None:
    # another batch is rounded otherwise where the processor multiplies in bf16
    assert value(REWORDED, "Nothing of the kind.", GOLD) == pytest.approx(value(REWORDED), abs=1e-3)


def test_facts_are_numbers_with_their_units_and_names() -> None:
    gold = "The ferry Skarvold carried 72 guests for 12 % less."
    assert facts_covered("In all, 72 guests came with Skarvold, 12% fewer.", gold) == 1
    assert facts_covered("In all, 72 came with Skarvold, 12% fewer.", gold) == 1
    assert facts_covered("In all, 72 days with Skarvold, and 12 fewer.", gold) == pytest.approx(1 / 3)
    assert facts_covered("Somebody carried somebody.", gold) == 0
    assert facts_covered("anything", "it rains") is None


def test_what_cannot_be_compared_is_unscored() -> None:
    measure = AnswerSimilarity()
    assert score(measure, trial("x", "Paris", under=REMOVED)).reason == "not_applicable"
    assert score(measure, trial("x")).reason == "no_oracle"
    assert score(measure, lost()).reason == "infra_error"


def test_an_encoder_that_breaks_is_a_judge_error_and_no_zero() -> None:
    measure = AnswerSimilarity()
    broken = ScriptedEndpoint(lambda call: CallError(kind="infra_error", message="out of memory"))
    flow = measure.flow(trial("Paris", "Paris"))
    (call,) = next(flow)
    assert call.endpoint == ENDPOINT
    with pytest.raises(StopIteration) as stop:
        flow.send([reply for _, reply in broken.run([call])])
    assert stop.value.value.reason == "judge_error"


def test_weights_are_options_of_the_name_and_must_make_one_whole() -> None:
    name = "answer_similarity(f1_weight=0.5, facts_weight=0.25, encoder_weight=0.25)"
    assert parse_measure(name).name == name
    assert parse_measure("answer_similarity").options == {"f1_weight": 0.2, "facts_weight": 0.1, "encoder_weight": 0.7}
    for bad in ("f1_weight=0.9", "f1_weight=-0.2, encoder_weight=1.1", "f1_weight=0, facts_weight=1, encoder_weight=0"):
        with pytest.raises(InputError):
            parse_measure(f"answer_similarity({bad})")
