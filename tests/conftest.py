"""Options and fixtures for the whole suite."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from recorder import Recorder

pytest_plugins = ["pytester"]

hypothesis.settings.register_profile("laws", deadline=None)  # a law says nothing of how busy the machine is
hypothesis.settings.load_profile("laws")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--datasets", type=Path, default=None, help="public data sets that some tests need")
    parser.addoption("--check-values", type=Path, default=None, help="check values that are not ours to copy")
    parser.addoption("--record", type=Path, default=None, help="write what docs/validity.md is made from to this file")


def pytest_configure() -> None:
    """Let tests of interrupts interrupt: a shell that starts pytest in the background has it ignore the signal."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that skips although an option gave it what it asks for: CI must see that it no longer runs."""
    report = yield
    asked = [
        option for option in ("--datasets", "--check-values") if _fixture(option) in getattr(item, "fixturenames", ())
    ]
    given = [option for option in asked if item.config.getoption(option) is not None]
    if given and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{given[0]} is given, and yet this was skipped: {report.longrepr[-1]}"
    return report


@pytest.fixture(scope="session")
def datasets(request: pytest.FixtureRequest) -> Path:
    """Return the folder given with ``--datasets``; without it the test is skipped."""
    return _folder(request, "--datasets")


@pytest.fixture(scope="session")
def check_values(request: pytest.FixtureRequest) -> Path:
    """Return the folder given with ``--check-values``; without it the test is skipped."""
    return _folder(request, "--check-values")


@pytest.fixture(scope="session")
def record(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    """Return what collects verdicts and misses for the record of validity; written where ``--record FILE`` says."""
    file: Path | None = request.config.getoption("--record")
    if file is not None and hasattr(request.config, "workerinput"):
        pytest.fail("--record FILE is written by one process: run without -n")
    recorder = Recorder()
    yield recorder
    if file is not None:
        recorder.write(request.config.invocation_params.dir / file)


def _fixture(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _folder(request: pytest.FixtureRequest, option: str) -> Path:
    folder: Path | None = request.config.getoption(option)
    if folder is None:
        pytest.skip(f"needs {option}=DIR")
    there = request.config.invocation_params.dir / folder
    if not there.is_dir():
        pytest.fail(f"{option}: no folder {folder}")
    return there


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Path], Path]], Path]:
    """Return a function that writes a model of `models` once a session and gives its folder."""
    folders: dict[str, Path] = {}

    def folder_of(build: Callable[[Path], Path]) -> Path:
        name = build.__name__
        if name not in folders:
            folders[name] = build(tmp_path_factory.mktemp("models") / name)
        return folders[name]

    return folder_of
