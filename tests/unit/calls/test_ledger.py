"""The ledger survives what happens to files, and never trusts a row it did not write."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Response


def fill(path: Path | None, **values: object) -> Ledger:
    ledger = Ledger(path)
    ledger.put_many({key: Response(value=value) for key, value in values.items()})
    return ledger


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    value = {"text": "naïve \u2028 \U0001f600 \x00 \ud800", "numbers": [1, 2.5, None, True]}
    fill(tmp_path / "l.sqlite", a=value).close()
    assert Ledger(tmp_path / "l.sqlite").get_many(["a", "b"]) == {"a": Response(value=value)}


def test_more_keys_than_one_query_takes(tmp_path: Path) -> None:
    ledger = fill(tmp_path / "l.sqlite", **{f"k{i}": i for i in range(1234)})
    assert len(ledger.get_many([f"k{i}" for i in range(2000)])) == 1234


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    fill(tmp_path / "l.sqlite", a=1)
    assert stat.S_IMODE((tmp_path / "l.sqlite").stat().st_mode) == 0o600


def test_the_default_folder_keeps_itself_out_of_git(tmp_path: Path) -> None:
    fill(tmp_path / ".robust" / "l.sqlite", a=1)
    assert (tmp_path / ".robust" / ".gitignore").read_text() == "*\n"


def test_a_changed_row_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    fill(path, a="right").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE responses SET value = '\"wrong\"'")
    connection.close()
    assert Ledger(path).get_many(["a"]) == {}


def test_the_first_value_of_a_key_stays(tmp_path: Path) -> None:
    fill(tmp_path / "l.sqlite", a=1).close()
    assert fill(tmp_path / "l.sqlite", a=2).get_many(["a"])["a"].value == 1


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be read as one" * 20, b"SQLite format 3\x00junk"]
)
def test_a_corrupt_file_is_set_aside_with_a_note(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "l.sqlite"
    path.write_bytes(content)
    ledger = fill(path, a=1)
    assert ledger.get_many(["a"])["a"].value == 1
    assert "set aside" in ledger.notes[0]
    assert next(tmp_path.glob("*.set-aside-*")).read_bytes() == content


def test_another_programs_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks(url TEXT)")
    connection.close()
    assert "another program" in fill(path, a=1).notes[0]
    assert list(tmp_path.glob("*.set-aside-*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_falls_back_to_memory(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ledger = fill(tmp_path / "l.sqlite", a=1)
    assert ledger.get_many(["a"])["a"].value == 1
    assert "cannot be written" in ledger.notes[0]


def test_a_path_that_cannot_be_made_falls_back_to_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ledger = fill(tmp_path / "file" / "l.sqlite", a=1)
    assert ledger.get_many(["a"])["a"].value == 1
    assert "cannot be written" in ledger.notes[0]


def test_a_full_disk_keeps_the_session_going(tmp_path: Path) -> None:
    ledger = fill(tmp_path / "l.sqlite", a=1)
    ledger._connection.execute("PRAGMA max_page_count = 8")  # SQLite then answers as on a full disk
    ledger.put_many({"big": Response(value="x" * 200_000)})
    assert ledger.get_many(["big"])["big"].value == "x" * 200_000
    assert "stopped taking responses" in ledger.notes[0]


WRITER = """
import sys
from pathlib import Path
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Response
ledger = Ledger(Path(sys.argv[1]))
for i in range(200):
    ledger.put_many({f"{sys.argv[2]}-{i}": Response(value=i), f"shared-{i}": Response(value=i)})
assert not ledger.notes, ledger.notes
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], env=env) for name in ("a", "b")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert Ledger(path).count() == 600


def test_an_unfinished_run_of_a_dead_process_is_resumed_once(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    first = Ledger(path).start_run()
    with sqlite3.connect(path) as connection:  # as if its process had been killed
        connection.execute("UPDATE runs SET pid = 999999999")
    connection.close()
    ledger = Ledger(path)
    resumed = ledger.start_run()
    assert (resumed.id, resumed.resumed) == (first.id, True)
    ledger.finish_run(resumed)
    assert ledger.start_run().id != first.id


def test_a_run_that_is_still_going_is_left_alone(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "l.sqlite").start_run()
    second = Ledger(tmp_path / "l.sqlite").start_run()
    assert second.id != first.id
    assert not second.resumed


def test_a_fresh_run_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    first = Ledger(path).start_run()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET pid = 999999999")
    connection.close()
    assert Ledger(path).start_run(resume=False).id != first.id
