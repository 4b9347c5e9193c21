"""The judge of FailSafeQA: what it is told, word for word, what becomes of what it says, and who is of its family."""

from __future__ import annotations

from typing import Any

import pytest
from trials import REMOVED, passages, score, trial

from robustcore.calls.types import CallError
from robustcore.case import Condition, Step
from robustcore.endpoints.generation import Generation
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.measures.failsafe import Judge, Rating, same_family
from robustcore.perturb.families import operator_registry
from robustcore.systems.trial import Trial


def under(name: str) -> Condition:
    return Condition("x", 1.0, (Step(operator_registry().get(name), {}),))


def says(*texts: str) -> list[dict[str, Any]]:
    return [Generation(text=text).to_json() for text in texts]


def rated(seen: Trial, script: Any) -> tuple[Any, ScriptedEndpoint]:
    endpoint = ScriptedEndpoint(script)
    return score(Rating(judge=Judge(name="judge", endpoint=endpoint)), seen), endpoint


SIZES_AND_FORMS = (
    *("instruct", "chat", "base", "mini", "nano", "small", "medium", "large", "flash", "lite", "pro", "turbo"),
    *("preview", "latest", "distill", "distilled", "it", "hf", "gguf", "awq", "gptq", "fp", "bf", "int", "exp"),
    *("high", "low"),
)


@pytest.mark.parametrize("word", SIZES_AND_FORMS)
def test_a_size_or_form_makes_no_family(word: str) -> None:
    assert not same_family(f"one-{word}", f"other-{word.upper()}")
    assert same_family(f"one-{word}", f"ONE-{word}-8")


def test_a_verdict_is_asked_for_in_the_words_of_its_side() -> None:
    found, endpoint = rated(trial("Paris", "Paris"), says("Good.", "Better."))
    assert found.note == "no rating from 1 to 6 in brackets, twice: 'Better.'"
    first, second = endpoint.sent
    assert first.length == sum(len(one["content"]) for one in first.payload["messages"])
    assert first.settings == {"max_tokens": 400, "temperature": 0.0}
    assert second.payload["messages"][2] == {"role": "assistant", "content": "Good."}
    assert second.payload["messages"][3] == {
        "role": "user",
        "content": "I could not read a rating. Reply with one whole number from 1 to 6 in brackets and nothing else.",
    }
    silent, endpoint = rated(trial("Paris", "Paris"), says("", "x" * 300))
    assert endpoint.sent[1].payload["messages"][2]["content"] == "(nothing)"
    assert silent.note.endswith(f"twice: {'x' * 200!r}")
    broken, _ = rated(trial("Paris", "Paris"), lambda call: CallError(kind="infra_error", message="refused"))
    assert broken.note == "infra_error: refused"
    assert rated(trial("Paris", "Paris"), says("[5]"))[0].note == "answerable: 5"
    assert rated(trial("Paris", "Paris", under=REMOVED), says("[5]"))[0].note == "missing: 5"
    gone = trial("Paris", "Paris", under=REMOVED, given=passages("x"))
    assert rated(gone, says("[5]"))[0].note == "irrelevant: 5"
    assert rated(trial("Paris", "Paris", under=under("context.empty"), given=passages("x")), says("[1]"))[0].note == (
        "missing: 1"
    )
