"""What a run does to Python's garbage collector is undone at its end."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from acceptance.conftest import EACH, App

from pytest_robust.collector import YOUNG, SeldomCollector

SHOWS = """
import gc

def test_shows():
    print("DURING", gc.get_threshold()[0], gc.get_freeze_count() > 0)
"""


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)
    gc.unfreeze()


def test_a_run_collects_seldom_and_then_as_before(app: App, thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(701, 9, 8)
    app.scenario(body=EACH)
    app.pytester.makepyfile(test_shows=SHOWS)
    result = app.pytester.runpytest_inprocess("--robust", "-s")
    result.stdout.fnmatch_lines([f"*DURING {YOUNG} True*"])
    assert gc.get_threshold() == (701, 9, 8)
    assert gc.get_freeze_count() == 0


def test_a_run_that_asked_for_nothing_leaves_the_collector_alone(app: App, thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(701, 9, 8)
    app.pytester.makepyfile(test_shows=SHOWS)
    result = app.pytester.runpytest_inprocess("-s")
    result.stdout.fnmatch_lines(["*DURING 701 False*"])


@pytest.mark.parametrize("young", [0, 50_000])
def test_a_collector_that_is_off_or_already_seldom_stays_so(young: int, thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(young, 10, 10)
    seldom = SeldomCollector()
    assert gc.get_threshold()[0] == young
    seldom.restore()
    assert gc.get_threshold()[0] == young


def test_thresholds_set_during_the_run_stay(thresholds: tuple[int, int, int]) -> None:
    gc.set_threshold(700, 10, 10)
    seldom = SeldomCollector()
    gc.set_threshold(123, 10, 10)
    seldom.restore()
    assert gc.get_threshold()[0] == 123
