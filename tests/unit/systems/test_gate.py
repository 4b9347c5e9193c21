"""The gate: a verdict per class of operator, by rules first, then by whoever can be asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from unit.systems.driving import DATASET

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, CallError
from robustcore.case import Case, Condition, Step
from robustcore.corpus.records import Corpus, Example, Origin, Passage
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.keys import rng_of
from robustcore.perturb.base import Operator, Preserves
from robustcore.perturb.edit import NO_MODELS, At, Edit, Models
from robustcore.perturb.language.meaning import content_spans
from robustcore.stats.validity import Validity
from robustcore.systems.adapt import adapt
from robustcore.systems.drive import drive
from robustcore.systems.gate import Verdict, judged
from robustcore.systems.trial import Trial

ASKED = "Which port does the Aurelia leave from in 1987?"
EXAMPLE = Example(id="q", question=ASKED, answers=("Bergen",))
ALL = Models(encoder="encoder", judge="judge", entailment="entailment")


def _oracles(likeness: float = 0.9, judge: str = "yes", entailed: float = 0.9) -> ScriptedEndpoint:
    """Return an endpoint that plays all three oracles."""

    def answer(call: Call) -> Any:
        if call.op == "chat":
            return {"text": judge}
        if call.op == "entail":
            return {"entailment": entailed, "neutral": 0.0, "contradiction": 1 - entailed}
        old, new = call.payload["words"]
        return {"cosine": likeness, "kept": [likeness] * len(old), "new": [likeness] * len(new)}

    return ScriptedEndpoint(answer)


def _verdict(
    after: Any,
    *,
    preserves: Preserves = Preserves.MEANING,
    before: Any = ASKED,
    models: Models = NO_MODELS,
    oracles: ScriptedEndpoint | None = None,
    **edit: Any,
) -> Verdict:
    engine = Engine(Ledger(None), Run("r"))
    played = oracles or _oracles()
    engine.add_endpoints(dict.fromkeys(("encoder", "judge", "entailment"), played))
    at = At(severity=1.0, rng=rng_of(1), example=EXAMPLE, corpus=Corpus(), models=models)
    return dict(engine.run([("v", judged(preserves, before, Edit(value=after, **edit), at))]))["v"]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("Which port does the Aurelia leave from in 1978?", "numbers differ"),
        ("Which port does the Aurelia not leave from in 1987?", "negation"),
        ("From where does the Aurelia sail in 1987 and", "breaks off"),
        ("Does the Aurelia leave from Bergen in 1987?", "gives a gold answer away"),
    ],
)
def test_a_broken_rule_is_invalid_whatever_the_models_say(after: str, said: str) -> None:
    oracles = _oracles()
    verdict = _verdict(after, models=ALL, oracles=oracles)
    assert (verdict.validity, verdict.status) == ("invalid", "invalid_case")
    assert said in verdict.note
    assert not oracles.sent


def test_who_is_not_when() -> None:
    assert "person instead of time" in _verdict("Who left?", before="When did they leave?").note


@pytest.mark.parametrize(
    ("likeness", "validity", "status"),
    [(0.9, "valid", "applied"), (0.72, "undecided", "undecided_case"), (0.2, "invalid", "invalid_case")],
)
def test_the_encoder_decides_where_nobody_else_can(likeness: float, validity: str, status: str) -> None:
    after = "Out of what harbour did a vessel sail back in 1987?"
    verdict = _verdict(after, models=Models(encoder="encoder"), oracles=_oracles(likeness))
    assert (verdict.validity, verdict.status) == (validity, status)
    assert verdict.oracles == {"rules": "undecided", "encoder": validity}
    assert verdict.similarity == likeness


@pytest.mark.parametrize(("judge", "validity"), [("Yes.", "valid"), ("no", "invalid"), ("perhaps", "undecided")])
def test_a_judge_decides_and_the_encoder_is_noted_beside_it(judge: str, validity: str) -> None:
    models = Models(encoder="encoder", judge="judge")
    verdict = _verdict("Its harbour in 1987?", models=models, oracles=_oracles(0.9, judge))
    assert verdict.validity == validity
    assert verdict.oracles == {"rules": "undecided", "encoder": "valid", "judge": validity}


@pytest.mark.parametrize(("entailed", "validity"), [(0.9, "valid"), (0.1, "invalid")])
def test_an_entailment_model_is_asked_in_both_directions(entailed: float, validity: str) -> None:
    oracles = _oracles(entailed=entailed)
    verdict = _verdict("Its harbour in 1987?", models=Models(entailment="entailment"), oracles=oracles)
    assert verdict.validity == validity
    assert [call.payload["premise"] for call in oracles.sent] == [ASKED, "Its harbour in 1987?"]


def test_without_any_oracle_the_case_is_undecided_and_says_what_would_decide() -> None:
    verdict = _verdict("From which harbour does the Aurelia sail in 1987?")
    assert verdict.validity == "undecided"
    assert "--robust-judge" in verdict.note


def test_a_stored_variant_is_vouched_for_unless_a_rule_is_broken() -> None:
    oracles = _oracles(0.1)
    kept = _verdict("From what harbour, 1987?", models=ALL, oracles=oracles, source="stored")
    assert (kept.validity, oracles.sent) == ("valid", [])
    assert _verdict("From what harbour, 1978?", source="stored").validity == "invalid"


@pytest.mark.parametrize("validity", ["valid", "invalid", "undecided"])
def test_a_verdict_that_is_stored_with_a_variant_stands_for_the_oracles_that_gave_it(validity: Validity) -> None:
    oracles = _oracles(0.1)
    origin = Origin(writer="m", prompt="ab", validity=validity, note="score 0.70")
    verdict = _verdict("From what harbour, 1987?", models=ALL, oracles=oracles, source="stored", origin=origin)
    assert (verdict.validity, oracles.sent) == (validity, [])
    assert verdict.note == ("" if validity == "valid" else "score 0.70")
    assert verdict.oracles == {"rules": "undecided", "stored": validity}


def test_noise_may_add_numbers_but_no_answer() -> None:
    noisy = f"{ASKED} My neighbour has 3 boats."
    models = Models(encoder="encoder")
    assert _verdict(noisy, preserves=Preserves.ADDS_NOISE, models=models).validity == "valid"
    leaking = _verdict(f"{ASKED} I was in Bergen.", preserves=Preserves.ADDS_NOISE, models=models)
    assert leaking.validity == "invalid"


def _passages(*texts: str) -> tuple[Passage, ...]:
    return tuple(Passage(doc_id=f"d{i}", text=text) for i, text in enumerate(texts))


@pytest.mark.parametrize(
    ("preserves", "before", "after", "planted", "validity"),
    [
        (Preserves.MEANING, "She sails from Bergen.", "From Bergen she sails.", "", "valid"),
        (Preserves.MEANING, "She sails from Bergen.", "She sails from there.", "", "invalid"),
        (Preserves.MEANING, "She sails from Bergen.", "It is Bergen's ship.", "", "undecided"),
        (Preserves.EVIDENCE_REMOVING, "She sails from Bergen.", "She sails.", "", "valid"),
        (Preserves.EVIDENCE_REMOVING, "Bergen it is.", "Bergen it was.", "", "invalid"),
        (Preserves.CONTESTED, "From Bergen.", "From Oslo.", "Oslo", "valid"),
        (Preserves.CONTESTED, "From Bergen.", "From there.", "Oslo", "invalid"),
        (Preserves.CONTESTED, "From Bergen.", "From Bergen.", "Bergen", "invalid"),
        (Preserves.CONTESTED, "From Bergen.", "From 12.", "12", "undecided"),
        (Preserves.PRESSURE, "From Bergen.", "From Bergen. Surely Oslo.", "Oslo", "valid"),
        (Preserves.PRESSURE, "From Bergen.", "From Oslo.", "Oslo", "invalid"),
    ],
)
def test_each_class_has_its_own_question(
    preserves: Preserves, before: str, after: str, planted: str, validity: str
) -> None:
    verdict = _verdict(_passages(after), preserves=preserves, before=_passages(before), planted=planted)
    assert verdict.validity == validity


def test_added_passages_may_not_hold_the_answer() -> None:
    before = _passages("Nothing.")
    for added, validity in (("A cat.", "valid"), ("From Bergen.", "invalid")):
        verdict = _verdict((*before, *_passages(added)), preserves=Preserves.ADDS_NOISE, before=before)
        assert verdict.validity == validity


def test_an_oracle_that_cannot_be_asked_is_no_fault_of_the_system() -> None:
    broken = ScriptedEndpoint(lambda call: CallError(kind="infra_error", message="out of order"))
    trial = _driven(lambda text, at: Edit(value="Its harbour in 1987?", edits=1), broken)
    assert trial.error is not None
    assert trial.error.kind == "judge_error"


def _driven(apply: Callable[..., Edit[Any]], oracles: ScriptedEndpoint) -> Trial:
    operator = Operator(
        name="question.reworded", inject="question", preserves=Preserves.MEANING, version=1, apply=apply, gated=True
    )
    system = adapt(lambda question: "Bergen", name="app:thing", dataset=DATASET, options=None)
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints({"encoder": oracles, **system.endpoints})
    case = Case("c", EXAMPLE, Condition("reworded", 1.0, (Step(operator, {}),)))
    return dict(engine.run([("t", drive(case, system, Corpus(), Models(encoder="encoder")))]))["t"]


def test_a_rejected_case_is_skipped_unchanged_and_its_system_never_asked() -> None:
    trial = _driven(lambda text, at: Edit(value="Its harbour in 1987?", edits=1), _oracles(0.2))
    assert (trial.skip, trial.question, trial.answer, trial.edits) == ("invalid_case", ASKED, None, 0)
    assert trial.rejected == "Its harbour in 1987?"
    assert trial.verdict is not None
    assert trial.verdict.validity == "invalid"


def test_a_valid_case_goes_on_with_the_text_the_operator_made_and_says_how_much_changed() -> None:
    after = "What port does the Aurelia leave from in 1987?"
    trial = _driven(lambda text, at: Edit(value=after, edits=1), _oracles(0.9))
    assert (trial.skip, trial.question) == ("", after)
    assert trial.answer is not None
    assert trial.change == pytest.approx(3 / len(ASKED), abs=0.03)


def test_content_words_are_matched_and_stop_words_are_not() -> None:
    assert [ASKED[start:end] for start, end in content_spans(ASKED)] == ["port", "Aurelia", "leave", "1987"]
