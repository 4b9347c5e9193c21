from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("langchain_core", reason='needs pip install "pytest-robust[chat]"')

from langchain_core.messages import AIMessage

from robustcore.endpoints.generation import Generation, TokenLogprob
from robustcore.endpoints.remote.chat_reply import generation_of
from robustcore.endpoints.remote.retry import NoAnswer

STOP = {"finish_reason": "stop"}


def message(content: Any, told: Any = None, *, usage: tuple[int, int] | None = None, extra: Any = None) -> AIMessage:
    counted: Any = None
    if usage is not None:
        counted = {"input_tokens": usage[0], "output_tokens": usage[1], "total_tokens": sum(usage)}
    return AIMessage(content, response_metadata=told or {}, usage_metadata=counted, additional_kwargs=extra or {})


@pytest.mark.parametrize(
    ("told", "finish"),
    [
        ({"finish_reason": "stop"}, "stop"),
        ({"stop_reason": "end_turn"}, "stop"),
        ({"finish_reason": "STOP"}, "stop"),
        ({"done_reason": "stop"}, "stop"),
        ({"finish_reason": "length"}, "length"),
        ({"stop_reason": "max_tokens"}, "length"),
        ({"finish_reason": "MAX_TOKENS"}, "length"),
        ({"finish_reason": "content_filter"}, "content_filter"),
        ({"finish_reason": "SAFETY"}, "SAFETY"),
        ({}, "stop"),
    ],
)
def test_why_it_ended_is_told_in_one_word_for_all_providers(told: dict[str, str], finish: str) -> None:
    assert generation_of(message("yes", told), logprobs=False) == Generation(text="yes", finish=finish)


def test_text_is_joined_from_blocks_without_thoughts() -> None:
    blocks = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "A "}, "b"]
    reply = message(blocks, {"stop_reason": "end_turn"}, usage=(7, 3))
    assert generation_of(reply, logprobs=False) == Generation(text="A b", input_tokens=7, output_tokens=3)


def test_an_empty_text_is_an_answer_if_the_service_says_why_it_ended() -> None:
    assert generation_of(message("", STOP), logprobs=False).text == ""
    assert generation_of(message("", {"finish_reason": "content_filter"}), logprobs=False).finish == "content_filter"
    with pytest.raises(NoAnswer) as caught:
        generation_of(message(""), logprobs=False)
    assert caught.value.kind == "missing_reply"


def test_a_refusal_is_what_the_model_said() -> None:
    reply = message("", STOP, extra={"refusal": "I cannot help."})
    assert generation_of(reply, logprobs=False) == Generation(text="I cannot help.", finish="refusal")


BEST, OTHER = {"token": "B", "logprob": -0.2}, {"token": "x", "logprob": -3}
LOGPROBS = [{**BEST, "top_logprobs": [OTHER, BEST]}]


@pytest.mark.parametrize("told", [LOGPROBS, {"content": LOGPROBS, "refusal": None}])
def test_log_probabilities_are_sorted_and_given_only_if_asked_for(told: Any) -> None:
    reply = message("B", {**STOP, "logprobs": told})
    expected = (TokenLogprob(token="B", logprob=-0.2, top=(("B", -0.2), ("x", -3.0))),)
    assert generation_of(reply, logprobs=True).logprobs == expected
    assert generation_of(reply, logprobs=False).logprobs is None


@pytest.mark.parametrize("told", [None, {}, {"content": None}, {"content": []}, []])
def test_a_service_that_ignores_the_wish_for_log_probabilities_gives_none(told: Any) -> None:
    assert generation_of(message("B", {**STOP, "logprobs": told}), logprobs=True).logprobs is None


def test_log_probabilities_that_cannot_be_read_are_no_answer() -> None:
    with pytest.raises(NoAnswer, match="log-probabilities"):
        generation_of(message("B", {**STOP, "logprobs": {"content": [{"token": "B"}]}}), logprobs=True)
