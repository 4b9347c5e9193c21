from __future__ import annotations

import models
import pytest
from lm_world import (
    PASSAGE,
    TEXTS,
    Built,
    alone,
    chat,
    error_of,
    likelihood,
    lm,
    replies,
    small_memory,
    value_of,
    values,
)

from robustcore.calls.types import Response

KINDS = pytest.mark.parametrize("build", [models.causal_model, models.seq2seq_model], ids=lambda build: build.__name__)
CALLS = [chat(f"{text} {i}") for text in TEXTS for i in range(3)]


@KINDS
def test_out_of_memory_changes_no_answer(build: object, built: Built) -> None:
    assert callable(build)
    model = lm(built(build))
    expected = alone(model, CALLS)
    with small_memory(model, positions=700) as fitted:
        assert values(model, CALLS) == expected
    assert 1 < max(rows for rows, _, _ in fitted) < len(CALLS)


def test_rows_go_on_after_what_they_have_written_when_memory_runs_out_midway(built: Built) -> None:
    calls = [chat(f"a {i}", max_tokens=40, temperature=1.0) for i in range(8)]
    model = lm(built(models.causal_model))
    expected = alone(model, calls)
    with small_memory(model, positions=60) as fitted:
        assert values(model, calls) == expected
    prompt, *again = [fed for _, _, fed in fitted if fed > 1]
    assert again
    assert min(again) > prompt  # what was written is read with the prompt, not written again


def test_likelihoods_survive_it_too(built: Built) -> None:
    model = lm(built(models.causal_model))
    calls = [likelihood(text, end) for text in TEXTS for end in (" yes", " no")]
    expected = [value["logprob"] for value in alone(model, calls)]
    with small_memory(model, positions=400):
        assert [value["logprob"] for value in values(model, calls)] == pytest.approx(expected, abs=1e-4)


def test_the_size_that_fits_is_remembered(built: Built) -> None:
    model = lm(built(models.causal_model))
    with small_memory(model, positions=700) as fitted:
        values(model, CALLS)
        first = sum(rows == 0 for rows, _, _ in fitted)
        fitted.clear()
        values(model, CALLS)
        assert sum(rows == 0 for rows, _, _ in fitted) < first
    assert model.loaded().budget.tokens <= 1400


def test_a_call_that_never_fits_is_the_only_one_lost(built: Built) -> None:
    model = lm(built(models.causal_model))
    long = chat(PASSAGE * 6)
    with small_memory(model, positions=100):
        first, lost, last = replies(model, [chat("a"), long, chat("b")])
    assert error_of(lost).kind == "infra_error"
    assert "alone do not fit into memory" in error_of(lost).message
    assert isinstance(first, Response)
    assert isinstance(last, Response)
    assert isinstance(replies(model, [long])[0], Response)  # once there is memory


def test_a_model_that_breaks_is_an_error_of_the_open_calls_not_of_the_judged_system(built: Built) -> None:
    model = lm(built(models.causal_model))
    inner = model.loaded().model.model

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a kernel was not found")

    inner.forward = broken
    for reply in replies(model, [chat("a"), chat("b")]):
        assert error_of(reply).kind == "infra_error"
        assert "a kernel was not found" in error_of(reply).message
    del inner.forward
    assert value_of(replies(model, [chat("a")])[0])["text"]
