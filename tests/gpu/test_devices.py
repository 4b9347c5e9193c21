"""The processor and the GPU give the same verdicts; skipped where there is no GPU."""

from __future__ import annotations

from pathlib import Path

import models
import numpy as np
import pytest
from lm_world import PASSAGE, TEXTS, Built, chat, likelihood, lm, small_memory, value_of, values

from robustcore.calls.types import Call
from robustcore.endpoints.local.cross_encoder import CrossEncoderEndpoint
from robustcore.endpoints.local.encoder import Encoder

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
GENERATORS = pytest.mark.parametrize(
    "build", [models.causal_model, models.sliding_model, models.seq2seq_model], ids=lambda build: build.__name__
)
CALLS = [chat(text) for text in TEXTS] + [chat(PASSAGE + f"Who opened number {i}?") for i in range(40)]


@pytest.fixture(autouse=True)
def exact_products() -> None:
    """TF32 would round the products of float32 to ten bits."""
    torch.backends.cuda.matmul.allow_tf32 = False


@GENERATORS
def test_answers_are_the_same_on_both(build: object, built: Built) -> None:
    assert callable(build)
    folder: Path = built(build)
    assert values(lm(folder, device_map="cuda", batching="static"), CALLS) == values(lm(folder), CALLS)


def test_continuous_batches_give_the_same_answers(built: Built) -> None:
    folder = built(models.causal_model)
    assert values(lm(folder, device_map="cuda", batching="continuous"), CALLS) == values(lm(folder), CALLS)


@GENERATORS
def test_likelihoods_are_the_same_on_both(build: object, built: Built) -> None:
    assert callable(build)
    calls = [likelihood(text, end) for text in TEXTS for end in (" yes", " no", " the museum")]
    one, other = values(lm(built(build), device_map="cuda"), calls), values(lm(built(build)), calls)
    assert [v["greedy"] for v in one] == [v["greedy"] for v in other]
    assert [v["logprob"] for v in one] == pytest.approx([v["logprob"] for v in other], abs=1e-3)


def test_out_of_memory_changes_no_answer_there_either(built: Built) -> None:
    folder = built(models.causal_model)
    model = lm(folder, device_map="cuda", batching="static")
    with small_memory(model, positions=700) as tried:
        assert values(model, CALLS) == values(lm(folder), CALLS)
    assert any(rows == 0 for rows, _, _ in tried)


def test_entailment_and_ranking_are_the_same_on_both(built: Built) -> None:
    for build, op, names in (
        (models.reranker_model, "score", ("query", "text")),
        (models.entailment_model, "entail", ("premise", "hypothesis")),
    ):
        calls = [Call(endpoint="c", op=op, payload=dict(zip(names, ("who?", text), strict=True))) for text in TEXTS]
        found = {}
        for device in ("cpu", "cuda"):
            replies = dict(CrossEncoderEndpoint(str(built(build)), device=device).run(calls))
            found[device] = [list(value_of(replies[index]).values()) for index in range(len(calls))]
        np.testing.assert_allclose(found["cpu"], found["cuda"], atol=1e-4)
        np.testing.assert_array_equal(np.argsort(found["cpu"], axis=0), np.argsort(found["cuda"], axis=0))


def test_vectors_are_the_same_on_both(built: Built) -> None:
    folder = str(built(models.encoder_model))
    texts = [f"{text} {number}" for text in TEXTS for number in range(50)]
    one, other = (Encoder(folder, dtype="fp32", device=device).encode(texts) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(one, other, atol=1e-5)
