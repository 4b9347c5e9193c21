"""Run the tests that cover a mutant, in a fork of a process that has loaded the libraries but nothing of ours.

The fork serves the changed source from memory, so nothing is copied and several runs may share a checkout. A test that
starts an interpreter of its own does not see the mutant, and the map does not count it as covering either.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType
from typing import Any, Literal

Fate = Literal["killed", "survived", "timeout", "uncovered"]
LOADED = ("pytest", "hypothesis", "numpy", "scipy.stats", "scipy.optimize", "pydantic", "yaml", "rapidfuzz.distance")
QUIET = (
    "-x",
    "-q",
    "--no-header",
    "--hypothesis-profile=mutants",
    "-p",
    "no:randomly",
    "-p",
    "no:langsmith_plugin",
    "-p",
    "no:cacheprovider",
)


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a mutant: its fate, the first test that failed and how, the tests asked, the seconds taken."""

    fate: Fate
    killer: str
    asked: int
    seconds: float


def warm() -> None:
    """Load the libraries that tests need, once for all forks."""
    for name in LOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def run(module: str, source: str | None, tests: Sequence[str], limit: float) -> Run:
    """Return the fate of ``source`` in place of ``module`` under ``tests``; a fork gets ``limit`` seconds.

    A timeout counts as a kill: the mutant has stopped the tests. None for ``source`` leaves the code as it is.
    """
    if not tests:
        return Run("uncovered", "", 0, 0.0)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="robust-mutant-") as folder:
        code = _forked(lambda: _tested(module, source, tests, Path(folder)), limit, Path(folder))
        said = Path(folder) / "failed.json"
        killer = json.loads(said.read_text(encoding="utf-8")) if said.exists() else ""
    taken = round(time.monotonic() - started, 2)
    if code is None:
        return Run("timeout", "", len(tests), taken)
    if code == 0:
        return Run("survived", "", len(tests), taken)
    return Run("killed", killer or f"pytest ended with {code}", len(tests), taken)


def _forked(work: Callable[[], int], limit: float, folder: Path) -> int | None:
    """Return the exit status of ``work`` in a fork whose output goes to ``folder``, None where it was stopped."""
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            os.setsid()
            out = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
            for stream in (1, 2):
                os.dup2(out, stream)
            os.environ["TMPDIR"] = str(folder)
            tempfile.tempdir = None
            status = work()
        finally:
            os._exit(status)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _tested(module: str, source: str | None, tests: Sequence[str], folder: Path) -> int:
    import hypothesis
    import pytest

    every = [phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.shrink]
    calm = hypothesis.settings(deadline=None, derandomize=True, database=None, phases=every)
    hypothesis.settings.register_profile("mutants", calm)
    if source is not None:
        sys.meta_path.insert(0, _Changed(module, source))
    return int(pytest.main([*QUIET, f"--basetemp={folder / 'tmp'}", *tests], plugins=[_First(folder)]))


class _First:
    """Writes down the first test that fails."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "failed.json"

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self._file.exists():
            self._file.write_text(json.dumps(report.nodeid), encoding="utf-8")


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds ``module`` and loads it from ``source``."""

    def __init__(self, module: str, source: str) -> None:
        self._module = module
        self._source = source

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of the changed module, and None of any other."""
        if fullname != self._module:
            return None
        rest = (finder for finder in sys.meta_path if finder is not self)
        found = next(filter(None, (finder.find_spec(fullname, path, target) for finder in rest)))
        return importlib.util.spec_from_file_location(fullname, found.origin, loader=self)

    def get_source(self, fullname: str) -> str:
        """Return the changed source."""
        return self._source

    def get_code(self, fullname: str) -> CodeType:
        """Return the changed code."""
        return compile(self._source, f"<mutant of {fullname}>", "exec", dont_inherit=True)
