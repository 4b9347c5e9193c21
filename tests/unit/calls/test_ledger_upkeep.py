"""A ledger tells what it holds, keeps within its limits, and drops first what is used last."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.ledger_file import today
from robustcore.calls.ledger_upkeep import contents, prune
from robustcore.calls.types import Call, Flow, Reply, Response
from robustcore.endpoints.scripted import ScriptedEndpoint

BIG = "x" * 10_000


def fill(path: Path, start: int, count: int, origin: tuple[str, str, str] = ("model", "chat", "")) -> list[str]:
    keys = [f"{i:032x}" for i in range(start, start + count)]
    ledger = Ledger(path)
    ledger.put_many({key: Response(value=BIG) for key in keys}, origin)
    ledger.close()
    return keys


def age(path: Path, keys: list[str], days: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.executemany("UPDATE responses SET used = ? WHERE key = ?", [(today() - days, key) for key in keys])
    connection.close()


def left(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        keys = {key for (key,) in connection.execute("SELECT key FROM responses")}
    connection.close()
    return keys


def test_contents_tell_endpoints_operations_and_what_cannot_be_used_again(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    ledger = Ledger(path)
    ended, cut_off = ledger.start_run(), ledger.start_run()
    ledger.finish_run(ended)
    ledger.close()
    fill(path, 0, 3)
    fill(path, 10, 2, ("app", "answer", ended.id))
    fill(path, 20, 1, ("app", "answer", cut_off.id))
    found = contents(path)
    assert {(part.endpoint, part.op, part.responses, part.expired) for part in found.parts} == {
        ("model", "chat", 3, 0),
        ("app", "answer", 3, 2),
    }
    assert (found.responses, found.expired, found.runs, found.unfinished) == (6, 2, 2, 1)
    assert found.size > 6 * 10_000
    assert 0 < found.oldest <= found.newest


def test_age_is_that_of_the_last_use(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    old, used, new = fill(path, 0, 5), fill(path, 10, 5), fill(path, 20, 5)
    age(path, old + used, 40)
    ledger = Ledger(path)
    ledger.get_many(used)
    ledger.close()
    assert prune(path, max_days=30) == 5
    assert left(path) == {*used, *new}


def test_a_hit_is_noted_once_a_day(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    keys = fill(path, 0, 5)
    for _ in range(2):
        ledger = Ledger(path)
        ledger.get_many(keys)
        assert not ledger._used
        ledger.close()


def test_size_drops_the_unusable_first_then_the_longest_unused(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    ledger = Ledger(path)
    run = ledger.start_run()
    ledger.finish_run(run)
    ledger.close()
    ended = fill(path, 0, 20, ("app", "answer", run.id))
    old, new = fill(path, 100, 40), fill(path, 200, 40)
    age(path, old, 3)
    dropped = prune(path, max_mb=0.8)
    kept = left(path)
    assert dropped == 100 - len(kept)
    assert not kept & set(ended)
    assert set(new) <= kept
    assert 0 < len(kept & set(old)) < 40
    assert prune(path, max_mb=0.8) == 0


def test_what_a_cut_off_run_has_paid_for_is_not_dropped_as_unusable(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    ledger = Ledger(path)
    run = ledger.start_run()
    ledger.close()
    bound = fill(path, 0, 20, ("app", "answer", run.id))
    free = fill(path, 100, 60)
    age(path, free, 3)
    prune(path, max_mb=0.5)
    assert set(bound) <= left(path)


def test_everything_can_go_and_the_room_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    fill(path, 0, 100)
    before = path.stat().st_size
    assert prune(path, everything=True, compact=True) == 100
    assert path.stat().st_size < before / 10
    assert Ledger(path).count() == 0


def test_a_session_goes_on_while_another_prunes(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    fill(path, 0, 100)
    ledger = Ledger(path)
    origin = ("model", "chat", "")
    ledger.put_many({"before": Response(value=1)}, origin)
    prune(path, everything=True, compact=True)
    ledger.put_many({"after": Response(value=2)}, origin)
    assert ledger.get_many(["before", "after"]) == {"after": Response(value=2)}
    assert [(part.endpoint, part.responses) for part in contents(path).parts] == [("model", 1)]
    assert not ledger.notes


def test_no_file_that_is_no_ledger_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing of ours")
    for work in (contents, prune):
        with pytest.raises(sqlite3.DatabaseError):
            work(path)
    assert path.read_text() == "nothing of ours"


def test_names_are_kept_without_what_urls_may_hide(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    fill(path, 0, 1, ("https://ann:s3cret@host.example/ask?key=t0ken", "answer", ""))
    assert contents(path).parts[0].endpoint == "https://host.example/ask"
    for file in tmp_path.iterdir():
        assert b"s3cret" not in file.read_bytes()
        assert b"t0ken" not in file.read_bytes()


def test_nothing_of_a_call_is_stored_but_its_reply(tmp_path: Path) -> None:
    secret = "s3cret-of-the-caller"
    endpoint = ScriptedEndpoint(lambda call: TimeoutError(secret) if call.replicate else "reply", version=secret)
    engine = Engine(Ledger(tmp_path / "l.sqlite"), Run("r"))
    engine.add_endpoints({"model": endpoint})

    def flow(replicate: int) -> Flow[list[Reply]]:
        settings = {"key": secret}
        return (yield [Call(endpoint="model", op="chat", payload=secret, settings=settings, replicate=replicate)])

    assert isinstance(dict(engine.run([(0, flow(0)), (1, flow(1))]))[0][0], Response)
    engine.close()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"reply" in written
    assert secret.encode() not in written


def test_a_recurring_process_number_does_not_keep_a_run_from_being_resumed(tmp_path: Path) -> None:
    """In containers the next run often has the number of the one that was killed."""
    path = tmp_path / "l.sqlite"
    first = Ledger(path).start_run()
    with sqlite3.connect(path) as connection:
        (birth,) = connection.execute("SELECT birth FROM runs").fetchone()
        if not birth:
            pytest.skip("this system does not tell when a process began")
        connection.execute("UPDATE runs SET birth = '1'")
    connection.close()
    assert Ledger(path).start_run() == Run(first.id, resumed=True)
