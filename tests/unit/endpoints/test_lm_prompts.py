"""Messages as the text a model reads: through its own chat template, or a plain one."""

from __future__ import annotations

from typing import Any

import pytest
from models import tokenizer

from robustcore.endpoints.local.lm_prompts import check_messages, render

SYSTEM = {"role": "system", "content": "Be brief."}
ASK = {"role": "user", "content": "Who?"}
SAID = {"role": "assistant", "content": "It is"}
STRICT = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system message') }}{% endif %}"
    "{% for message in messages %}[{{ message['role'] }}] {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def test_a_chat_template_is_the_models_own_up_to_where_it_goes_on() -> None:
    assert render([SYSTEM, ASK], tokenizer(), roles=True) == (
        "<|system|>Be brief.<|end|><|user|>Who?<|end|><|assistant|>"
    )


def test_a_last_message_of_the_assistant_is_continued_and_not_closed() -> None:
    assert render([ASK, SAID], tokenizer(), roles=True) == "<|user|>Who?<|end|><|assistant|>It is"


def test_a_template_without_system_messages_gets_it_before_the_first_question() -> None:
    words = tokenizer()
    words.chat_template = STRICT
    assert render([SYSTEM, ASK], words, roles=True) == "[user] Be brief.\n\nWho?\n[assistant]"


@pytest.mark.parametrize("messages", [[SYSTEM], [SYSTEM, SAID, ASK]])
def test_what_a_template_refuses_otherwise_is_its_own_error(messages: list[dict[str, str]]) -> None:
    words = tokenizer()
    words.chat_template = STRICT
    with pytest.raises(Exception, match="no system message"):
        render(messages, words, roles=True)


@pytest.mark.parametrize(
    ("messages", "roles", "text"),
    [
        ([SYSTEM, ASK], True, "System: Be brief.\n\nUser: Who?\n\nAssistant:"),
        ([ASK, SAID], True, "User: Who?\n\nAssistant: It is"),
        ([SYSTEM, ASK], False, "Be brief.\n\nWho?"),
    ],
)
def test_without_a_template_the_plain_one_names_who_speaks(
    messages: list[dict[str, str]], roles: bool, text: str
) -> None:
    assert render(messages, tokenizer(chat=False), roles=roles) == text


def test_messages_are_checked_and_carry_nothing_else() -> None:
    assert check_messages([{**ASK, "name": "Ada"}]) == [ASK]
    bad: tuple[Any, ...] = ("Who?", [], [{"role": "tool", "content": "x"}], [{"role": "user"}], [ASK, "Who?"])
    for value in bad:
        with pytest.raises(ValueError, match=r'"messages" must be a list|a message is'):
            check_messages(value)
