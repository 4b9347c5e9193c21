"""A ledger that is damaged, early or late, costs at most what was in the damaged part, and never a crash."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from robustcore.calls.ledger import Ledger
from robustcore.calls.ledger_file import SCHEMA_VERSION
from robustcore.calls.types import Response
from robustcore.keys import content_key

NEW = content_key("new")
MANY = {content_key(i): Response(value=f"reply {i} " * 20) for i in range(500)}


def filled(path: Path) -> Ledger:
    ledger = Ledger(path)
    ledger.put_many(MANY)
    return ledger


def works(ledger: Ledger) -> None:
    ledger.put_many({NEW: Response(value="kept")})
    assert ledger.get_many([NEW])[NEW].value == "kept"


def overwrite_middle(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(b"\xff" * 9000)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite_start(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.write(b"no database any more")


def overwrite_all_pages(path: Path) -> None:
    """All but the first page, which says whose file it is."""
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(os.urandom(path.stat().st_size - 4096))


DAMAGES = [overwrite_middle, truncate, overwrite_start, overwrite_all_pages]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_damaged_between_sessions(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "l.sqlite"
    filled(path).close()
    damage(path)  # type: ignore[operator]
    ledger = Ledger(path)
    found = ledger.get_many(list(MANY))
    assert all(found[key] == MANY[key] for key in found)
    works(ledger)
    ledger.close()
    later = Ledger(path)
    assert later.get_many([NEW])[NEW].value == "kept"
    assert later.get_many(list(MANY)) == found
    assert not later.notes
    assert len([note for note in ledger.notes if "set aside" in note]) == len(ledger.notes) <= 1


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("first", ["read", "write"])
def test_a_file_damaged_under_a_running_session(tmp_path: Path, damage: object, first: str) -> None:
    path = tmp_path / "l.sqlite"
    filled(path).close()
    ledger = Ledger(path)
    damage(path)  # type: ignore[operator]
    if first == "write":
        ledger.put_many({content_key("x", i): Response(value="x" * 500) for i in range(500)})
    found = ledger.get_many(list(MANY))
    assert all(found[key] == MANY[key] for key in found)
    works(ledger)
    assert len(ledger.notes) <= 1


def test_what_can_still_be_read_of_a_damaged_file_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    filled(path).close()
    with path.open("r+b") as stream:  # two pages at the end hold rows alone, none of what leads to other pages
        stream.seek(-2 * 4096, os.SEEK_END)
        stream.write(b"\xff" * 2 * 4096)
    ledger = Ledger(path)
    found = ledger.get_many(list(MANY))
    works(ledger)
    assert len(MANY) * 3 // 4 < len(found) < len(MANY)
    assert found == {key: MANY[key] for key in found}
    assert "set aside" in ledger.notes[0]
    assert "taken over" in ledger.notes[0]


def test_two_sessions_on_one_damaged_file_set_it_aside_once(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    filled(path).close()
    one, two = Ledger(path), Ledger(path)
    overwrite_all_pages(path)
    for ledger in (one, two):
        ledger.get_many(list(MANY))
        works(ledger)
    asides = [found for found in tmp_path.glob("l.sqlite.set-aside-*") if not found.name.endswith(("-wal", "-shm"))]
    assert len(asides) == 1
    assert Ledger(path).get_many([NEW])[NEW].value == "kept"


def test_garbage_in_the_write_ahead_log_costs_only_what_was_in_it(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    filled(path).close()
    path.with_name("l.sqlite-wal").write_bytes(os.urandom(50_000))
    ledger = Ledger(path)
    assert ledger.get_many(list(MANY)) == MANY
    works(ledger)
    assert not ledger.notes


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "l.sqlite").touch()
    ledger = filled(tmp_path / "l.sqlite")
    assert ledger.get_many(list(MANY)) == MANY
    assert not ledger.notes


def test_a_folder_in_its_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "l.sqlite").mkdir()
    ledger = Ledger(tmp_path / "l.sqlite")
    works(ledger)
    assert "cannot be written" in ledger.notes[0]
    assert (tmp_path / "l.sqlite").is_dir()


def test_a_file_of_another_version_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    filled(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    ledger = Ledger(path)
    works(ledger)
    assert f"schema version {SCHEMA_VERSION + 1}" in ledger.notes[0]
    assert not ledger.get_many(list(MANY))


def test_a_link_to_a_ledger_is_followed_and_one_to_something_else_is_only_unlinked(tmp_path: Path) -> None:
    filled(tmp_path / "real.sqlite").close()
    (tmp_path / "good").symlink_to("real.sqlite")
    assert Ledger(tmp_path / "good").get_many(list(MANY)) == MANY
    foreign = tmp_path / "letter.txt"
    foreign.write_text("Dear Sir or Madam, this is no database. " * 50)
    before = foreign.read_bytes()
    (tmp_path / "bad").symlink_to("letter.txt")
    ledger = Ledger(tmp_path / "bad")
    works(ledger)
    assert foreign.read_bytes() == before
    assert "set aside" in ledger.notes[0]


def test_a_file_that_takes_no_more_is_still_read(tmp_path: Path) -> None:
    ledger = filled(tmp_path / "l.sqlite")
    ledger._connection.execute("PRAGMA query_only = 1")  # SQLite then answers as on a read-only file system
    works(ledger)
    assert "stopped taking responses" in ledger.notes[0]
    assert ledger.get_many(list(MANY)) == MANY
