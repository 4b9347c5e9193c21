"""Which tests run which line: a pytest plugin that names each test to coverage.py, and the map read from its data.

``coverage run --branch -m pytest -p benchmarks.mutant_map TESTS`` writes coverage's data, and beside it ``*.json``: the
seconds of each test that passed.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class CoverMap:
    """``tests``: file and line → node ids of the tests that run it. ``seconds``: of each test that passed."""

    tests: dict[tuple[str, int], frozenset[str]]
    seconds: dict[str, float]

    def covering(self, path: str, lines: Iterable[int]) -> list[str]:
        """Return the tests that run any of ``lines``, the quickest first.

        What runs at import only is covered by every test of the file, and after those by every test of its package.
        """
        found = {name for line in lines for name in self.tests.get((path, line), ())}
        if found:
            return self._quickest(found)
        of_file, of_package = (self._of(scope) for scope in (path, path.rpartition("/")[0]))
        return [*self._quickest(of_file), *self._quickest(of_package - of_file)]

    def at_import(self, path: str, lines: Iterable[int]) -> bool:
        """Say whether no test runs ``lines``: they run when the module is imported, or never."""
        return not any(self.tests.get((path, line)) for line in lines)

    def _of(self, scope: str) -> set[str]:
        return {name for (file, _), names in self.tests.items() if file.startswith(scope) for name in names}

    def _quickest(self, names: set[str]) -> list[str]:
        return sorted(names & self.seconds.keys(), key=lambda name: (self.seconds[name], name))

    def neighbours(self, names: Iterable[str]) -> list[str]:
        """Return the other tests of the files that ``names`` stand in: what a cache keeps is run for one test only."""
        files = {name.partition("::")[0] for name in names}
        others = {name for name in self.seconds if name.partition("::")[0] in files}
        return self._quickest(others - set(names))


def load(data_files: Iterable[Path], root: Path) -> CoverMap:
    """Read the map from coverage's data files and the JSON beside each; paths are relative to ``root``."""
    import coverage

    tests: dict[tuple[str, int], set[str]] = defaultdict(set)
    seconds: dict[str, float] = {}
    for file in data_files:
        data = coverage.CoverageData(str(file))
        data.read()
        for measured in data.measured_files():
            path = Path(measured).relative_to(root).as_posix()
            for line, names in data.contexts_by_lineno(measured).items():
                tests[path, line].update(filter(None, names))
        seconds |= json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return CoverMap({line: frozenset(names) for line, names in tests.items() if names}, seconds)


class _Timed:
    """Tells coverage which test runs, and times it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.other: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        _measuring().switch_context(item.nodeid)
        started = time.perf_counter()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = round(time.perf_counter() - started, 4)
            _measuring().switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.other.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        passed = {name: taken for name, taken in self.seconds.items() if name not in self.other}
        data = Path(_measuring().get_data().base_filename())
        data.with_suffix(".json").write_text(json.dumps(passed, indent=0, sort_keys=True), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Take part only where coverage.py measures."""
    if _measuring() is not None:
        config.pluginmanager.register(_Timed(), "mutant-map")


def _measuring() -> Any:
    import coverage

    return coverage.Coverage.current()
