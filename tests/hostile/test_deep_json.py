"""JSON nested a hundred thousand levels deep, wherever JSON is read: an error that names the file, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.cli import main
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Choice
from robustcore.errors import InputError
from robustcore.measures.choice_reply import chosen
from robustcore.measures.der2_rubric import judged_of
from robustcore.measures.reply_rules import broken_rules

CHOICE = Choice(options=(("A", "one"), ("B", "two")), gold="A", asserted="B")
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    file = tmp_path / "deep.json"
    file.write_text(DEEP)
    return file


@pytest.mark.parametrize(
    "command", [["report"], ["baseline"], ["perturb", "show"], ["compare"]], ids=lambda command: command[0]
)
def test_commands_that_read_a_file(command: list[str], deep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = [str(deep)] * (2 if command == ["compare"] else 1)
    assert main([*command, *twice]) in (1, 2)
    said = capsys.readouterr()
    assert "deep.json" in said.out + said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("name", ["docs.jsonl", "docs.json"])
@pytest.mark.parametrize("text", [DEEP, f'{{"id": "d", "text": {DEEP}}}', f'{{"data": {DEEP}}}'])
def test_a_corpus(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        load_dataset(tmp_path / name)
    assert str(caught.value.problems[0].where).startswith(str(tmp_path))


def test_a_reply_is_read_as_one_without_what_was_asked_for() -> None:
    assert chosen(f'{{"answer": {DEEP}}}', CHOICE) == ""
    assert judged_of(f'{{"score": {DEEP}}}', 2) is None
    assert broken_rules(f'{{"a": {DEEP}}}', [{"rule": "json_object", "keys": ["a"]}])
