"""The suite's own ``--datasets``: without it tests skip; with it they run, and none may skip unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

SUITE = Path(__file__).resolve().parents[1] / "conftest.py"

TESTS = """
import pytest

def test_reads(datasets):
    assert (datasets / "there.json").is_file()

def test_skips(datasets):
    pytest.skip("no such file")

def test_asks_for_nothing():
    pytest.skip("its own reason")
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(SUITE.read_text(encoding="utf-8").replace('pytest_plugins = ["pytester"]', ""))
    pytester.makepyfile(TESTS)
    pytester.mkdir("data").joinpath("there.json").touch()
    return pytester


def test_without_it_tests_are_skipped_with_the_reason(run: pytest.Pytester) -> None:
    result = run.runpytest_inprocess("-rs", "-p", "no:randomly")
    result.assert_outcomes(skipped=3)
    result.stdout.fnmatch_lines(["*needs --datasets=DIR"])


def test_with_it_a_skip_of_a_test_that_asks_for_data_is_a_failure(run: pytest.Pytester) -> None:
    result = run.runpytest_inprocess("-rf", "-p", "no:randomly", "--datasets", "data")
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*yet this was skipped: Skipped: no such file", "FAILED *::test_skips*"])


def test_a_folder_that_is_not_there_is_an_error(run: pytest.Pytester) -> None:
    result = run.runpytest_inprocess("-p", "no:randomly", "--datasets", "elsewhere")
    result.assert_outcomes(errors=2, skipped=1)
    result.stdout.fnmatch_lines(["*--datasets: no folder elsewhere*"])
