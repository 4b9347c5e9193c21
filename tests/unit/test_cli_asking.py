"""What commands that ask models leave behind: after an interrupt, after a call that failed, and beside other runs."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Call, CallError, Flow, Response
from robustcore.cli import asking, main
from robustcore.endpoints.scripted import ScriptedEndpoint


def ask(word: str) -> Flow[Any]:
    (reply,) = yield [Call(endpoint="far", op="say", payload=word)]
    return reply.value if isinstance(reply, Response) else None


def run(ledger: Path | None, said: Callable[[Call], Any], words: str = "abcd", of: str = "a") -> list[Call]:
    """Ask for each of ``words`` and return what was sent."""
    far = ScriptedEndpoint(said)
    with asking.engine({"far": far}, ledger=ledger, live=False, of=of) as asks:
        dict(asks.run((word, ask(word)) for word in words))
    return far.sent


def bury(path: Path) -> None:
    """Make every run one of a process that is gone."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET pid = 999999999")
    connection.close()


def stops_at_c(call: Call) -> Any:
    return KeyboardInterrupt() if call.payload == "c" else call.payload


def fails_at_c(call: Call) -> Any:
    return CallError(kind="infra_error", message="lost") if call.payload == "c" else call.payload


@pytest.mark.parametrize(("said", "missing"), [(stops_at_c, "cd"), (fails_at_c, "c")])
def test_the_same_command_again_sends_only_what_is_missing(
    tmp_path: Path, said: Callable[[Call], Any], missing: str
) -> None:
    path = tmp_path / "l.sqlite"
    told = f"interrupted; 2 replies of this run are kept in {path}: the same command again sends only what is missing"
    with pytest.raises(asking.Interrupted, match=re.escape(told)) if said is stops_at_c else nullcontext():
        run(path, said)
    bury(path)
    assert Ledger(path).start_run().resumed is False  # a test session begins a run of its own
    assert len(run(path, lambda call: call.payload, of="b")) == 4
    assert "".join(str(call.payload) for call in run(path, lambda call: call.payload)) == missing
    bury(path)
    assert len(run(path, lambda call: call.payload)) == 4  # the run has ended: nobody knows who "far" is now


def test_an_interrupt_without_a_ledger_says_that_nothing_is_kept() -> None:
    with pytest.raises(asking.Interrupted, match="interrupted; no replies were kept"):
        run(None, stops_at_c)


def test_a_ledger_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    run(tmp_path / "file" / "l.sqlite", lambda call: call.payload)
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(("interrupt", "told"), [(KeyboardInterrupt(), "interrupted"), (asking.Interrupted("x"), "x")])
def test_an_interrupted_command_says_so_and_shows_no_traceback(
    interrupt: BaseException, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def words() -> Any:
        raise interrupt

    assert main(["check", "a.robust.yaml"], words=words) == 130
    assert capsys.readouterr().err == f"{told}\n"
