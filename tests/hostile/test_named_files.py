"""Pipes, devices, huge files, full disks and Ctrl-C, wherever a command meets them: an error in words, and no wait."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from robustcore.cli import main
from robustcore.cli.main import INTERRUPTED
from robustcore.corpus.formats import text
from robustcore.corpus.load import load_dataset
from robustcore.errors import InputError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="named pipes and /dev are POSIX's")


@POSIX
@pytest.mark.parametrize("command", [["report"], ["baseline"], ["compare"], ["check"]], ids=lambda command: command[0])
@pytest.mark.parametrize("named", ["pipe", "/dev/zero"])
def test_what_is_no_regular_file_is_refused_at_once(
    command: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pipe" if named == "pipe" else Path(named)
    if named == "pipe":
        os.mkfifo(file)
    twice = [str(file)] * (2 if command == ["compare"] else 1)
    assert main([*command, *twice]) == 1
    said = capsys.readouterr()
    assert f"{file}: cannot read" in said.out + said.err
    assert "this is not a regular file" in said.out + said.err


def test_a_corpus_that_is_too_big_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "most_bytes", lambda: 1 << 20)
    file = tmp_path / "docs.jsonl"
    file.write_bytes(b'{"id": "d", "text": "' + b"a" * (2 << 20) + b'"}\n')
    with pytest.raises(InputError, match="larger than 1 MB"):
        load_dataset(file, format="jsonl")


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (KeyboardInterrupt(), INTERRUPTED, "interrupted"),
        (
            PermissionError(errno.EACCES, "Permission denied", "documents.jsonl"),
            1,
            "documents.jsonl: Permission denied",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
    ],
    ids=["ctrl-c", "read-only", "full"],
)
def test_what_ends_a_command_is_said_in_words(
    raised: BaseException, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def words() -> None:
        raise raised

    assert main(["schema"], words=words) == status  # type: ignore[arg-type] # a vocabulary that never comes
    assert capsys.readouterr().err.startswith(said)
