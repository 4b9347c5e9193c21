from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from robustcore.endpoints.local.lm import LocalLM
from robustcore.endpoints.model_names import OPTIONS, kind_of, model_spec
from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.specs import make_endpoint
from robustcore.errors import InputError


def problems(name: str, **given: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        model_spec(name, given)
    return [str(problem) for problem in caught.value.problems]


def test_the_prefix_or_the_folder_says_who_answers(tmp_path: Path) -> None:
    assert kind_of("hf:org/name") == kind_of("hf:gpt2") == kind_of(str(tmp_path)) == "lm"
    assert kind_of("openai:gpt-4o-mini") == kind_of("bedrock_converse:anthropic.claude-v2:1") == "chat"


def test_a_folder_wins_over_a_provider_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "local:model").mkdir()
    assert kind_of("local:model") == "lm"
    assert model_spec("local:model", {})["model"] == str(tmp_path / "local:model")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("org/name", "write hf:org/name for a model of the hub"),
        ("gpt-4o", "write the provider before the model"),
        ("hf:", "write hf:org/name"),
        ("HF:org/name", "write hf:org/name"),
        ("http://127.0.0.1:8000/v1", "openai:NAME with the option base_url"),
        ("", "write the provider before the model"),
    ],
)
def test_a_name_that_is_none_says_what_could_be_meant(name: str, fix: str) -> None:
    with pytest.raises(InputError) as caught:
        kind_of(name)
    assert fix in str(caught.value)
    assert "choices: hf:org/name" in str(caught.value)


def test_options_reach_the_endpoint_as_text_or_as_values(tmp_path: Path) -> None:
    spec = model_spec(
        "openai:gpt-x",
        {
            "base_url": "http://127.0.0.1:1/v1",
            "concurrency": "8",
            "rpm": 60,
            "tpm": "90_000",
            "retries": "0",
            "timeout": "2.5",
            "price": "0.15/0.60",
            "version": "7",
            "api_key_env": "MY_KEY",
        },
    )
    chat = make_endpoint(spec)
    assert isinstance(chat, ChatEndpoint)
    assert (chat.base_url, chat.concurrency, chat.api_key_env, chat.version) == (
        "http://127.0.0.1:1/v1",
        8,
        "MY_KEY",
        "7",
    )
    assert (chat.limits.requests_per_minute, chat.limits.tokens_per_minute) == (60, 90_000)
    assert (chat.patience.retries, chat.patience.timeout) == (0, 2.5)
    assert chat.cost_of((1_000_000, 1_000_000)) == pytest.approx(0.75)
    assert model_spec("openai:gpt-x", {"price": {"input": 0.15, "output": 0.6}})["price"] == spec["price"]

    local = make_endpoint(
        model_spec(
            str(tmp_path),
            {"dtype": "fp32", "device_map": "cpu", "quantization": '{"load_in_4bit": true}', "download": "false"},
        )
    )
    assert isinstance(local, LocalLM)
    assert (local.model, local.dtype, local.device_map) == (str(tmp_path), "fp32", "cpu")
    assert (local.quantization, local.download) == ({"load_in_4bit": True}, False)
    hub = make_endpoint(model_spec("hf:org/name", {"revision": "abc", "device_map": {"": 0}}))
    assert isinstance(hub, LocalLM)
    assert (hub.model, hub.revision, hub.device_map) == ("org/name", "abc", {"": 0})


def test_every_option_makes_a_spec_that_its_endpoint_takes(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        **dict.fromkeys(("revision", "version"), "x"),
        **dict.fromkeys(("batch_tokens", "threads", "concurrency", "rpm", "tpm", "retries"), "3"),
        **dict.fromkeys(("timeout", "total_timeout"), "4.5"),
        "dtype": "bf16",
        "device_map": "auto",
        "quantization": "{}",
        "batching": "static",
        "download": "true",
        "base_url": "http://127.0.0.1/v1",
        "api_key_env": "KEY",
        "price": "1/2",
    }
    assert set(values) == set(OPTIONS)
    for name, value in values.items():
        model = str(tmp_path) if OPTIONS[name].kind == "lm" else "openai:x"
        made = make_endpoint(model_spec(model, {name: value}))
        assert make_endpoint(made.spec).spec == made.spec  # type: ignore[attr-defined]  # both are made from data


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"bse_url": "x"}, "a model has no option 'bse_url'"),
        ({"bse_url": "x"}, "did you mean 'base_url'?"),
        ({"dtype": "fp32"}, "'dtype' is an option of a local model, and this is a model behind a service"),
        ({"base_url": "127.0.0.1:8000"}, "base_url: '127.0.0.1:8000' is no URL"),
        ({"base_url": "http://me:pw@host/v1"}, "base_url: credentials stand in the URL"),
        ({"concurrency": "0"}, "concurrency: must be a whole number, at least 1, not '0'"),
        ({"concurrency": True}, "concurrency: must be a whole number, at least 1, not True"),
        ({"rpm": "many"}, "rpm: must be a whole number, at least 1, not 'many'"),
        ({"timeout": "0"}, "timeout: must be a number of seconds above 0, not '0'"),
        ({"timeout": "nan"}, "timeout: must be a number, not 'nan'"),
        ({"price": "0.15"}, "price: must be INPUT/OUTPUT, what a million tokens of each cost, like 0.15/0.60"),
        ({"price": "1/-2"}, "neither can be negative"),
        ({"api_key_env": "sk-abc def"}, "the name of an environment variable that holds the key, never the key"),
    ],
)
def test_a_wrong_option_says_what_is_wanted(given: dict[str, Any], said: str) -> None:
    (problem,) = problems("openai:gpt-x", **given)
    assert said in problem
    assert "pw" not in problem
    assert "sk-abc" not in problem


def test_wrong_options_of_a_local_model(tmp_path: Path) -> None:
    found = problems(str(tmp_path), dtype="fp64", quantization="[1]", download="maybe", price="1/2")
    assert len(found) == 4
    assert "dtype: must be one of auto, fp32, bf16, fp16, not 'fp64'" in found[0]
    assert "quantization: must be a JSON object" in found[1]
    assert "'price' is an option of a model behind a service, and this is a local model" in found[3]
