from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import models
import numpy as np
import pytest
from lm_world import Built, error_of, value_of

from robustcore.calls.types import Call, CallError, Endpoint, Reply, Response
from robustcore.endpoints.local.cross_encoder import CrossEncoderEndpoint
from robustcore.endpoints.specs import make_endpoint, spec_of
from robustcore.errors import InputError

TEXTS = ("the bridge crosses the river", "", "water " * 40, "Ünï 🦉", "the pump must not run dry", "x " * 400)


def cross_encoder(folder: Path) -> CrossEncoderEndpoint:
    return CrossEncoderEndpoint(str(folder), device="cpu", threads=1)


def score(query: str, text: str) -> Call:
    return Call(endpoint="r", op="score", payload={"query": query, "text": text})


def entail(premise: str, hypothesis: str) -> Call:
    return Call(endpoint="r", op="entail", payload={"premise": premise, "hypothesis": hypothesis})


def replies(endpoint: CrossEncoderEndpoint, calls: list[Call]) -> list[Reply]:
    found = dict(endpoint.run(calls))
    return [found[index] for index in range(len(calls))]


def test_a_batch_scores_what_each_pair_scores_alone(built: Built) -> None:
    endpoint = cross_encoder(built(models.reranker_model))
    calls = [score(query, text) for query in ("who?", "a long question about the bridge") for text in TEXTS]
    together = [value_of(reply)["score"] for reply in replies(endpoint, calls)]
    alone = [value_of(replies(endpoint, [call])[0])["score"] for call in calls]
    assert together == pytest.approx(alone, abs=1e-5)
    assert len(set(together)) > len(TEXTS)


def test_scores_are_the_logits_of_the_model(built: Built) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = built(models.reranker_model)
    words, model = AutoTokenizer.from_pretrained(folder), AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.no_grad():
        expected = model.eval()(**words("who?", "the bridge", return_tensors="pt")).logits.item()
    (reply,) = replies(cross_encoder(folder), [score("who?", "the bridge")])
    assert value_of(reply)["score"] == pytest.approx(expected, abs=1e-5)


def test_entailment_is_read_in_the_order_of_the_model_s_own_labels(tmp_path: Path) -> None:
    order = models.entailment_model(tmp_path / "1", labels=("contradiction", "entailment", "neutral"))
    other = models.entailment_model(tmp_path / "2", labels=("ENTAILMENT", "NEUTRAL", "CONTRADICTION"))
    call = entail("the pump is dry", "the pump is not dry")
    one, two = (value_of(replies(cross_encoder(folder), [call])[0]) for folder in (order, other))
    assert sum(one.values()) == pytest.approx(1)
    assert list(one) == ["entailment", "neutral", "contradiction"]
    assert [one["contradiction"], one["entailment"], one["neutral"]] == pytest.approx(
        [two["entailment"], two["neutral"], two["contradiction"]]
    )


def test_labels_that_say_nothing_are_refused_by_name(tmp_path: Path) -> None:
    folder = models.entailment_model(tmp_path / "m", labels=("LABEL_0", "LABEL_1", "LABEL_2"))
    (reply,) = replies(cross_encoder(folder), [entail("a", "b")])
    assert error_of(reply).kind == "infra_error"
    assert "its labels are LABEL_0, LABEL_1, LABEL_2" in error_of(reply).message
    assert "id2label of its config.json" in error_of(reply).message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (entail("a", "b"), "does not say which label means what"),
        (Call(endpoint="r", op="score", payload={"query": "a"}), 'reads {"query": str, "text": str}'),
        (Call(endpoint="r", op="embed", payload={}), "answers score and entail only"),
    ],
)
def test_a_bad_call_is_an_error_of_its_own(call: Call, message: str, built: Built) -> None:
    bad, good = replies(cross_encoder(built(models.reranker_model)), [call, score("a", "b")])
    assert message in error_of(bad).message
    assert isinstance(good, Response)


def test_a_model_with_several_labels_gives_no_score(built: Built) -> None:
    (reply,) = replies(cross_encoder(built(models.entailment_model)), [score("a", "b")])
    assert "has contradiction, entailment, neutral" in error_of(reply).message


def test_out_of_memory_halves_the_batch_and_changes_no_score(built: Built) -> None:
    import torch

    endpoint = cross_encoder(built(models.reranker_model))
    calls = [score(f"query {i}", text) for i in range(6) for text in TEXTS[:3]]
    expected = [value_of(reply)["score"] for reply in replies(endpoint, calls)]
    inner = endpoint.loaded()._model
    forward, fitted = inner.forward, []

    def limited(**inputs: torch.Tensor) -> object:
        if inputs["input_ids"].numel() > 200:
            raise torch.OutOfMemoryError("CUDA out of memory")
        fitted.append(len(inputs["input_ids"]))
        return forward(**inputs)

    inner.forward = limited
    assert [value_of(reply)["score"] for reply in replies(endpoint, calls)] == pytest.approx(expected, abs=1e-5)
    assert sum(fitted) == len(calls)  # none was computed twice


def test_it_is_named_by_data_and_by_content(built: Built) -> None:
    endpoint = cross_encoder(built(models.reranker_model))
    spec = spec_of(endpoint)
    assert spec is not None
    made = make_endpoint(spec)
    assert isinstance(made, Endpoint)
    assert (spec_of(made), made.fingerprint) == (spec, endpoint.fingerprint)
    assert CrossEncoderEndpoint("org/model").fingerprint is None
    assert CrossEncoderEndpoint("org/model", revision="abc").fingerprint == "cross-encoder/1:org/model@abc:fp32"
    with pytest.raises(InputError, match=r"unknown dtype 'auto'"):
        CrossEncoderEndpoint("org/model", dtype="auto")


def test_a_model_that_is_not_here_is_an_error_of_each_call() -> None:
    for reply in replies(CrossEncoderEndpoint("org/none"), [score("a", "b"), score("a", "c")]):
        assert isinstance(reply, CallError)
        assert reply.kind == "infra_error"
        assert "hf download org/none" in reply.message


def test_no_encoder_tries_the_network_for_a_folder_or_a_name_that_is_not_here(built: Built, tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "tried = []\n"
        "socket.socket.connect = socket.getaddrinfo = lambda *where: tried.append(where)\n"
        "from robustcore.calls.types import Call\n"
        "from robustcore.endpoints.specs import make_endpoint\n"
        f"models = {{'cross_encoder': {str(built(models.reranker_model))!r}, "
        f"'encoder': {str(built(models.encoder_model))!r}}}\n"
        "calls = {'cross_encoder': Call(endpoint='m', op='score', payload={'query': 'a', 'text': 'b'}), "
        "'encoder': Call(endpoint='m', op='embed', payload={'text': 'a'})}\n"
        "for kind, call in calls.items():\n"
        "    for model in (models[kind], 'org/none'):\n"
        "        try: print(kind, *make_endpoint({'kind': kind, 'model': model}).run([call]))\n"
        "        except Exception as error: print(kind, type(error).__name__)\n"
        "assert not tried, tried"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_scores_repeat_exactly(built: Built) -> None:
    calls = [score("who?", text) for text in TEXTS]
    one, two = (replies(cross_encoder(built(models.reranker_model)), calls) for _ in range(2))
    np.testing.assert_array_equal([value_of(r)["score"] for r in one], [value_of(r)["score"] for r in two])
