"""Support by an entailment model: scripted probabilities for the rules, a real small cross-encoder for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trials import passages, run, trial

from robustcore.calls.types import Call, CallError
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.errors import InputError
from robustcore.measures.registry import parse_measure
from robustcore.measures.support import FullySupported, Supported

TEXTS = ("Dogs are not allowed in the laboratory. Cats may stay in the yard.", "Torstein Vik chairs the works council.")
REPLY = "Dogs are not allowed in the wet laboratory at any time. Torstein Vik chairs the council of the works."


def probabilities(**by_hypothesis: float) -> ScriptedEndpoint:
    """Give entailment by any premise the probability of the first word of ``by_hypothesis`` that the claim holds."""

    def reply(call: Call) -> Any:
        claim = call.payload["hypothesis"]
        found = next((value for word, value in by_hypothesis.items() if word in claim), 0.0)
        return {"entailment": found, "neutral": 1 - found, "contradiction": 0.0}

    return ScriptedEndpoint(reply)


def measured(measure: Supported, endpoint: ScriptedEndpoint) -> Any:
    seen = trial(REPLY, "x", given=passages(*TEXTS, title="Rules"))
    return run(measure.flow(seen), {f"entailment:{measure.model}": endpoint})


def test_a_claim_is_backed_where_a_window_entails_it() -> None:
    endpoint = probabilities(Dogs=0.9, Torstein=0.3)
    found = measured(Supported(checker="entailment", model="nli"), endpoint)
    assert found.value == 0.5
    assert "not entailed (0.30): Torstein" in found.note
    assert measured(FullySupported(checker="entailment", model="nli"), probabilities(Dogs=0.9, Torstein=0.3)).value == 0
    assert measured(Supported(checker="entailment", model="nli", entailed_at=0.2), endpoint).value == 1.0


def test_only_the_closest_windows_are_asked_about_under_their_title() -> None:
    endpoint = probabilities(Dogs=0.9)
    measured(Supported(checker="entailment", model="nli", candidates=1), endpoint)
    asked = [call.payload["premise"] for call in endpoint.sent]
    assert asked[0].startswith("Rules. Dogs are not allowed in the laboratory.")
    assert len(asked) == 2


def test_a_broken_judge_is_no_verdict() -> None:
    down = ScriptedEndpoint(lambda call: CallError(kind="infra_error", message="out of memory"))
    found = measured(Supported(checker="entailment", model="nli"), down)
    assert (found.value, found.reason, found.note) == (None, "judge_error", "out of memory")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("supported(checker=entailment)", "go together"),
        ("supported(model=some/nli)", "go together"),
        ("supported(checker=entailmnt, model=x)", "did you mean 'entailment'?"),
    ],
)
def test_options_that_do_not_go_together_are_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match="supported") as error:
        parse_measure(name)
    assert words in str(error.value)


def test_a_real_cross_encoder_judges(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="needs the extra 'local'")
    from models import entailment_model

    folder = entailment_model(tmp_path / "nli")
    measure = parse_measure(f"fully_supported(checker=entailment, model={folder}, entailed_at=0.0)")
    assert parse_measure(measure.name) == measure
    assert all(endpoint.fingerprint for endpoint in measure.endpoints.values())
    seen = trial(REPLY, "x", given=passages(*TEXTS))
    assert run(measure.flow(seen), dict(measure.endpoints)).value == 1.0
    certain = parse_measure(f"fully_supported(checker=entailment, model={folder}, entailed_at=1.0)")
    assert run(certain.flow(seen), dict(certain.endpoints)).value == 0.0
