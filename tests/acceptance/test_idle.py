"""What the plugin leaves undone: everything where nobody asked for it, models where the ledger has the answers."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

import pytest
from acceptance.conftest import EACH, App

# Loaded by ``-p`` before the plugins that are installed, so that it sees what they do.
WATCH = """
import json, os, sys

sys.dont_write_bytecode = True  # who is first to import a module must not look as if it wrote more
SEEN = {"writes": 0, "sockets": []}

def watch(event, arguments):
    if event == "open":
        mode, flags = arguments[1] or "", arguments[2] or 0
        SEEN["writes"] += bool(set(mode) & set("wax+")) or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    elif event.startswith("socket."):
        SEEN["sockets"].append(event)

sys.addaudithook(watch)

def pytest_unconfigure():
    seen = {**SEEN, "sockets": list(SEEN["sockets"]), "modules": sorted(sys.modules)}
    with open("seen.json", "w") as stream:
        json.dump(seen, stream)
"""
HEAVY = ("yaml", "numpy", "scipy", "pydantic", "rich", "torch", "sqlite3", "asyncio", "robustcore")
MODELS = ("torch", "faiss", "transformers", "sentence_transformers", "bm25s", "langchain_core", "ir_measures")


@dataclass
class Seen:
    """What a run printed and did."""

    lines: list[str]
    modules: set[str]
    writes: int
    sockets: list[str]
    files: set[str]


def watched(app: App, *args: str) -> Seen:
    """Run pytest in a process of its own, with no installed plugin but ours, and return what it did."""
    app.pytester.makepyfile(watch=WATCH)
    others = {entry.name for entry in entry_points(group="pytest11")} - {"robust"}
    without = [option for name in sorted(others) for option in ("-p", f"no:{name}")]
    before = files_of(app)
    result = app.pytester.runpytest_subprocess("-p", "watch", *without, *args)
    seen: dict[str, Any] = json.loads((app.path / "seen.json").read_text(encoding="utf-8"))
    (app.path / "seen.json").unlink()
    return Seen(
        lines=[re.sub(r"in [\d.]+s", "in s", line.strip("=")) for line in result.outlines],
        modules={name.partition(".")[0] for name in seen["modules"]},
        writes=seen["writes"],
        sockets=seen["sockets"],
        files=files_of(app) - before - {"seen.json"},
    )


def files_of(app: App) -> set[str]:
    """Return the files and folders of the application, but those of pytester and compiled modules."""
    pytesters = re.compile(r"stdout|stderr|runpytest-.+")
    found = (path.relative_to(app.path) for path in app.path.rglob("*"))
    return {str(path) for path in found if not pytesters.match(path.parts[0]) and "__pycache__" not in path.parts}


@pytest.fixture
def plain(app: App) -> tuple[Seen, Seen]:
    """Return what a run of a hand-written test beside a scenario does with the plugin, and without it."""
    app.scenario(body=EACH)
    app.pytester.makeconftest("")
    app.pytester.makepyfile(test_plain="def test_it(): pass\ndef test_other(): assert 1 + 1 == 3")
    options = ("-p", "no:cacheprovider", "-p", "no:robust")
    return watched(app, *options[:2]), watched(app, *options)


@pytest.mark.skipif("COVERAGE_RUN" in os.environ, reason="what measures coverage in a process imports its source")
def test_what_nobody_asked_for_imports_nothing_but_the_entry_point(plain: tuple[Seen, Seen]) -> None:
    ours, without = plain
    assert ours.modules - without.modules == {"pytest_robust"}
    assert not ours.modules & set(HEAVY)


def test_what_nobody_asked_for_prints_nothing(plain: tuple[Seen, Seen]) -> None:
    ours, without = plain
    assert "1 failed, 1 passed" in ours.lines[-1]
    assert [line for line in ours.lines if not line.startswith("plugins:")] == [
        line for line in without.lines if not line.startswith("plugins:")
    ]


def test_what_nobody_asked_for_writes_no_file_and_opens_no_socket(plain: tuple[Seen, Seen]) -> None:
    ours, without = plain
    assert (ours.files, ours.sockets) == (set(), [])
    assert ours.writes == without.writes


def test_the_watch_sees_a_run_that_was_asked_for(app: App) -> None:
    app.scenario(body=EACH)
    seen = watched(app, "--robust")
    assert {"yaml", "sqlite3", "robustcore"} <= seen.modules
    assert ".robust/ledger.sqlite" in seen.files


def test_collecting_only_opens_no_ledger_and_writes_nothing(app: App) -> None:
    app.scenario(body=EACH)
    seen = watched(app, "--robust", "--collect-only", "-p", "no:cacheprovider")
    assert seen.files == set()
    assert not app.calls


def test_a_run_that_the_ledger_answers_asks_nobody_and_loads_no_model(app: App) -> None:
    app.scenario(system="{use: sturdy, version: '1'}", body=EACH)
    watched(app, "--robust")
    assert len(app.calls) == 10
    app.forget_calls()
    seen = watched(app, "--robust")
    assert "5 passed" in seen.lines[-1]
    assert not app.calls
    assert not seen.modules & set(MODELS)


@pytest.mark.slow
def test_the_embedded_system_loads_no_model_where_the_ledger_answers(app: App) -> None:
    if not all(map(find_spec, ("sentence_transformers", "faiss", "bm25s"))):  # not imported: pytester would forget them
        pytest.skip("needs the extra 'local'")
    app.scenario(system="embedded", body="expect: [{group: {measure: abstained, at-most: 1}}]\n")
    first, second = watched(app, "--robust"), watched(app, "--robust")
    assert {"torch", "faiss"} <= first.modules
    assert not second.modules & set(MODELS)
    assert second.lines[-1] == first.lines[-1]
    assert any(re.search(r"calls: \d+ asked, (\d+) unique, \1 from the ledger, 0 sent", line) for line in second.lines)
