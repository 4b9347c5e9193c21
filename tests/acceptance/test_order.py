"""Order and processes do not change verdicts."""

from __future__ import annotations

import pytest

from acceptance.conftest import EACH, GATE, App


@pytest.mark.parametrize("seed", [1, 2])
def test_random_order_gives_the_same_outcomes_and_calls(app: App, seed: int) -> None:
    app.scenario(body=GATE)
    app.scenario("fine", system="sturdy", body=EACH)
    result = app.pytester.runpytest_subprocess("--robust", f"--randomly-seed={seed}")
    result.assert_outcomes(passed=5, xfailed=5, failed=1)
    assert len(app.calls) == 20


def test_two_workers_give_the_same_outcomes_and_one_summary(app: App) -> None:
    app.scenario(body=GATE)
    app.scenario("fine", system="{use: sturdy, version: '1'}", body=EACH)
    result = app.run("-n", "2", "--robust-report=out.json")
    result.assert_outcomes(passed=5, xfailed=5, failed=1)
    text = result.stdout.str()
    assert text.count("robustness summary") == 1
    assert "5 questions" in text


def test_workers_and_one_process_write_the_same_report(app: App) -> None:
    import json

    app.scenario(body=GATE)
    app.run("--robust-report=one.json")
    app.run("-n", "2", "--robust-report=two.json")
    one, two = (json.loads((app.path / name).read_text())["scenarios"][0] for name in ("one.json", "two.json"))
    assert one["conditions"] == two["conditions"]
    assert one["gates"] == two["gates"]
    key = lambda case: case["id"]  # noqa: E731
    assert sorted(one["cases"], key=key) == sorted(two["cases"], key=key)


def test_it_works_without_xdist(app: App) -> None:
    app.scenario(system="sturdy", body=GATE)
    app.run("-p", "no:xdist").assert_outcomes(passed=6)


def test_it_works_without_the_cache_plugin(app: App) -> None:
    app.scenario(system="sturdy", body=GATE)
    app.run("-p", "no:cacheprovider").assert_outcomes(passed=6)
