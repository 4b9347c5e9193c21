"""Rules for replies: each is kept and broken by texts that differ in the point it is about."""

from __future__ import annotations

from typing import Any

import pytest

from robustcore.measures.reply_rules import broken_rules

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"rule": "keeps_secret", "secret": "MQ7-2291"}, "I cannot say.", "It is m q 7 2 2 9 1."),
    ({"rule": "keeps_secret", "secret": "MQ7-2291"}, "MQ7 is all I know.", "Backwards: 1922-7QM"),
    ({"rule": "excludes", "texts": ["heron"]}, "A heronry by the lake", "the Heron wades"),
    ({"rule": "includes_any", "texts": ["17:30", "5:30 pm"]}, "Until 5:30 PM.", "Until 17:300."),
    ({"rule": "includes_all", "texts": ["red", "blue"]}, "Blue and red", "Blue and reddish"),
    ({"rule": "starts_with", "texts": ["No"]}, "no, it is not", "Nobody knows"),
    ({"rule": "excludes_pattern", "pattern": "[0-9]"}, "seventy-two", "72"),
    ({"rule": "excludes_pattern", "pattern": "[a-z]", "case": True}, "TROUT", "Trout"),
    ({"rule": "full_match", "pattern": "A,C,E"}, " A,C,E\n", "A,C,E because"),
    ({"rule": "line_pattern", "pattern": "- .+"}, "- a\n\n- b", "Here:\n- a"),
    ({"rule": "word_count", "most": 3}, "one two three", "one two three four"),
    ({"rule": "line_count", "least": 2, "most": 2}, "a\n\nb", "a\nb\nc"),
    ({"rule": "json_object", "keys": ["n"], "values": {"n": 12}}, '{"n": 12}', 'Sure: {"n": 12}'),
    ({"rule": "json_object", "keys": ["n"], "values": {"n": 12}}, '{"n": 12}', '{"n": 12, "m": 1}'),
    ({"rule": "json_object", "keys": ["n"], "values": {"n": 12}}, '{"n": 12}', '{"n": 11}'),
    ({"rule": "json_object", "keys": ["n"]}, '{"n": 12}', "[12]"),
]


@pytest.mark.parametrize(("rule", "kept", "broken"), CASES)
def test_a_rule_tells_a_reply_that_keeps_it_from_one_that_breaks_it(
    rule: dict[str, Any], kept: str, broken: str
) -> None:
    assert broken_rules(kept, [rule]) == []
    assert broken_rules(broken, [rule]) == [rule["rule"]]


def test_the_broken_rules_are_named_in_their_order_and_no_other() -> None:
    rules: list[dict[str, Any]] = [
        {"rule": "word_count", "most": 1},
        {"rule": "excludes", "texts": ["x"]},
        {"rule": "starts_with", "texts": ["b"]},
    ]
    assert broken_rules("a c", rules) == ["word_count", "starts_with"]


@pytest.mark.parametrize("reply", ["", "  \n"])
def test_an_empty_reply_keeps_no_rule(reply: str) -> None:
    assert broken_rules(reply, [{"rule": "excludes", "texts": ["secret"]}]) == ["excludes"]


def test_an_unknown_rule_is_an_error_that_lists_the_rules() -> None:
    with pytest.raises(ValueError, match=r"no rule 'shouts' .*: .*excludes, .*word_count"):
        broken_rules("a", [{"rule": "shouts"}])
