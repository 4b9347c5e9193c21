from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustcore.endpoints.remote.secrets import HIDDEN, is_secret_name, redact, secret_values


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "api_key", "apikey", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD", "x-api-key", "Cookie",
     "Authorization", "KEY2", "GITHUB_PAT", "aws_session_token"],
)  # fmt: skip
def test_names_of_keys_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["max_tokens", "MAX_TOKENS", "tokens_per_minute", "KEYBOARD", "PATH", "base_url", "AUTHOR", "temperature"]
)
def test_names_of_other_things_are_left_alone(name: str) -> None:
    assert not is_secret_name(name)


@given(st.text(min_size=8, max_size=40).map(str.strip).filter(lambda text: len(text) >= 8), st.text(max_size=30))
def test_the_value_of_a_key_never_survives_in_any_form(value: str, around: str) -> None:
    environment = {"SOME_API_KEY": value}
    for form in (value, json.dumps(value), quote(value, safe="")):
        told = redact(f"{around}{form}{around}", environment=environment)
        assert form.strip('"') not in told.replace(HIDDEN, "") or form.strip('"') in HIDDEN
        assert HIDDEN in told


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abcdefgh12345", "Authorization: [redacted]"),
        ("{'authorization': 'Bearer abcdefgh', 'a': 1}", "{'authorization': [redacted], 'a': 1}"),
        ("sent Bearer abcdefgh12345 to it", "sent Bearer [redacted] to it"),
        ("https://user:hunter22@host/v1", "https://[redacted]@host/v1"),
        ("GET /v1?api_key=abc&x=1", "GET /v1?api_key=[redacted]&x=1"),
        ("Incorrect API key provided: sk-abc***wxyz.", "Incorrect API key provided: [redacted]"),
    ],
)
def test_what_looks_like_credentials_goes_without_knowing_them(text: str, left: str) -> None:
    assert redact(text, environment={}) == left


def test_ordinary_messages_stay_as_they_are() -> None:
    text = "Error code: 429 - rate limit of 60 requests per minute for gpt-4o-2024-08-06 in https://host:8000/v1"
    assert redact(text, environment={"CI_TOKEN": "no", "LANG": "requests"}) == text


def test_longer_values_go_first_so_that_no_tail_is_left() -> None:
    environment = {"A_KEY": "abcdefgh", "B_KEY": "abcdefgh-and-more"}
    assert secret_values(environment) == ["abcdefgh-and-more", "abcdefgh"]
    assert redact("abcdefgh-and-more", environment=environment) == HIDDEN


def test_a_short_key_that_was_named_is_hidden_too() -> None:
    assert redact("the key is abc", ["abc"], environment={}) == f"the key is {HIDDEN}"
