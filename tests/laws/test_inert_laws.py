"""Whatever a model writes: in no format does it act, and nothing of it is lost."""

from __future__ import annotations

import json
import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_world import HOSTILE

from robustcore.report.inert import code, inert, line, markdown, script, workflow, workflow_property

ANY = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from([*HOSTILE, "`", "``", "|", "\n", "\\", "*", "::", "##[", " ", "a"])).map("".join),
)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def unseen(text: str) -> list[str]:
    return [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@given(ANY)
def test_no_unseen_character_and_no_command_is_left(text: str) -> None:
    shown = inert(text)
    assert not unseen(shown)
    assert not re.search(r"::[A-Za-z][\w-]*(\s|::)|##\[", shown)
    assert inert(shown) == shown


@given(ANY)
def test_what_is_kept_stays_and_plain_text_is_untouched(text: str) -> None:
    assert inert(text, keep="\n\t").count("\n") == text.count("\n")
    if text.isascii() and text.isprintable() and "::" not in text and "##" not in text:
        assert inert(text) == text


@given(ANY, st.integers(min_value=5, max_value=60))
def test_a_line_is_one_and_as_short_as_asked(text: str, longest: int) -> None:
    assert len(line(text, longest)) <= longest
    assert "\n" not in line(text)


def rendered(source: str) -> tuple[str, list[str]]:
    """Return the text that a reader of Markdown sees of ``source``, and the kinds of markup in it."""
    (_, inline, _) = MARKDOWN.parse(source)
    children = inline.children or []
    kinds = [token.type for token in children if not (token.type == "html_inline" and token.content == "<!-- -->")]
    return "".join(token.content for token in children if token.content != "<!-- -->"), kinds


@given(ANY)
def test_markdown_shows_the_text_with_no_markup_of_its_own(text: str) -> None:
    shown, kinds = rendered(f"x {markdown(text)} x")
    assert set(kinds) <= {"text", "text_special"}
    assert shown == f"x {line(text)} x".replace("x  x", "x  x")


@given(ANY)
def test_a_code_span_holds_the_whole_text(text: str) -> None:
    wanted = line(text).strip()
    source = code(text)
    if not wanted:
        assert source == ""
        return
    shown, kinds = rendered(f"x {source} x".replace("\\|", "|"))
    assert kinds == ["text", "code_inline", "text"]
    assert shown == f"x {line(text)} x"


@given(ANY)
def test_a_code_span_stays_in_its_cell_of_a_table(text: str) -> None:
    tokens = MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {code(text)} | z |")
    assert [token.type for token in tokens].count("table_open") == 1
    cells = [token.content for token in tokens if token.type == "inline"]
    assert len(cells) == 4
    assert cells[-1] == "z"


@given(ANY)
def test_a_workflow_command_is_one_line_that_reads_back(text: str) -> None:
    message = workflow(text)
    assert not unseen(message)
    assert message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == inert(text, keep="\n")
    assert not set(workflow_property(text)) & {":", ",", "\n", "\r"}


@given(st.recursive(ANY, lambda inner: st.lists(inner) | st.dictionaries(ANY, inner)))
def test_json_in_a_script_reads_back_and_cannot_end_it(value: object) -> None:
    text = script(value)
    assert not set(text) & {"<", ">", "&", "\u2028", "\u2029"}
    assert json.loads(text) == value
