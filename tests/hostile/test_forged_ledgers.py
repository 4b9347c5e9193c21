"""A ledger whose own schema is no text: said in words by the command, and moved aside by a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from robustcore.calls.ledger import Ledger
from robustcore.cli import main


@pytest.mark.parametrize("place", [2, 12, 16, 34])
def test_a_schema_that_is_no_utf8(place: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ledger.sqlite"
    Ledger(file).close()
    sound = file.read_bytes()
    start = sound.index(b"CREATE TABLE") + place
    file.write_bytes(sound[:start] + b"\x9e\xff" + sound[start + 2 :])
    assert main(["ledger", str(file)]) == 1
    assert "ledger.sqlite" in capsys.readouterr().err
    Ledger(file).close()
    assert len(list(tmp_path.glob("ledger.sqlite*"))) > 1
    assert main(["ledger", str(file)]) == 0
