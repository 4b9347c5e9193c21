from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import models
import pytest
from lm_world import PASSAGE, TEXTS, Built, alone, chat, error_of, likelihood, lm, replies, value_of, values

from robustcore.calls.types import Call, Endpoint, Response
from robustcore.endpoints.generation import Generation
from robustcore.endpoints.local.lm import LocalLM
from robustcore.endpoints.specs import make_endpoint, spec_of
from robustcore.errors import InputError

KINDS = pytest.mark.parametrize(
    "build", [models.causal_model, models.sliding_model, models.seq2seq_model], ids=lambda build: build.__name__
)


def test_what_an_endpoint_tells_of_itself_imports_nothing_heavy(built: Built) -> None:
    code = (
        "import sys; from robustcore.endpoints.specs import make_endpoint\n"
        f"lm = make_endpoint({{'kind': 'lm', 'model': {str(built(models.causal_model))!r}}})\n"
        "lm.fingerprint, lm.live, lm.packing, lm.spec\n"
        "assert not {'torch', 'transformers', 'accelerate'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_fingerprint_follows_everything_that_changes_an_answer(tmp_path: Path) -> None:
    one, other = models.causal_model(tmp_path / "1", seed=1), models.causal_model(tmp_path / "2", seed=2)
    different = [
        lm(one),
        lm(other),
        lm(one, dtype="bf16"),
        lm(one, max_tokens=25),
        lm(one, quantization={"load_in_4bit": True}),
        lm(one, quantization={"load_in_8bit": True}),
    ]
    assert len({model.fingerprint for model in different}) == len(different)
    assert lm(one).fingerprint == lm(one, device_map="auto", threads=2, batching="static").fingerprint
    assert LocalLM("org/model").fingerprint is None
    assert LocalLM("org/model", revision="main").fingerprint is None
    assert LocalLM("org/model", revision="0123abc").fingerprint == "lm/1:org/model@0123abc:auto:none:256"


def test_the_spec_makes_an_equal_endpoint(built: Built) -> None:
    model = lm(built(models.causal_model), max_tokens=7)
    spec = spec_of(model)
    assert spec is not None
    made = make_endpoint(spec)
    assert isinstance(made, Endpoint)
    assert (spec_of(made), made.fingerprint) == (spec, model.fingerprint)
    assert value_of(next(iter(made.run([chat("a")])))[1]) == alone(model, [chat("a")])[0]


def test_only_a_download_makes_it_live(built: Built) -> None:
    assert [LocalLM("org/model", download=download).live for download in (False, True)] == [False, True]
    assert not LocalLM(str(built(models.causal_model)), download=True).live


def test_a_hub_name_that_is_not_here_is_an_error_of_each_call_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LocalLM("org/none", revision="abc")
    for reply in replies(model, [chat("a"), chat("b")]):
        error = error_of(reply)
        assert error.kind == "infra_error"
        assert "hf download org/none --revision abc" in error.message
        assert "--robust-live" in error.message


def test_a_hub_name_in_this_machine_s_cache_is_loaded_without_the_network(tmp_path: Path) -> None:
    repository, commit = tmp_path / "hub" / "models--org--tiny", "a" * 40
    models.causal_model(repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit, encoding="utf-8")
    code = (
        "import socket\n"
        "def refuse(*_): tried.append(_)\n"
        "tried = []\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from robustcore.calls.types import Call\n"
        "from robustcore.endpoints.local.lm import LocalLM\n"
        "call = Call(endpoint='m', op='chat', payload={'messages': [{'role': 'user', 'content': 'a'}]})\n"
        f"for revision in ({commit!r}, None):\n"
        "    ((_, reply),) = LocalLM('org/tiny', revision=revision, max_tokens=3).run([call])\n"
        "    print(reply.value['tokens'])\n"
        "assert not tried, tried"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[4, 3]", "[4, 3]"]


@pytest.mark.parametrize("field", ["dtype", "batching"])
def test_unknown_choices_are_refused_at_once(field: str) -> None:
    with pytest.raises(InputError, match=rf"unknown {field} 'bf61'(.|\n)*choices: auto, "):
        LocalLM("org/model", **{field: "bf61"})  # type: ignore[arg-type]


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="shows what is said without bitsandbytes")
def test_quantization_reaches_transformers(built: Built) -> None:
    (reply,) = replies(lm(built(models.causal_model), quantization={"load_in_8bit": True}), [chat("a")])
    assert "bitsandbytes" in error_of(reply).message


@KINDS
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"temperature": 1.0, "seed": 3},
        {"temperature": 0.7, "top_p": 0.8, "top_logprobs": 3, "max_tokens": 9},
        {"stop": ["the", "o"]},
    ],
    ids=["greedy", "sampled", "logprobs", "stop"],
)
def test_a_batch_gives_what_each_call_gives_alone(build: object, settings: dict[str, Any], built: Built) -> None:
    assert callable(build)
    model = lm(built(build))
    calls = [chat(text, **settings) for text in TEXTS]
    together, single = values(model, calls), alone(model, calls)
    assert [value["text"] for value in together] == [value["text"] for value in single]
    for one, other in zip(map(Generation.from_json, together), map(Generation.from_json, single), strict=True):
        assert (one.finish, one.usage) == (other.finish, other.usage)
        for token, same in zip(one.logprobs or (), other.logprobs or (), strict=True):
            assert token.token == same.token
            assert token.logprob == pytest.approx(same.logprob, abs=1e-4)
            assert [text for text, _ in token.top] == [text for text, _ in same.top]


@pytest.mark.parametrize("build", [models.causal_model, models.sliding_model, models.state_space_model])
def test_greedy_answers_are_those_of_generate(build: Any, built: Built) -> None:
    model = lm(built(build))
    inner, words = model.loaded().model.model, model.loaded().model.tokenizer
    for text, value in zip(TEXTS, values(model, [chat(text) for text in TEXTS]), strict=True):
        messages = [{"role": "user", "content": text}]
        inputs = words.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        out = inner.generate(**inputs, max_new_tokens=24, do_sample=False)[0, inputs["input_ids"].shape[1] :]
        assert value["text"] == words.decode(out, skip_special_tokens=True)
        assert value["tokens"] == [inputs["input_ids"].shape[1], len(out)]


def test_an_encoder_decoder_writes_what_generate_writes(built: Built) -> None:
    model = lm(built(models.seq2seq_model))
    inner, words = model.loaded().model.model, model.loaded().model.tokenizer
    for text, value in zip(TEXTS, values(model, [chat(text) for text in TEXTS]), strict=True):
        out = inner.generate(**words(text, return_tensors="pt"), max_new_tokens=24, do_sample=False)[0, 1:]
        assert value["text"] == words.decode(out, skip_special_tokens=True)


def test_the_seed_and_the_replicate_change_a_sampled_answer_and_repeating_it_does_not(built: Built) -> None:
    model = lm(built(models.causal_model))
    hot: dict[str, Any] = {"temperature": 1.0}
    calls = [chat("a", seed=1, **hot), chat("a", seed=2, **hot), chat("a", 1, seed=1, **hot), chat("b", seed=1, **hot)]
    first = [alone(model, [call])[0]["text"] for call in calls]
    assert len(set(first)) == 4
    assert [alone(model, [call])[0]["text"] for call in calls] == first


def test_a_tiny_top_p_is_greedy_and_so_is_no_temperature(built: Built) -> None:
    model = lm(built(models.causal_model))
    greedy = alone(model, [chat("Who?")])
    assert alone(model, [chat("Who?", temperature=1.0, top_p=1e-6, seed=5)]) == greedy
    assert alone(model, [chat("Who?", top_p=0.5, seed=5)]) == greedy


def test_draws_follow_the_probabilities_of_the_model(built: Built) -> None:
    model = lm(built(models.causal_model))
    calls = [chat("Who?", i, temperature=1.0, max_tokens=1, top_logprobs=3) for i in range(600)]
    drawn = [Generation.from_json(value) for value in values(model, calls)]
    top = next(one.logprobs[0].top for one in drawn if one.logprobs)
    seen = sum(one.logprobs[0].token == top[0][0] for one in drawn if one.logprobs) / len(drawn)
    likely = 2.718281828 ** top[0][1]
    assert abs(seen - likely) < 4 * (likely * (1 - likely) / len(drawn)) ** 0.5


def test_an_answer_ends_before_the_first_stop_string(built: Built) -> None:
    model = lm(built(models.causal_model))
    text, full = max(((text, alone(model, [chat(text)])[0]) for text in TEXTS), key=lambda pair: len(pair[1]["text"]))
    stop = full["text"][12:14]
    (cut,) = alone(model, [chat(text, stop=[stop, "never written"], top_logprobs=0)])
    assert cut["text"] == full["text"][: full["text"].find(stop)]
    assert cut["finish"] == "stop"
    assert cut["tokens"][1] < full["tokens"][1]
    assert "".join(token for token, _, _ in cut["logprobs"]).startswith(cut["text"])


def test_answers_end_by_themselves_and_leave_the_batch_to_the_others(built: Built) -> None:
    model = lm(built(models.causal_model), max_tokens=20)
    calls = [chat(f"{text} {i}") for text in TEXTS for i in range(4)]
    sizes = []
    inner = model.loaded().model.model
    forward = inner.forward

    def watched(*args: object, **kwargs: object) -> object:
        sizes.append(kwargs["attention_mask"].shape[0])  # type: ignore[attr-defined]
        return forward(*args, **kwargs)

    inner.forward = watched
    finished = [value["finish"] for value in values(model, calls)]
    assert {"stop", "length"} == set(finished)
    assert sum(sizes) < 0.9 * len(calls) * 20
    assert sizes[-1] < len(calls)


def test_logprobs_are_the_most_likely_tokens_at_each_position_best_first(built: Built) -> None:
    (value,) = alone(lm(built(models.causal_model)), [chat("Who?", top_logprobs=4, max_tokens=5)])
    logprobs = Generation.from_json(value).logprobs
    assert logprobs is not None
    assert "".join(token.token for token in logprobs) == value["text"]
    for token in logprobs:
        assert token.top[0] == (token.token, token.logprob)  # greedy
        assert [p for _, p in token.top] == sorted((p for _, p in token.top), reverse=True)
        assert len(token.top) == 4


@KINDS
def test_likelihoods_in_a_batch_are_those_alone_and_those_of_generated_tokens(build: object, built: Built) -> None:
    assert callable(build)
    model = lm(built(build))
    calls = [likelihood(text, end) for text in TEXTS for end in (" yes", " no", " the museum of water")]
    together, single = values(model, calls), alone(model, calls)
    for one, other in zip(together, single, strict=True):
        assert one["logprob"] == pytest.approx(other["logprob"], abs=1e-4)
        assert (one["tokens"], one["greedy"]) == (other["tokens"], other["greedy"])
    (answer,) = alone(model, [chat("Who?", max_tokens=1, top_logprobs=1)])
    (found,) = alone(model, [likelihood("Who?", answer["text"])])
    assert found["greedy"]
    assert found["logprob"] == pytest.approx(answer["logprobs"][0][1], abs=1e-4)


def test_a_likelihood_is_the_sum_over_the_tokens_of_the_continuation(built: Built) -> None:
    import torch

    model = lm(built(models.causal_model))
    payload = {"text": "Who opened the bridge", "continuation": " over the river?"}
    (value,) = alone(model, [Call(endpoint="m", op="loglikelihood", payload=payload)])
    words = model.loaded().model.tokenizer
    ids = words(payload["text"] + payload["continuation"], return_tensors="pt")["input_ids"]
    start = len(words(payload["text"])["input_ids"])
    with torch.no_grad():
        logprobs = model.loaded().model.model(ids).logits[0].log_softmax(-1)
    wanted = [logprobs[at - 1, ids[0, at]].item() for at in range(start, ids.shape[1])]
    assert value["logprob"] == pytest.approx(sum(wanted), abs=1e-4)
    assert value["tokens"] == len(wanted)


def test_what_prompts_have_in_common_is_read_once(built: Built) -> None:
    model = lm(built(models.causal_model))
    read = []
    inner = model.loaded().model.model
    forward = inner.forward

    def watched(*args: object, **kwargs: object) -> object:
        read.append(tuple(kwargs["input_ids"].shape))  # type: ignore[attr-defined]
        return forward(*args, **kwargs)

    inner.forward = watched
    values(model, [likelihood(PASSAGE * 3 + "Who?", f" {word}") for word in ("yes", "no", "the museum", "water")])
    (one, shared), (rows, rest) = read
    assert (one, rows) == (1, 4)
    assert rest <= 3 < 100 < shared


def test_long_prompts_are_read_in_several_passes_with_the_same_answers(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = lm(built(models.causal_model))
    calls = [chat(text) for text in TEXTS] + [likelihood(text, " yes") for text in TEXTS]
    expected = values(model, calls)
    monkeypatch.setattr("robustcore.endpoints.local.lm_model.PASS", 40)
    found = values(model, calls)
    assert found[: len(TEXTS)] == expected[: len(TEXTS)]
    assert [v["logprob"] for v in found[len(TEXTS) :]] == pytest.approx(
        [v["logprob"] for v in expected[len(TEXTS) :]], abs=1e-4
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (chat("a", max_tokens=0), "max_tokens must be at least 1"),
        (chat("a", top_logprobs=21), "top_logprobs must be 0 to 20"),
        (chat("a", temperature=-1), "temperature must be >= 0"),
        (chat("a", best_of=2), "unknown settings best_of; choices: max_tokens"),
        (chat("x " * 3000), "the model holds 1024"),
        (Call(endpoint="m", op="chat", payload={"messages": []}), '"messages" must be a list that is not empty'),
        (Call(endpoint="m", op="chat", payload={"messages": [{"role": "cat", "content": "a"}]}), "system | user"),
        (Call(endpoint="m", op="chat", payload="a"), "the payload must be"),
        (Call(endpoint="m", op="loglikelihood", payload={"continuation": "a"}), 'neither "messages" nor "text"'),
        (likelihood("a", ""), '"continuation" must be text that is not empty'),
        (Call(endpoint="m", op="embed", payload={}), "answers chat and loglikelihood only"),
    ],
)
def test_a_bad_call_is_an_error_of_its_own(call: Call, message: str, built: Built) -> None:
    good = chat("a")
    bad, fine = replies(lm(built(models.causal_model)), [call, good])
    assert error_of(bad).kind == "infra_error"
    assert message in error_of(bad).message
    assert isinstance(fine, Response)


def test_an_encoder_decoder_with_few_positions_refuses_what_is_longer_and_answers_the_rest(built: Built) -> None:
    model = lm(built(models.bart_model), max_tokens=200)
    short = [chat(f"Who opened bridge {number}?") for number in range(5)] + [chat("a")]
    *fine, refused = replies(model, [*short, chat("x " * 80)])
    assert "the model holds 64" in error_of(refused).message
    assert [value_of(reply) for reply in fine] == alone(model, short)
    assert max(value_of(reply)["tokens"][1] for reply in fine) <= 62


def test_the_answer_takes_the_room_the_prompt_leaves(tmp_path: Path) -> None:
    model = lm(models.causal_model(tmp_path / "short", positions=32))
    (value,) = alone(model, [chat("x " * 12, max_tokens=500)])
    assert sum(value["tokens"]) == 32
    assert value["finish"] == "length"


def test_a_model_without_a_chat_template_reads_plain_roles(tmp_path: Path) -> None:
    model = lm(models.causal_model(tmp_path / "plain", chat=False))
    text = "System: Be brief.\n\nUser: Who?\n\nAssistant:"
    payload = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]}
    as_chat = Call(endpoint="m", op="loglikelihood", payload={**payload, "continuation": " yes"})
    as_text = Call(endpoint="m", op="loglikelihood", payload={"text": text, "continuation": " yes"})
    assert alone(model, [as_chat]) == alone(model, [as_text])


def test_all_calls_are_answered_when_the_batch_mixes_operations_and_settings(built: Built) -> None:
    model = lm(built(models.causal_model))
    calls = [chat("a"), likelihood("a", " b"), chat("a", max_tokens=2), chat("b")]
    assert values(model, calls) == alone(model, calls)


def test_the_process_keeps_its_own_threads_and_modes_while_replies_come_in(built: Built) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        for _ in lm(built(models.causal_model)).run([chat(text) for text in TEXTS]):
            assert torch.get_num_threads() == before + 1
            assert not torch.is_inference_mode_enabled()
    finally:
        torch.set_num_threads(before)
