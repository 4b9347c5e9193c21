from __future__ import annotations

from typing import Any

import pytest

from robustcore.endpoints.remote.json_paths import NoSuchPath, check_path, pick
from robustcore.errors import InputError

REPLY: Any = {
    "choices": [{"message": {"content": "Paris", "0": "a key"}}],
    "docs": [{"text": "a", "parts": [{"t": 1}, {"t": 2}]}, {"text": "b", "parts": [{"t": 3}]}],
    "by_id": {"x": {"text": "c"}, "y": {"text": "d"}},
    "none": None,
    "empty": [],
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("choices.0.message.content", "Paris"),
        ("choices.0.message.0", "a key"),
        ("docs.*.text", ["a", "b"]),
        ("docs.1.text", "b"),
        ("docs.*.parts.*.t", [1, 2, 3]),
        ("by_id.*.text", ["c", "d"]),
        ("docs.0.parts", [{"t": 1}, {"t": 2}]),
        ("none", None),
        ("empty.*", []),
        ("empty.*.text", []),
    ],
)
def test_a_path_leads_to_what_stands_there(path: str, expected: object) -> None:
    assert pick(REPLY, path) == expected


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("answer", "at the top of the reply there is an object with the keys choices, docs, by_id, none, empty"),
        ("choices.0.text", "at 'choices.0' there is an object with the keys message"),
        ("choices.1.message", "at 'choices' there is a list of 1"),
        ("choices.message", "at 'choices' there is a list of 1"),
        ("none.x", "at 'none' there is null"),
        ("docs.*.title", "there is an object with the keys text, parts"),
        ("choices.0.message.content.x", "at 'choices.0.message.content' there is text"),
        ("docs.0.text.*", "at 'docs.0.text' there is text"),
    ],
)
def test_a_path_that_does_not_fit_says_how_far_it_fits_and_what_is_there(path: str, said: str) -> None:
    with pytest.raises(NoSuchPath) as caught:
        pick(REPLY, path)
    assert f"the path '{path}' does not fit the reply" in str(caught.value)
    assert said in str(caught.value)


def test_a_message_never_shows_values_and_few_of_many_keys() -> None:
    with pytest.raises(NoSuchPath) as caught:
        pick({f"key{i}": "private" for i in range(100)}, "answer")
    assert "private" not in str(caught.value)
    assert str(caught.value).endswith("key10, key11, …")


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a.", "$.a.b", "a[0]", "/a/b", "a. b"])
def test_other_notations_are_refused(path: str) -> None:
    with pytest.raises(InputError, match=r"choices\.0\.message\.content"):
        check_path(path)
