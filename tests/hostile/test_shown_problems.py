"""What is said of a bad input does nothing to a terminal, wherever its words come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.cli import main
from robustcore.errors import InputError, Location, Problem

ACTING = "\x1b]8;;http://evil.example\x07 \u202e\x00\r\x9b31m\u200b"


def test_a_problem_escapes_each_of_its_parts() -> None:
    problem = Problem(
        what=f"one\ntwo {ACTING}", where=Location(file=ACTING, line=1), choices=(ACTING, "b"), fix=f"\tsay {ACTING}"
    )
    said = str(InputError(problem))
    assert not set(said) & set(ACTING) - set(":/ehtpvil.xam318m]; ")
    assert said.count("\\u001b]8;;http://evil.example\\u0007 \\u202e\\u0000\\u000d\\u009b31m\\u200b") == 4
    assert "one\ntwo" in said


@pytest.mark.parametrize("command", ["check", "ledger", "report", "baseline", "perturb show"])
def test_a_file_whose_name_acts(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ACTING.replace("/", "").replace("\x00", "")
    for data in (None, b"\x1b[31m: &a [*a]\x00", b'{"schema": "\x1b"}'):
        if data is not None:
            file.write_bytes(data)
        assert main([*command.split(), str(file)]) == 1
        said = "".join(capsys.readouterr())
        assert "\\u202e" in said
        assert not set(said) & {"\x1b", "\x07", "\u202e", "\x9b"}
