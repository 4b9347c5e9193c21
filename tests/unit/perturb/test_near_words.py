"""Synonyms by embedding: which words, which neighbours, and the rule that tries until the texts are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.flows import run_alone
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call
from robustcore.corpus.records import Corpus, Example
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.keys import rng_of
from robustcore.perturb.base import Operator
from robustcore.perturb.edit import NO_MODELS, At, Edit, Models
from robustcore.perturb.question.near_words import NEEDS_ENCODER, OPERATORS, synonym_embedding, word_synonym
from robustcore.perturb.retries import first_alike

ASKED = "Which physician founded the Rovaniemi hospital in winter?"
NEAR = {
    "physician": [["physicians", 0.95], ["doctor", 0.9], ["surgeon", 0.81], ["nurse", 0.6]],
    "founded": [["founding", 0.9], ["established", 0.85]],
    "hospital": [["hospitals", 0.97]],
    "winter": [["snow", 0.7]],
}


def _encoder(cosines: Sequence[float] = ()) -> ScriptedEndpoint:
    """Return an encoder whose comparisons come out as ``cosines`` in turn, 0.99 where they are used up."""
    left = list(cosines)

    def answer(call: Call) -> dict[str, Any]:
        if call.op == "neighbours":
            return {"words": NEAR.get(call.payload["word"], [])}
        return {"cosine": left.pop(0) if left else 0.99}

    return ScriptedEndpoint(answer)


def _at(severity: float = 1.0, models: Models | None = None, seed: int = 3) -> At:
    asked = Example(id="q", question=ASKED, answers=("Ada",))
    return At(severity=severity, rng=rng_of(seed), example=asked, corpus=Corpus(), models=models or Models(encoder="e"))


def _run(operator: Operator, endpoint: ScriptedEndpoint, at: At, **options: Any) -> Edit[str]:
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints({"e": endpoint})
    assert operator.flow is not None
    return dict(engine.run([("x", operator.flow(ASKED, at, **options))]))["x"]


def test_the_nearest_word_of_another_stem_is_taken_and_names_stay() -> None:
    edit = _run(synonym_embedding, _encoder(), _at(), share=1.0)
    assert edit.value == "Which doctor established the Rovaniemi hospital in winter?"
    assert edit.edits == 2


def test_no_word_below_the_asked_cosine_is_taken() -> None:
    assert _run(synonym_embedding, _encoder(), _at(), share=1.0, at_least=0.96).status == "noop"
    assert "snow" in _run(synonym_embedding, _encoder(), _at(), share=1.0, at_least=0.7).value


def test_severity_sets_how_many_words_are_replaced() -> None:
    assert _run(synonym_embedding, _encoder(), _at(0.33)).edits == 1
    assert _run(synonym_embedding, _encoder(), _at(1.0), share=0.5).edits == 2


def test_the_first_draft_that_is_alike_ends_the_tries() -> None:
    encoder = _encoder([0.5, 0.9])
    edit = _run(word_synonym, encoder, _at())
    assert (edit.similarity, edit.note) == (0.9, "")
    assert sum(call.op == "compare" for call in encoder.sent) <= 2


def test_where_no_draft_is_alike_the_best_one_is_taken_and_marked() -> None:
    drafts = [Edit(value=f"{ASKED} {n}", edits=1) for n in range(7)]
    encoder = _encoder([0.1, 0.7, 0.3, 0.6, 0.2, 0.99])
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints({"e": encoder})
    edit = dict(engine.run([("x", first_alike(ASKED, drafts, _at()))]))["x"]
    assert (edit.value, edit.similarity) == (f"{ASKED} 1", 0.7)
    assert edit.below_gate
    assert len(encoder.sent) == 5


def test_the_same_seed_gives_the_same_text() -> None:
    texts = {_run(word_synonym, _encoder(), _at(seed=seed)).value for seed in (1, 1, 1)}
    assert len(texts) == 1
    assert len({_run(word_synonym, _encoder(), _at(seed=seed)).value for seed in range(20)}) > 1


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.short)
def test_without_the_encoder_the_case_is_not_run(operator: Operator) -> None:
    assert operator.flow is not None
    edit = run_alone(operator.flow(ASKED, _at(models=NO_MODELS)))
    assert (edit.status, edit.note) == ("not_applicable", NEEDS_ENCODER)
