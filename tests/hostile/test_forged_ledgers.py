"""Ledgers that somebody else wrote, or that are damaged: said in words by the command, set aside or used by a run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from robustcore.calls.ledger import Ledger
from robustcore.calls.ledger_file import APPLICATION_ID, EXPECTED, SCHEMA_VERSION, digest
from robustcore.calls.types import Response
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


@pytest.mark.parametrize("how", [[], ["--all"]])
def test_a_name_of_a_file_is_shown_without_its_escapes(
    how: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "\x1b[31mred\u202e.sqlite"
    Ledger(file).close()
    assert main(["ledger", *(["prune"] if how else []), str(file), *how]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert r"\u001b[31mred\u202e.sqlite" in shown


COLUMNS = {
    "responses": ("key", "value", "seconds", "digest", "created", "origin", "used"),
    "origins": ("id", "endpoint", "op", "run"),
    "runs": ("id", "pid", "birth", "started", "finished"),
}
SOUND: dict[str, list[tuple[object, ...]]] = {
    "responses": [
        ("a", '{"said": 1}', 0.5, digest("a", '{"said": 1}'), 1.7e9, 1, 20_000),
        ("b", '{"said": 2}', 0.5, digest("b", '{"said": 2}'), 1.7e9, 1, 20_000),
    ],
    "origins": [(1, "model", "chat", "")],
    "runs": [("r", 4_000_000, "1", 1.7e9, 0)],
}
LOOSE = {
    "responses": "key PRIMARY KEY, value, seconds, digest, created, origin, used) WITHOUT ROWID",
    "origins": "id INTEGER PRIMARY KEY, endpoint, op, run, UNIQUE(endpoint, op, run))",
    "runs": "id PRIMARY KEY, pid, birth, started, finished)",
}
ODD = (None, b"\xff\x00", 9e300, -(2**62), "\x1b[31mred", "")


def forged(file: Path, table: str, column: int, value: object, *, admitted: bool = False) -> None:
    """Write a ledger with ``value`` in one cell of the first row, which no table of ours takes; or that says so."""
    with closing(sqlite3.connect(file)) as connection:
        for name, columns in COLUMNS.items():
            connection.execute(f"CREATE TABLE {name}({LOOSE[name]}")
            rows = [list(row) for row in SOUND[name]]
            if name == table:
                rows[0][column] = value
            connection.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(columns))})", rows)
        connection.commit()
        if not admitted:
            connection.execute("PRAGMA writable_schema = 1")
            connection.executemany(
                "UPDATE sqlite_master SET sql = ? WHERE name = ?", [(EXPECTED[n], n) for n in COLUMNS]
            )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.commit()


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize(
    ("table", "column"),
    [(name, number) for name, columns in COLUMNS.items() for number in range(name == "origins", len(columns))],
)
def test_a_cell_of_another_type(
    table: str, column: int, value: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if (table, column, value) == ("responses", 0, None):
        pytest.skip("SQLite itself takes no such key")
    file = tmp_path / "ledger.sqlite"
    forged(file, table, column, value)
    assert main(["ledger", str(file)]) in (0, 1)
    book = Ledger(file)
    found = book.get_many(["a", "b"])
    assert found.get("b") == Response(value={"said": 2}, seconds=0.5)
    assert found.get("a", Response(value={"said": 1}, seconds=0.5)).value == {"said": 1}
    run = book.start_run()
    book.put_many({"c": Response(value=3)}, ("model", "chat", ""))
    assert book.get_many(["c"])["c"].value == 3
    book.finish_run(run)
    book.close()
    for limit in (["--max-days", "1"], ["--max-mb", "0.000001"], ["--all"]):
        assert main(["ledger", "prune", str(file), *limit]) in (0, 1)
    said = "".join(capsys.readouterr())
    assert "ledger.sqlite" in said
    assert "\x1b" not in said


def test_a_row_with_a_sound_digest_that_holds_no_json_is_ignored(tmp_path: Path) -> None:
    forged(tmp_path / "ledger.sqlite", "responses", 3, digest("a", "{"))
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE responses SET value = '{' WHERE key = 'a'")
    book = Ledger(tmp_path / "ledger.sqlite")
    assert sorted(book.get_many(["a", "b"])) == ["b"]
    book.close()


def test_tables_of_another_shape_are_no_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ledger.sqlite"
    forged(file, "runs", 1, "x", admitted=True)
    assert main(["ledger", str(file)]) == 1
    assert "its tables are not those of a ledger" in capsys.readouterr().err
    book = Ledger(file)
    assert "set aside" in book.notes[0]
    book.close()
