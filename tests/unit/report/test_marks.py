"""Marks: what is new and what is gone, readable without colour."""

from __future__ import annotations

import pytest

from robustcore.report.marks import LONGEST, excerpts, marked


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Which port is it?", "Which port is it?", "Which port is it?"),
        ("Which port is it?", "Which prot is it?", "Which [prot] is it?"),
        ("Which port is it?", "Which is it?", "Which [-port-] is it?"),
        ("Which is it?", "Which port is it?", "Which [port] is it?"),
        ("a port", "a  port", "a[space x2]port"),
        ("a port", "a\u00a0port", "a[space x1|U+00A0]port"),
        ("a port", "a p\u043ert", "a [p\u043ert|U+043E]"),
        ("caf\u00e9 a", "caf\u00e9 b", "caf\u00e9 [b]"),
        ("", "new", "[new]"),
        ("gone", "", "[-gone-]"),
    ],
)
def test_a_change_is_marked_where_it_is(before: str, after: str, shown: str) -> None:
    assert marked(before, after).plain == shown


def test_of_a_long_text_only_the_changed_places_are_shown() -> None:
    words = [f"w{number}" for number in range(200)]
    changed = [*words]
    changed[50], changed[150] = "NEW", "OTHER"
    first, second = (text.plain for text in excerpts(" ".join(words), " ".join(changed)))
    assert "[NEW]" in first
    assert first.startswith("... ")
    assert first.endswith(" ...")
    assert "[OTHER]" in second
    assert "w100" not in first + second


def test_changes_close_to_one_another_share_an_excerpt() -> None:
    assert [text.plain for text in excerpts("a b c d e", "a X c Y e")] == ["a [X] c [Y] e"]


def test_an_excerpt_has_its_limit() -> None:
    (text,) = excerpts("start " + "lost " * 500 + "end", "start end")
    assert len(text) < LONGEST + 10
    assert text.plain.endswith(" ...")


def test_the_same_text_has_no_excerpt() -> None:
    assert list(excerpts("a b", "a b")) == []
