"""Ray clusters started and joined, each in a process of its own: what they report, write and leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from robustcore.endpoints.ray.cluster import RayCluster

pytest.importorskip("ray", reason='needs pip install "pytest-robust[ray]"')
SERVERS = Path(__file__).parents[2] / "servers"
TOKEN = "0f" * 32


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose settings say that Ray may report statistics, in both ways that Ray knows."""
    home = tmp_path / "home"
    (home / ".ray").mkdir(parents=True)
    (home / ".ray" / "config.json").write_text('{"usage_stats": true}', encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    return home


def said(script: str, *arguments: str) -> tuple[str, str]:
    command = [sys.executable, str(SERVERS / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, done.stderr


def ray_run(*arguments: str) -> dict[str, Any]:
    output, errors = said("ray_run.py", *arguments)
    assert errors == ""
    (line,) = output.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def nodes(*arguments: str) -> dict[str, Any]:
    output, _ = said("ray_nodes.py", *arguments)
    found: dict[str, Any] = json.loads(next(line for line in output.splitlines() if line.startswith("{")))
    return found


@contextmanager
def head() -> Iterator[str]:
    """Give the address of a cluster that another process has started."""
    command = [sys.executable, str(SERVERS / "ray_head.py"), "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def gone(pids: list[int]) -> Callable[[], bool]:
    def all_gone() -> bool:
        return not any(_alive(pid) for pid in pids)

    return all_gone


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def soon(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while not condition() and time.monotonic() < until:
        time.sleep(0.1)
    return condition()


def test_a_cluster_of_our_own_reports_nothing_writes_nothing_and_is_gone_afterwards(home: Path, tmp_path: Path) -> None:
    told = ray_run(str(tmp_path / "log"))
    assert told["right"]
    assert told["imported before"] is False
    assert told["sigterm kept"]
    assert told["statistics"] == [False, "False"]
    statistics = dict(told["environments"])
    assert (statistics["gcs_server"], statistics["raylet"]) == ("0", "0")
    assert set(statistics.values()) <= {"0", "?"}
    assert set(told["actors"]) <= set(told["started"])
    assert soon(gone(told["started"]))
    assert (home / ".ray" / "config.json").read_text(encoding="utf-8") == '{"usage_stats": true}'
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["config.json"]


@pytest.mark.slow
def test_a_cluster_that_was_joined_goes_on_without_us(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    with head() as address:
        for turn in ("first", "second"):  # the second finds it alive
            told = ray_run(str(tmp_path / turn), address)
            assert told["right"]
            assert told["statistics"] == [False, "False"]
            assert not set(told["actors"]) & set(told["started"])
            assert soon(gone(told["actors"]))


@pytest.mark.slow
def test_a_cluster_with_gpus_has_one_actor_for_each_of_them(home: Path, tmp_path: Path) -> None:
    assert nodes(str(tmp_path / "log"), "gpus") == {"slots": 3, "devices": ["0", "0", "1"]}


@pytest.mark.slow
def test_a_lost_node_costs_the_batch_it_ran_and_nothing_else(home: Path, tmp_path: Path) -> None:
    told = nodes(str(tmp_path / "log"), "lost")
    assert told["right"]
    assert told["repeated"] == told["batch"]
    assert told["most"] == 2
    assert "its batch of 16 calls ran again" in told["notes"][0]


def test_an_address_where_nobody_answers_is_an_error_at_the_start(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ray_run(str(tmp_path / "log"), "127.0.0.1:9")
    assert told["error"].startswith("--robust-engine ray: no Ray cluster answers at 127.0.0.1:9: ")


def test_a_spec_for_other_processes_has_whole_paths_and_shares_the_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    spec = {"kind": "lm", "model": "model", "workers": 1}
    assert json.loads(RayCluster().spec_there(spec)) == {**spec, "model": str(tmp_path / "model")}
    assert spec["model"] == "model"
    assert json.loads(RayCluster().spec_there({"model": "org/name"})) == {"model": "org/name"}
