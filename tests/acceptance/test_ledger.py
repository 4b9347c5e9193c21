"""What was answered once is not asked again: declared versions across sessions, cut-off runs when resumed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time

from acceptance.conftest import EACH, App


def test_a_callable_without_version_is_asked_again_by_the_next_session(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    app.run()
    app.forget_calls()
    app.run()
    assert len(app.calls) == 10


def test_a_declared_version_lets_later_sessions_reuse_its_answers(app: App) -> None:
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    app.run().assert_outcomes(passed=5)
    app.forget_calls()
    result = app.run()
    result.assert_outcomes(passed=5)
    assert app.calls == []
    header, calls = "robust: ledger .robust/ledger.sqlite (10 responses)", "calls: 10 asked*10 from the ledger, 0 sent"
    result.stdout.fnmatch_lines([header, calls])


def test_a_new_version_asks_again(app: App) -> None:
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    app.run()
    app.forget_calls()
    app.scenario(system="{use: sturdy, version: '2'}", body=EACH)
    app.run()
    assert len(app.calls) == 10


def test_scenarios_share_calls(app: App) -> None:
    app.scenario("first", system="sturdy", body=EACH)
    app.scenario("second", system="sturdy", body=EACH)
    app.run().assert_outcomes(passed=10)
    assert len(app.calls) == 10


def test_the_ledger_can_be_switched_off(app: App) -> None:
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    app.run("--robust-ledger=none").assert_outcomes(passed=5)
    assert not (app.path / ".robust").exists()


SLOW = """
import os, time
from pathlib import Path
LOG = Path(os.environ["TOY_LOG"])
def answer(question):
    with LOG.open("a") as log:
        log.write(question + "\\n")
    time.sleep(0.05)
    return "1"
"""


def test_a_killed_run_is_resumed_and_loses_almost_nothing(app: App) -> None:
    app.pytester.makepyfile(slow=SLOW)
    questions = [{"id": f"q{i}", "question": f"question number {i}", "answers": ["1"]} for i in range(40)]
    app.jsonl("questions.jsonl", questions)
    app.scenario(system="'slow:answer'", body=EACH)
    command = [sys.executable, "-m", "pytest", "--robust", "-q", "-p", "no:randomly"]
    process = subprocess.Popen(command, cwd=app.path, env=os.environ, stdout=subprocess.DEVNULL)
    while len(app.calls) < 40:
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(app.calls)
    result = app.run()
    result.assert_outcomes(passed=40)
    assert len(app.calls) - before <= 80 - before + 16  # at most half a second of replies is asked again
    assert len(app.calls) < 120
    app.forget_calls()
    app.run()
    assert len(app.calls) == 80  # the resumed run ended: a callable without a version is asked anew


def test_an_edited_system_is_not_answered_by_the_run_it_interrupted(app: App) -> None:
    app.pytester.makepyfile(slow=SLOW)
    questions = [{"id": f"q{i}", "question": f"question number {i}", "answers": ["1"]} for i in range(40)]
    app.jsonl("questions.jsonl", questions)
    app.scenario(system="'slow:answer'", body=EACH)
    command = [sys.executable, "-m", "pytest", "--robust", "-q", "-p", "no:randomly"]
    process = subprocess.Popen(command, cwd=app.path, env=os.environ, stdout=subprocess.DEVNULL)
    while len(app.calls) < 30:
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    app.forget_calls()
    app.pytester.makepyfile(slow=SLOW.replace("0.05", "0.0"))
    app.run()
    assert len(app.calls) == 80


def test_fresh_does_not_resume(app: App) -> None:
    app.pytester.makepyfile(slow=SLOW)
    app.scenario(system="'slow:answer'", body=EACH)
    command = [sys.executable, "-m", "pytest", "--robust", "-q", "-p", "no:randomly"]
    process = subprocess.Popen(command, cwd=app.path, env=os.environ, stdout=subprocess.DEVNULL)
    while len(app.calls) < 5:
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    app.forget_calls()
    app.run("--robust-fresh")
    assert len(app.calls) == 10


def test_the_ledger_keeps_its_limit_of_size(app: App) -> None:
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    app.pytester.makeini("[pytest]\nrobust_ledger_max_mb = 0.001\n")
    result = app.run()
    result.assert_outcomes(passed=5)
    assert "note: 10 responses were dropped from ledger" in result.stdout.str()


def test_the_ledger_keeps_its_limit_of_age(app: App) -> None:
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    app.pytester.makeini("[pytest]\nrobust_ledger_max_days = 30\n")
    app.run()
    with sqlite3.connect(app.path / ".robust" / "ledger.sqlite") as connection:
        connection.execute("UPDATE responses SET used = used - 100 WHERE key IN (SELECT key FROM responses LIMIT 4)")
    connection.close()
    app.scenario(system="answer", body=EACH)
    app.run()  # asks another system: nobody uses the four
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    app.forget_calls()
    app.run()
    assert len(app.calls) == 4


def test_a_limit_that_is_none_is_refused(app: App) -> None:
    app.scenario(system="sturdy", body=EACH)
    app.pytester.makeini("[pytest]\nrobust_ledger_max_mb = much\n")
    result = app.run()
    result.stderr.fnmatch_lines(["ERROR: robust_ledger_max_mb: 'much' is no limit; give a number, 0 for no limit"])


def test_a_ledger_damaged_between_sessions_costs_calls_and_nothing_else(app: App) -> None:
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    app.run()
    path = app.path / ".robust" / "ledger.sqlite"
    path.write_bytes(path.read_bytes()[:4096])
    app.forget_calls()
    result = app.run()
    result.assert_outcomes(passed=5)
    assert len(app.calls) == 10
    assert "set aside as ledger.sqlite.set-aside-" in " ".join(result.stdout.lines)  # wherever the line was broken
